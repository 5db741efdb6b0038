"""The bytes that turn functions into coroutine functions, and calls of them into awaited ones. Nothing else changes."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from attrs import Factory, define

from parallel_refactor.engines.recipes.async_colour import Blocking, Colouring
from parallel_refactor.engines.recipes.async_imports import import_edit
from parallel_refactor.engines.recipes.async_sites import CallSite
from parallel_refactor.engines.recipes.async_twins import (
    Import,
    Twins,
    alias_edit,
    list_edit,
    twin_edit,
    twin_name,
)
from parallel_refactor.engines.recipes.async_units import Unit, Units
from parallel_refactor.engines.recipes.docstring_insert import Edit
from parallel_refactor.engines.recipes.python_source import PythonSource
from parallel_refactor.engines.recipes.python_words import FileIndex, Func


@define(eq=False)
class FileEdits:
    """What changes in a file, how often what, which modules and other files it needs; its twins, what has one."""

    file: FileIndex
    edits: list[Edit] = Factory(list)
    counts: defaultdict[str, int] = Factory(lambda: defaultdict(int))
    modules: set[str] = Factory(set)
    needs: set[str] = Factory(set)
    twins: list[Edit] = Factory(list)
    names: set[str] = Factory(set)


def write_edits(
    colouring: Colouring, units: Units, twins: Twins | None, tests: Mapping[Func, Edit | None]
) -> dict[str, FileEdits]:
    """Turn a colouring into edits for each file. `tests` become coroutine functions too; a mark may be put on them."""
    writer = _Writer(units, twins, tests)
    writer.coroutines = {func for unit in colouring.units for func in unit.functions}
    for unit in colouring.twins:
        for func in unit.functions:
            writer.begin_twin(func)
    for unit in colouring.inner:
        writer.inner.update(unit.functions)
    for func in [*(func for unit in [*colouring.units, *colouring.inner] for func in unit.functions), *tests]:
        writer.make_async(func)
    sites: list[tuple[CallSite, Unit | Blocking]] = [
        (one.site, one) for one in colouring.blocking + colouring.twin_blocking
    ]
    sites += [(site, unit) for unit in colouring.units + colouring.twins + colouring.inner for site in unit.calls]
    for site, what in sorted(sites, key=lambda pair: _span(pair[0])):
        if isinstance(what, Blocking):
            writer.await_blocking(site, what)
        elif what in colouring.twins:
            writer.await_twin(site, what)
        else:
            writer.await_call(site)
    return writer.finish()


@define(eq=False)
class _Writer:
    """`copies` are the edits in the text of each twin that are not made in what it is the twin of."""

    units: Units
    twins: Twins | None
    tests: Mapping[Func, Edit | None]
    found: dict[str, FileEdits] = Factory(dict)
    copies: dict[Func, list[Edit]] = Factory(dict)
    coroutines: set[Func] = Factory(set)
    inner: set[Func] = Factory(set)
    imported: set[Import] = Factory(set)

    def begin_twin(self, func: Func) -> None:
        assert self.twins is not None  # noqa: S101 - there are twins
        self.copies[func] = []
        self._of(func.path).counts["twins added"] += 1
        imports, texts = self.twins.public(func)
        self._import(imports, func)
        for file, text in texts:
            self._of(file.path).edits.append(list_edit(file, text))
            self._of(file.path).needs.add(func.path)

    def make_async(self, func: Func) -> None:
        if func.is_async:
            return
        edits = self._of(func.path)
        start = edits.file.source.start(func.node)
        if func not in self.inner:
            edits.counts["tests made async" if func in self.tests else "functions made async"] += 1
        if (mark := self.tests.get(func)) is not None:
            edits.edits.append(mark)
            edits.modules.add("pytest")
        self._list(func).append(Edit(start, start, b"async "))

    def await_blocking(self, site: CallSite, blocking: Blocking) -> None:
        edits, into = self._of(site.file.path), self._list(site.place.function)
        edits.modules.add("asyncio")
        if equivalent := blocking.replacement.equivalent:
            _await(into, site, b"await ")
            source, function = site.file.source, site.call.func
            into.append(Edit(source.start(function), source.end(function), equivalent.encode()))
            edits.counts["blocking calls replaced"] += 1
            return
        _await(into, site, b"await asyncio.to_thread(")
        into.append(_argument_edit(site.file.source, site.call))
        edits.counts["blocking calls moved to threads"] += 1

    def await_call(self, site: CallSite) -> None:
        edits, function = self._of(site.file.path), site.place.function
        if function not in self.tests and self.units.loops.starts(site):
            _run(edits.edits, site)
            edits.modules.add("asyncio")
            edits.counts["calls run by asyncio.run"] += 1
        else:
            _await(self._list(function), site, b"await ")
            edits.counts["calls awaited"] += 1

    def await_twin(self, site: CallSite, unit: Unit) -> None:
        """Let a call in a coroutine function, or in a twin, go to the twin."""
        function = site.place.function
        can_await = function is not None and (
            function.is_async or function in self.coroutines or function in self.copies or function in self.inner
        )
        if self.twins is None or not can_await or not self.twins.serves(site, unit):
            return
        into, source, node = self._list(function), site.file.source, site.call.func
        self._import(self.twins.route(site, unit) or (), unit.functions[0])
        self._of(site.file.path).needs.add(unit.functions[0].path)
        _await(into, site, b"await ")
        name = node.attr if isinstance(node, ast.Attribute) else ast.unparse(node)
        end = source.end(node)
        into.append(Edit(end - len(name.encode()), end, twin_name(name).encode()))
        self._of(site.file.path).counts["calls awaited"] += 1

    def finish(self) -> dict[str, FileEdits]:
        for func, own in self.copies.items():
            edits = self._of(func.path)
            edits.names.add(func.node.name)
            edits.twins.append(twin_edit(edits.file.source, func, [*own, *edits.edits]))
        for edits in self.found.values():
            needed = [import_edit(edits.file.source, module) for module in sorted(edits.modules)]
            edits.edits += [*(edit for edit in needed if edit is not None), *edits.twins]
            edits.edits.sort(key=lambda edit: edit.start)
        return {path: edits for path, edits in self.found.items() if edits.edits}

    def _import(self, imports: Iterable[Import], func: Func) -> None:
        for item in imports:
            self._of(item.file.path).needs.add(func.path)
            if item not in self.imported:
                self.imported.add(item)
                self._of(item.file.path).edits.append(alias_edit(item))
                self._of(item.file.path).names.add(item.alias.asname or item.alias.name)

    def _list(self, func: Func | None) -> list[Edit]:
        """Give the edits of a function's text: of its twin, where it is in one and changes there only."""
        assert func is not None  # noqa: S101 - only functions await
        edits, home = self._of(func.path).edits, func
        while home.inside is not None:
            home = home.inside
        return self.copies.get(home, edits) if func in self.inner or func in self.copies else edits

    def _of(self, path: str) -> FileEdits:
        if path not in self.found:
            file = self.units.values.workspace.file(path)
            assert file is not None  # noqa: S101 - it was looked through
            self.found[path] = FileEdits(file)
        return self.found[path]


_GAP = re.compile(rb"(?:[\s)\\]|#[^\r\n]*)*")


def _span(site: CallSite) -> tuple[str, int, int]:
    source = site.file.source
    return site.file.path, source.start(site.call), -source.end(site.call)


def _await(into: list[Edit], site: CallSite, before: bytes) -> None:
    """Put `await` before a call, in parentheses where what follows would be awaited with it."""
    source, call = site.file.source, site.call
    parent = site.file.parents[call]
    wraps = (isinstance(parent, ast.Attribute | ast.Subscript) and parent.value is call) or (
        isinstance(parent, ast.Call) and parent.func is call
    )
    start, end = source.start(call), source.end(call)
    into.append(Edit(start, start, _space(source, start) + (b"(" if wraps else b"") + before))
    if wraps:
        into.append(Edit(end, end, b")"))


def _run(into: list[Edit], site: CallSite) -> None:
    source, call = site.file.source, site.call
    start, end = source.start(call), source.end(call)
    into += [Edit(start, start, _space(source, start) + b"asyncio.run("), Edit(end, end, b")")]


def _space(source: PythonSource, start: int) -> bytes:
    """Give a space where what is before would run into what is added."""
    return b" " if re.match(rb"\w", source.data[max(start - 1, 0) : start]) else b""


def _argument_edit(source: PythonSource, call: ast.Call) -> Edit:
    """Turn the parenthesis that opens a call's arguments into what sets them apart from the function."""
    gap = _GAP.match(source.data, source.end(call.func))
    at = gap.end() if gap else source.end(call.func)
    if not call.args and not call.keywords:
        return Edit(at, at + 1, b"")
    spaced = source.data[at + 1 : at + 2].isspace() or source.data[at + 1 : at + 2] == b"\\"
    return Edit(at, at + 1, b"," if spaced else b", ")
