"""Where a file reads or sets the docstrings, or reads the source, of its own functions at run time."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property

from attrs import define, frozen

from parallel_refactor.engines.recipes.python_module import Definition, PythonModule, dotted, last_name

_CLASS_WORDS = frozenset({"self", "cls", "klass", "class_", "mcs", "metacls", "type", "module", "mod", "__class__"})
_READERS = frozenset({"getdoc", "getcomments"})
_SOURCE_READERS = frozenset({"getsource", "getsourcelines", "findsource", "dis", "get_instructions"})
_CODE_PARTS = frozenset({"co_code", "co_consts", "co_firstlineno", "co_linetable", "co_lnotab", "co_lines"})
_REFLECTION = frozenset({"getattr", "getmembers", "dir", "vars", "globals", "__dict__", "__subclasses__"})


@frozen
class _Access:
    """A place that needs a function's docstring or source: `of` stands for the function there."""

    of: ast.expr
    what: str

    @property
    def name(self) -> str:
        return last_name(self.of)


@define(slots=False)
class DocstringReads:
    """Judges which functions of a file its own code would see with other eyes if they had a docstring."""

    module: PythonModule

    def reason(self, definition: Definition) -> str:
        """Tell why a function is better left alone, "" if the file does not look at it."""
        for access in self._accesses:
            if access.name == definition.node.name and self._can_mean(access, definition):
                return f"the file {access.what}"
        for access in self._unnamed:
            if self._can_mean(access, definition) and self._within_reach(definition):
                return "the file reads docstrings of functions that it does not name"
        return ""

    def _can_mean(self, access: _Access, definition: Definition) -> bool:
        """Whether an expression may stand for a function: a local one is only seen inside, or if it gets about.

        What a test looks at, it has made itself or got from the module.
        """
        if definition.outer is None or _is_inside(access.of, definition.outer):
            return True
        named = isinstance(access.of, ast.Name) and access.name == definition.node.name
        return not named and not any(
            reader.node.name.startswith("test") and _is_inside(access.of, reader.node)
            for reader in self.module.definitions
        )

    def _within_reach(self, definition: Definition) -> bool:
        """Whether a read that does not name a function may be of this one."""
        name = definition.node.name
        registered = bool(definition.node.decorator_list)
        looked_up = self._reflective and definition.outer is None
        return name in self._used_as_values or ((registered or looked_up) and not name.startswith("test"))

    @cached_property
    def _used_as_values(self) -> set[str]:
        callees = {id(node.func) for node in self.module.nodes if isinstance(node, ast.Call)}
        return {last_name(node) for node in self.module.nodes if id(node) not in callees} - {""}

    @cached_property
    def _reflective(self) -> bool:
        return any(last_name(node) in _REFLECTION for node in self.module.nodes)

    @cached_property
    def _unnamed(self) -> list[_Access]:
        """The reads of functions that the file does not name there, those of classes and modules apart."""
        known = {*self.module.by_name, *self.module.origins, *self.module.classes, *_CLASS_WORDS}
        return [
            access
            for access in self._accesses
            if access.what == "reads its docstring"
            and access.name not in known
            and not access.name[:1].isupper()
            and not (isinstance(access.of, ast.Call) and dotted(access.of.func) in {"type", "super"})
        ]

    @cached_property
    def _accesses(self) -> list[_Access]:
        data = self.module.source.data
        found = list(self._docstring_accesses()) if b"__doc__" in data or b"getdoc" in data else []
        return found + list(self._source_reads())

    def _docstring_accesses(self) -> Iterator[_Access]:
        """Find what is not merely a copy of one docstring into another."""
        copies = {id(node) for copy in self.module.nodes if _copies_docstring(copy) for node in ast.walk(copy)}
        for node in self.module.nodes:
            if isinstance(node, ast.Attribute) and node.attr == "__doc__":
                if isinstance(node.ctx, ast.Store):
                    yield _Access(node.value, "sets its docstring")
                elif id(node) not in copies:
                    yield _Access(node.value, "reads its docstring")
            elif isinstance(node, ast.Call) and node.args and id(node) not in copies:
                reader = last_name(node.func)
                by_name = reader == "getattr" and any(_is_constant(argument, "__doc__") for argument in node.args[1:])
                if by_name or reader in _READERS:
                    yield _Access(node.args[0], "reads its docstring")

    def _source_reads(self) -> Iterator[_Access]:
        for node in self.module.nodes:
            if isinstance(node, ast.Call) and node.args and last_name(node.func) in _SOURCE_READERS:
                yield _Access(node.args[0], "reads its source")
            elif isinstance(node, ast.Attribute) and node.attr in _CODE_PARTS and last_name(node.value) == "__code__":
                yield _Access(getattr(node.value, "value", node.value), "reads its code")


def _is_inside(node: ast.expr, outer: ast.stmt) -> bool:
    return outer.lineno <= node.lineno <= (outer.end_lineno or 0)


def _is_constant(node: ast.expr, value: str) -> bool:
    return isinstance(node, ast.Constant) and node.value == value


def _copies_docstring(node: ast.AST) -> bool:
    """Whether a statement or argument gives one thing's docstring to another."""
    if isinstance(node, ast.Assign):
        return any(isinstance(target, ast.Attribute) and target.attr == "__doc__" for target in node.targets)
    if isinstance(node, ast.keyword):
        return node.arg in {"doc", "__doc__"}
    if isinstance(node, ast.Dict):
        return any(key is not None and _is_constant(key, "__doc__") for key in node.keys)
    return False
