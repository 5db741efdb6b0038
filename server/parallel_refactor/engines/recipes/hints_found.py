"""What pyrefly found out, read from the file as it annotated it."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from attrs import frozen

from parallel_refactor.engines.recipes.hints_slots import Slot, places
from parallel_refactor.engines.recipes.python_module import PythonModule
from parallel_refactor.engines.recipes.python_source import PythonSource, PythonSourceError


@frozen
class Found:
    """A file's new annotations, and the module that each name which they import comes from."""

    annotations: Mapping[Slot, ast.expr]
    modules: Mapping[str, str]


def read_found(before: PythonModule, inferred: bytes) -> Found:
    """Compare a file with what pyrefly made of it. Nothing is found where that is another program."""
    try:
        after = PythonModule(PythonSource.read(inferred))
    except PythonSourceError:
        return Found({}, {})
    old, new = list(places(before)), list(places(after))
    names = [[(place.slot, place.definition.node.name) for place in both] for both in (old, new)]
    if names[0] != names[1]:
        return Found({}, {})
    annotations = {
        was.slot: now.annotation
        for was, now in zip(old, new, strict=True)
        if was.annotation is None and now.annotation is not None
    }
    added = _imports(after.source.tree) - _imports(before.source.tree)
    return Found(annotations, dict(sorted(added)))


def _imports(tree: ast.Module) -> set[tuple[str, str]]:
    """Give what the file imports at its top level under its own name: name and module."""
    return {
        (alias.name, node.module)
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module and not node.level
        for alias in node.names
        if alias.asname is None
    }
