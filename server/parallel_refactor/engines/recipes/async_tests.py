"""Tests that become coroutine functions, where the project has what runs them."""

from __future__ import annotations

import ast

from attrs import frozen

from parallel_refactor.engines.recipes.async_colour import Colouring
from parallel_refactor.engines.recipes.async_loops import own_nodes
from parallel_refactor.engines.recipes.async_settings import Settings
from parallel_refactor.engines.recipes.async_units import Units
from parallel_refactor.engines.recipes.docstring_insert import Edit
from parallel_refactor.engines.recipes.python_classes import is_fixture, is_test_file
from parallel_refactor.engines.recipes.python_words import External, Func


@frozen
class Followers:
    """Finds the tests that await what they call, instead of starting an event loop for each call."""

    units: Units
    settings: Settings

    def of(self, colouring: Colouring) -> dict[Func, Edit | None]:
        """Give the tests that become coroutine functions, each with the edit that marks it, if it needs a mark."""
        found: dict[Func, Edit | None] = {}
        for func in dict.fromkeys(site.place.function for unit in colouring.units for site in unit.calls):
            if func is None or not self._is_test(func) or func in found:
                continue
            marker = self.settings.marker(func.path)
            if marker == "" or (marker and self._is_marked(func, marker)):
                found[func] = None
            elif marker and (edit := self._mark(func, marker)) is not None:
                found[func] = edit
        return found

    def _is_test(self, func: Func) -> bool:
        """Tell whether a function is a test that may be a coroutine function."""
        named = is_test_file(func.path) and func.node.name.startswith("test") and not is_fixture(func)
        return (
            named
            and self.units.loops.is_bridge(func)
            and not any(getattr(node, "attr", "") == "getfixturevalue" for node in own_nodes(func.node))
            and not self.units.barriers.of(func)
        )

    def _is_marked(self, func: Func, marker: str) -> bool:
        scopes = [func.outer.module, *([func.owner.scope] if func.owner is not None else [])]
        marks = [binding.value for scope in scopes for binding in scope.bindings.get("pytestmark", ())]
        return any(f"mark.{marker}" in ast.unparse(mark) for mark in marks if isinstance(mark, ast.expr))

    def _mark(self, func: Func, marker: str) -> Edit | None:
        """Write a marker above a test; None where there is no line for it, or pytest is something else."""
        file = self.units.values.workspace.file(func.path)
        if file is None or (func.outer.module.bindings.get("pytest") and not self._knows_pytest(func)):
            return None
        source = file.source
        first = min([func.node.lineno, *(decorator.lineno for decorator in func.node.decorator_list)])
        line = source.line_starts[first - 1]
        text = source.data[line:]
        indent = text[: len(text) - len(text.lstrip(b" \t\f"))]
        if not text[len(indent) :].startswith((b"@", b"def ")) or source.data[:line].rstrip(b"\r\n").endswith(b"\\"):
            return None
        begin, end = source.newline_from(line)
        at = line + len(indent)
        return Edit(at, at, f"@pytest.mark.{marker}".encode() + source.data[begin:end] + indent)

    def _knows_pytest(self, func: Func) -> bool:
        return self.units.values.named("pytest", func.scope) == External("pytest")
