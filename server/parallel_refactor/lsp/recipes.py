"""Lists the recipes of a folder, for a person to choose one."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from parallel_refactor.lsp import messages
from parallel_refactor.lsp.arguments import is_text, read
from parallel_refactor.lsp.details_messages import RecipeInfo, RecipeOption, Recipes
from parallel_refactor.lsp.session import Session
from parallel_refactor.lsp.starting import choose_folder


async def list_recipes(session: Session, *given: Any) -> Recipes:
    """Give the recipes that come with the program, those of installed packages, and the folder's own."""
    wanted = read(messages.LIST_RECIPES, given, {"folder": is_text})
    folder, _ = await choose_folder(session, wanted.get("folder", ""))
    return await asyncio.to_thread(_find, folder.root)


def _find(root: Path) -> Recipes:
    from parallel_refactor.engines.interface import EngineError  # noqa: PLC0415  (slow, and the server starts fast)
    from parallel_refactor.engines.recipes import catalogue  # noqa: PLC0415

    try:
        found, problem = catalogue.all_recipes(root), ""
    except EngineError as error:
        found, problem = catalogue.built_in(), f"{error}."
    return Recipes(
        tuple(
            RecipeInfo(
                recipe.name,
                recipe.title,
                recipe.description,
                tuple(RecipeOption(option.name, option.description, option.required) for option in recipe.options),
            )
            for recipe in found
        ),
        problem,
    )
