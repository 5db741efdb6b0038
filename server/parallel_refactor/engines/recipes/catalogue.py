"""The recipes that there are, how a person names one, and what makes two uses of one the same."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import re
import sys
from collections.abc import Mapping
from typing import Any

from parallel_refactor.engines.recipes.docstrings import AddDocstrings
from parallel_refactor.engines.recipes.modernise import Modernise
from parallel_refactor.engines.recipes.recipe import Recipe
from parallel_refactor.engines.recipes.rewrite import Rewrite

RECIPES: tuple[Recipe, ...] = (AddDocstrings(), Modernise(), Rewrite())


def find(prompt_or_name: str) -> Recipe | None:
    """Find the recipe whose name or title this is, whatever its case, spaces, punctuation or -ise/-ize; never guess."""
    wanted = _words(prompt_or_name)
    return next((recipe for recipe in RECIPES if wanted in (_words(recipe.name), _words(recipe.title))), None)


def fingerprint(recipe: Recipe, options: Mapping[str, Any]) -> str:
    """Name what decides a result: recipe, version, options, tools and Python, as a sha256 in hex.

    Give the options that `recipe.prepare` gave, so that what it saw in the workspace counts too.
    """
    tools = {tool: importlib.metadata.version(tool) for tool in recipe.tools}
    python = list(sys.version_info[:2])
    deciding = [recipe.name, recipe.version, dict(options), tools, python]
    return hashlib.sha256(json.dumps(deciding, sort_keys=True).encode()).hexdigest()


def _words(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold()).replace("modernize", "modernise")
