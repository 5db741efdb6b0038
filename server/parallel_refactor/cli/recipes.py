"""`parallel-refactor recipes`: the changes that need no model."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

import attrs
from rich.text import Text

from parallel_refactor.cli.places import workspace
from parallel_refactor.cli.terminal import console
from parallel_refactor.engines.interface import EngineError
from parallel_refactor.engines.recipes.catalogue import all_recipes
from parallel_refactor.engines.recipes.recipe import Recipe
from parallel_refactor.running.request import RequestError

_SUFFIXES_SHOWN = 6


def recipes(args: argparse.Namespace) -> int:
    """List name, title, description, files and options of every recipe; the workspace's own come last."""
    try:
        found = all_recipes(workspace(args.path)[0])
    except EngineError as error:
        raise RequestError(f"{error}.") from error
    if args.json:
        print(json.dumps({"recipes": list(map(_as_json, found))}))
        return 0
    to = console(sys.stdout)
    for number, recipe in enumerate(found):
        names = [f"*{suffix}" for suffix in recipe.suffixes]
        more = f" and {len(names) - _SUFFIXES_SHOWN} more" if len(names) > _SUFFIXES_SHOWN else ""
        files = ", ".join(names[:_SUFFIXES_SHOWN]) + more if names else "any text file"
        lines = Text("\n" if number else "")
        lines.append(recipe.name, "bold cyan").append(f"  {recipe.title}", "bold").append(f"  {files}\n", "dim")
        lines.append(f"  {recipe.description}")
        for option in recipe.options:
            must = ", required" if option.required else ""
            lines.append(f"\n  --option {option.name}=...", "cyan").append(f"  {option.description}{must}")
        to.print(lines)
    return 0


def _as_json(recipe: Recipe) -> dict[str, Any]:
    return {
        "name": recipe.name,
        "title": recipe.title,
        "description": recipe.description,
        "suffixes": recipe.suffixes,
        "options": [attrs.asdict(option) for option in recipe.options],
    }
