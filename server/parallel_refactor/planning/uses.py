"""Finds who uses the files whose public signatures change: what they define is then theirs to know first."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from parallel_refactor.planning.components import reached
from parallel_refactor.planning.graph import PYTHON
from parallel_refactor.planning.interface import PlanError

_WORD = re.compile(r"[^\W\d]\w*")
_DEFINITIONS = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def interface_uses(
    root: Path, files: Collection[str], imports: Mapping[str, Sequence[str]], interface: Collection[str]
) -> dict[str, tuple[str, ...]]:
    """Give for each file the files of `interface` that it uses, none for those that use none.

    A Python file uses one that it imports, and one that it reaches through others if it names a function, class or
    method that is defined there. What other languages import is not known: all files that are not Python use an
    interface that is not. Raises PlanError for an interface that does not parse.
    """
    uses: dict[str, tuple[str, ...]] = dict.fromkeys(files, ())
    words: dict[str, frozenset[str]] = {}
    importers: dict[str, list[str]] = {path: [] for path in imports}
    for path, targets in imports.items():
        for target in targets:
            importers[target].append(path)
    for path in sorted(interface):
        if path.endswith(PYTHON):
            names = _defined(root, path)
            near = set(importers[path])
            found = [
                user
                for user in reached(path, importers)
                if user in near or names & words.setdefault(user, _words(root, user))
            ]
        else:
            found = [user for user in files if not user.endswith(PYTHON)]
        for user in found:
            if user in uses and user != path:
                uses[user] += (path,)
    return uses


def _defined(root: Path, path: str) -> frozenset[str]:
    """Give the names of a Python file's functions, classes and methods; special ones are used by no name."""
    try:
        with warnings.catch_warnings(action="ignore"):
            tree = ast.parse((root / path).read_bytes())
    except (SyntaxError, ValueError, RecursionError, MemoryError, OSError) as error:
        raise PlanError(f"{path} does not parse ({error}), so nobody knows who uses it: mend it first.") from error
    names = {node.name for node in ast.walk(tree) if isinstance(node, _DEFINITIONS)}
    return frozenset(name for name in names if not (name.startswith("__") and name.endswith("__")))


def _words(root: Path, path: str) -> frozenset[str]:
    try:
        return frozenset(_WORD.findall((root / path).read_bytes().decode("utf-8", "replace")))
    except OSError:
        return frozenset()
