"""The recipes that there are, how a person names one, and what makes two uses of one the same."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from parallel_refactor.engines.interface import EngineError
from parallel_refactor.engines.recipes.async_await import ToAsync
from parallel_refactor.engines.recipes.docstrings import ADD_DOCSTRINGS
from parallel_refactor.engines.recipes.javascript_console import RemoveConsole
from parallel_refactor.engines.recipes.javascript_const import JavaScriptConst
from parallel_refactor.engines.recipes.modernise import Modernise
from parallel_refactor.engines.recipes.recipe import Recipe
from parallel_refactor.engines.recipes.rename import Rename
from parallel_refactor.engines.recipes.rewrite import Rewrite
from parallel_refactor.engines.recipes.type_hints import AddTypeHints

RECIPES: tuple[Recipe, ...] = (
    *ADD_DOCSTRINGS,
    Modernise(),
    Rewrite(),
    AddTypeHints(),
    ToAsync(),
    Rename(),
    JavaScriptConst(),
    RemoveConsole(),
)
"""Those that come with the program, without the packs: reading rule files takes longer than all else here."""


GROUP = "parallel_refactor.recipes"
"""Installed packages add recipes by entry points of this group, each a class or function that gives a Recipe."""


@cache
def built_in() -> tuple[Recipe, ...]:
    """Give the recipes that come with the program."""
    from parallel_refactor.engines.recipes.rules import packs  # noqa: PLC0415

    return (*RECIPES, *packs())


def all_recipes(root: Path) -> tuple[Recipe, ...]:
    """Give the recipes that come with the program, those of installed packages, and those of a workspace's rule files.

    Raises EngineError where one of them is none, or goes by the name or title of another.
    """
    from parallel_refactor.engines.recipes.rules import own_recipes  # noqa: PLC0415

    recipes: list[Recipe] = list(built_in())
    for recipe in (*_installed(), *own_recipes(root)):
        for said in (recipe.name, recipe.title):
            if (other := _find(said, recipes)) is not None:
                raise EngineError(
                    f"two recipes are called {said!r}: {other.name} and {recipe.name}. Rename one of them"
                )
        recipes.append(recipe)
    return tuple(recipes)


def find(prompt_or_name: str, root: Path) -> Recipe | None:
    """Find the recipe whose name or title this is, whatever its case, spaces, punctuation or -ise/-ize; never guess.

    The path of a rule file (`.yml`), from the workspace's root, is one, too. Raises EngineError where that is none,
    and where `all_recipes` does.
    """
    if prompt_or_name.endswith(".yml") and (root / prompt_or_name).is_file():
        from parallel_refactor.engines.recipes.rules import recipe_in  # noqa: PLC0415

        return recipe_in(root / prompt_or_name, prompt_or_name)
    return (
        _find(prompt_or_name, RECIPES) or _find(prompt_or_name, built_in()) or _find(prompt_or_name, all_recipes(root))
    )


def find_with_place(prompt: str, root: Path) -> tuple[Recipe, str] | None:
    """Find the recipe that a prompt names, and the file or folder if it says `in ...` as well, else "".

    "Refactor all files in src/ to use async/await" is "Refactor all files to use async/await", and `src/`.
    """
    if recipe := find(prompt, root):
        return recipe, ""
    if match := re.search(r"\s+in\s+(\S+)", prompt):
        recipe = find(prompt[: match.start()] + prompt[match.end() :], root)
        place = match[1].rstrip(".,;:!?").strip("`'\"")
        return (recipe, place) if recipe is not None else None
    return None


def fingerprint(recipe: Recipe, options: Mapping[str, Any]) -> str:
    """Name what decides a result: recipe, version, options, tools and Python, as a sha256 in hex.

    Give the options that `recipe.prepare` gave, so that what it saw in the workspace counts too.
    """
    tools = {tool: importlib.metadata.version(tool) for tool in recipe.tools}
    python = list(sys.version_info[:2])
    deciding = [recipe.name, recipe.version, dict(options), tools, python]
    return hashlib.sha256(json.dumps(deciding, sort_keys=True).encode()).hexdigest()


def _find(prompt_or_name: str, recipes: Iterable[Recipe]) -> Recipe | None:
    wanted = _words(prompt_or_name)
    return next((recipe for recipe in recipes if wanted in (_words(recipe.name), _words(recipe.title))), None)


def _installed() -> Iterator[Recipe]:
    for entry in importlib.metadata.entry_points(group=GROUP):
        try:
            recipe: Recipe = entry.load()()
        except Exception as error:  # others' code may raise anything
            raise EngineError(f"the recipe {entry.name} ({entry.value}) cannot be loaded: {error}") from error
        yield recipe


def _words(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold()).replace("modernize", "modernise")
