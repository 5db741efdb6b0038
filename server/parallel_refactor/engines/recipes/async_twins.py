"""Asynchronous twins: `afetch` beside `fetch`, where code that nobody can change goes on to call `fetch`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from attrs import Factory, define, frozen

from parallel_refactor.engines.recipes.async_sites import CallSite
from parallel_refactor.engines.recipes.async_table import is_route
from parallel_refactor.engines.recipes.async_units import Unit, Units
from parallel_refactor.engines.recipes.async_uses import BarrierError, in_all
from parallel_refactor.engines.recipes.docstring_insert import Edit, apply_edits
from parallel_refactor.engines.recipes.python_source import PythonSource
from parallel_refactor.engines.recipes.python_values import lookup, split_origin
from parallel_refactor.engines.recipes.python_words import Binding, External, FileIndex, Func, ModuleValue, Scope


def twin_name(name: str) -> str:
    """Give the name of a function's twin: `afetch` for `fetch`, `_afetch` for `_fetch`."""
    rest = name.lstrip("_")
    return f"{name[: len(name) - len(rest)]}a{rest}"


@frozen
class Import:
    """The alias of an import that needs the twin beside it."""

    file: FileIndex
    alias: ast.alias


@define(eq=False)
class Twins:
    """Tells which functions can have a twin, and how callers name it."""

    units: Units
    _obstacles: dict[Unit, str] = Factory(dict)

    def obstacle(self, unit: Unit) -> str:
        """Say why the functions of a unit can have no twin, "" if they can."""
        if unit not in self._obstacles:
            self._obstacles[unit] = self._find_obstacle(unit)
        return self._obstacles[unit]

    def serves(self, site: CallSite, unit: Unit) -> bool:
        """Tell whether a call of a function that stays may go to its twin, if it stands in a coroutine function."""
        return not self.units.obstacle(site) and self.route(site, unit) is not None

    def route(self, site: CallSite, unit: Unit) -> list[Import] | None:
        """Give the imports that a call needs to go to the twin; None where it cannot name it."""
        node, func = site.mention.node, unit.functions[0]
        if isinstance(node, ast.Name):
            return self._from_name(node.id, site.mention.scope, func)
        if not isinstance(node, ast.Attribute):
            return None
        if func.owner is not None:
            return []
        owner = self.units.values.of(node.value, site.mention.scope)
        return self._from_module(owner.path, node.attr, func) if isinstance(owner, ModuleValue) else None

    def public(self, func: Func) -> tuple[list[Import], list[tuple[FileIndex, ast.Constant]]]:
        """Find where a package offers a function to others: imports in `__init__.py`, and names in `__all__`."""
        imports: list[Import] = []
        texts: list[tuple[FileIndex, ast.Constant]] = []
        if func.owner is not None:
            return imports, texts
        for file in self.units.values.workspace.indexed_with(func.node.name):
            if file.path not in self.units.visited or self.units.values.member(file.path, func.node.name) is not func:
                continue
            route = self._from_module(file.path, func.node.name, func)
            is_public = file.path.endswith("__init__.py")
            for mention in file.mentions.get(func.node.name, ()):
                listed = isinstance(mention.parent, ast.List | ast.Tuple)
                if isinstance(mention.node, ast.Constant) and listed and in_all(mention, file) and route is not None:
                    texts.append((file, mention.node))
                    is_public = True
            imports += (route or []) if is_public else []
        return imports, texts

    # ---- whether

    def _find_obstacle(self, unit: Unit) -> str:
        if unit.forbidden:
            return unit.reason
        if any(func.inside is not None for func in unit.functions):
            return "it is in another function"
        name = twin_name(unit.functions[0].node.name)
        if self._is_taken(name):
            return f"the name `{name}` is in use"
        return next((reason for func in unit.functions if (reason := self._obstacle_at(func))), "")

    def _obstacle_at(self, func: Func) -> str:
        decorators = [self.units.values.of(node, func.outer) for node in func.node.decorator_list]
        if any(is_route(value) or value == External("abc.abstractmethod") for value in decorators):
            return "whoever implements or serves it knows no twin"
        file = self.units.values.workspace.file(func.path)
        if file is None or not _stands_alone(file.source, func):
            return "its first line holds more than its beginning"
        try:
            self.units.uses.is_loose(func.path)
        except BarrierError as error:
            return str(error)
        return ""

    def _is_taken(self, name: str) -> bool:
        return bool(self.units.values.workspace.files_with(name))

    # ---- by which name

    def _from_name(self, name: str, scope: Scope, func: Func) -> list[Import] | None:
        bindings = lookup(name, scope) or []
        if len(bindings) != 1:
            return None
        if bindings[0].value is func:
            return []
        return self._from_import(bindings[0], func)

    def _from_module(self, path: str, name: str, func: Func) -> list[Import] | None:
        file = self.units.values.workspace.file(path)
        bindings = file.scope.bindings.get(name, ()) if file is not None else ()
        if len(bindings) != 1:
            return None
        return [] if bindings[0].value is func else self._from_import(bindings[0], func)

    def _from_import(self, binding: Binding, func: Func) -> list[Import] | None:
        """Give what must be imported beside a name, here and in the module that it comes from."""
        file, alias = self.units.values.workspace.file(binding.scope.path), binding.node
        if file is None or file.path not in self.units.visited or not isinstance(alias, ast.alias):
            return None
        if alias.asname and self._is_taken(twin_name(alias.asname)):
            return None
        module, name = split_origin(binding.origin)
        home = self.units.values.imported(module, file.path)
        before = self._from_module(home.path, name, func) if isinstance(home, ModuleValue) else None
        return None if before is None else [*before, Import(file, alias)]


# ---- the text


def twin_edit(source: PythonSource, func: Func, edits: Iterable[Edit]) -> Edit:
    """Write a twin below its function: the same text, with those of the edits that are in it, under its own name."""
    start, end = _span(source, func)
    head = source.start(func.node)
    name = _NAME.match(source.data, head)
    assert name is not None  # noqa: S101 - it was seen to stand alone
    own = [Edit(head, head, b"async "), Edit(name.start(1), name.end(1), twin_name(func.node.name).encode())]
    inside = sorted([*own, *(edit for edit in edits if start <= edit.start < end)], key=lambda edit: edit.start)
    text = apply_edits(source.data[:end], inside)[start:]
    begin, after = source.newline_from(0)
    at_top = func.outer.parent is None and not func.node.col_offset
    return Edit(end, end, (source.data[begin:after] or b"\n") * (3 if at_top else 2) + text)


def alias_edit(item: Import) -> Edit:
    """Import a twin beside what is imported."""
    alias = item.alias
    asname = f" as {twin_name(alias.asname)}" if alias.asname else ""
    return _before(item.file.source, item.file.source.start(alias), f"{twin_name(alias.name)}{asname}")


def list_edit(file: FileIndex, text: ast.Constant) -> Edit:
    """Put a twin's name into `__all__`."""
    source, name = file.source, str(text.value)
    start = source.start(text)
    return _before(source, start, source.data[start : source.end(text)].decode().replace(name, twin_name(name)))


_NAME = re.compile(rb"def(?:[ \t\f]|\\(?:\r\n|\r|\n))+(\w+)")


def _before(source: PythonSource, start: int, item: str) -> Edit:
    """Put an item of a list before another, on a line of its own where that has one."""
    line = max(begin for begin in source.line_starts if begin <= start)
    indent, newline = source.data[line:start], source.data[slice(*source.newline_from(start))]
    gap = b" " if indent.strip(b" \t") else newline + indent
    return Edit(start, start, item.encode() + b"," + gap)


def _span(source: PythonSource, func: Func) -> tuple[int, int]:
    """Give the beginning of a function's first line, or of its first decorator's, and the end of its last line."""
    first = min([func.node.lineno, *(node.lineno for node in func.node.decorator_list)])
    return source.line_starts[first - 1], source.newline_from(source.end(func.node))[0]


def _stands_alone(source: PythonSource, func: Func) -> bool:
    start, _ = _span(source, func)
    text = source.data[start:].lstrip(b" \t\f")
    continued = source.data[:start].rstrip(b"\r\n").endswith(b"\\")
    return (
        text.startswith((b"def", b"@"))
        and not continued
        and _NAME.match(source.data, source.start(func.node)) is not None
    )
