"""Runs the recipe that adds docstrings as a worker does, and checks what it promises for every file."""

from __future__ import annotations

import ast

from parallel_refactor.engines.interface import FileResult, Job, Outcome, Result
from parallel_refactor.engines.recipes.docstring_style import Style
from parallel_refactor.engines.recipes.docstrings import ADD_DOCSTRINGS

RECIPE, RECIPE_FOR_ALL = ADD_DOCSTRINGS


class NoReader:
    """The recipe looks at nothing but its files."""

    def read(self, path: str) -> bytes:
        """Refuse to read."""
        raise AssertionError(f"{path} was read")

    def paths(self) -> tuple[str, ...]:
        """Refuse to look."""
        raise AssertionError("the workspace was listed")


def run(files: dict[str, bytes | None], style: Style = "google") -> Result:
    """Apply the recipe to files."""
    return RECIPE.apply(Job(files, options={"style": style}), NoReader(), lambda: False)


def visit(source: bytes | str, path: str = "module.py") -> FileResult:
    """Apply the recipe to one file and check its promises: the code is the same, and a second visit does nothing."""
    raw = source.encode() if isinstance(source, str) else source
    (result,) = run({path: raw}).files
    if result.outcome is Outcome.CHANGED:
        assert result.new is not None
        assert RECIPE.check(raw, result, {}) == ""
        (again,) = run({path: result.new}).files
        assert again.new is None
        assert again.outcome in {Outcome.UNCHANGED, Outcome.LEFT}
        assert [left.reason for left in again.left] == [left.reason for left in result.left]
    return result


def documented(source: bytes) -> bytes:
    """Give the file with its docstrings; something must have been added."""
    result = visit(source)
    assert result.outcome is Outcome.CHANGED, result.left
    assert result.new is not None
    return result.new


def docstring(source: str, name: str) -> str:
    """Give the docstring, cleaned, that the last function of a name got."""
    tree = ast.parse(documented(source.encode()))
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return ast.get_docstring([node for node in nodes if node.name == name][-1]) or ""


def reasons(source: str) -> list[tuple[str, int]]:
    """Give why functions were left and at which lines."""
    return [(left.reason, left.line) for left in visit(source).left]
