"""The bytes that turn functions into coroutine functions, and calls of them into awaited ones. Nothing else changes."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Mapping

from attrs import Factory, define

from parallel_refactor.engines.recipes.async_colour import Blocking, Colouring
from parallel_refactor.engines.recipes.async_imports import import_edit
from parallel_refactor.engines.recipes.async_units import Units
from parallel_refactor.engines.recipes.async_uses import CallSite
from parallel_refactor.engines.recipes.docstring_insert import Edit
from parallel_refactor.engines.recipes.python_source import PythonSource
from parallel_refactor.engines.recipes.python_words import FileIndex, Func


@define(eq=False)
class FileEdits:
    """What changes in a file, how often what, and which modules it needs."""

    file: FileIndex
    edits: list[Edit] = Factory(list)
    counts: defaultdict[str, int] = Factory(lambda: defaultdict(int))
    modules: set[str] = Factory(set)


def write_edits(colouring: Colouring, units: Units, tests: Mapping[Func, Edit | None]) -> dict[str, FileEdits]:
    """Turn a colouring into edits for each file. `tests` become coroutine functions too; a mark may be put on them."""
    writer = _Writer(units, tests)
    sites: list[tuple[CallSite, Blocking | None]] = [(one.site, one) for one in colouring.blocking]
    for unit in colouring.units:
        sites += [(site, None) for site in unit.calls]
        for func in unit.functions:
            writer.make_async(func, "functions made async")
    for func in tests:
        writer.make_async(func, "tests made async")
    for site, blocking in sorted(sites, key=lambda pair: _span(pair[0])):
        writer.change_call(site, blocking)
    return writer.finish()


@define(eq=False)
class _Writer:
    units: Units
    tests: Mapping[Func, Edit | None]
    found: dict[str, FileEdits] = Factory(dict)

    def make_async(self, func: Func, what: str) -> None:
        file = self.units.values.workspace.file(func.path)
        if func.is_async or file is None:
            return
        edits, start = self._of(file), file.source.start(func.node)
        edits.counts[what] += 1
        if (mark := self.tests.get(func)) is not None:
            edits.edits.append(mark)
            edits.modules.add("pytest")
        edits.edits.append(Edit(start, start, b"async "))

    def change_call(self, site: CallSite, blocking: Blocking | None) -> None:
        edits, function = self._of(site.file), site.place.function
        if blocking is not None:
            _await_blocking(edits, site, blocking)
        elif function not in self.tests and self.units.loops.starts(site):
            _run(edits, site)
        else:
            _await(edits, site, b"await ")
            edits.counts["calls awaited"] += 1

    def finish(self) -> dict[str, FileEdits]:
        for edits in self.found.values():
            needed = [import_edit(edits.file.source, module) for module in sorted(edits.modules)]
            edits.edits += [edit for edit in needed if edit is not None]
            edits.edits.sort(key=lambda edit: edit.start)
        return self.found

    def _of(self, file: FileIndex) -> FileEdits:
        return self.found.setdefault(file.path, FileEdits(file))


_GAP = re.compile(rb"(?:[\s)\\]|#[^\r\n]*)*")


def _span(site: CallSite) -> tuple[str, int, int]:
    source = site.file.source
    return site.file.path, source.start(site.call), -source.end(site.call)


def _await_blocking(edits: FileEdits, site: CallSite, blocking: Blocking) -> None:
    source, call = site.file.source, site.call
    edits.modules.add("asyncio")
    if equivalent := blocking.replacement.equivalent:
        _await(edits, site, b"await ")
        edits.edits.append(Edit(source.start(call.func), source.end(call.func), equivalent.encode()))
        edits.counts["blocking calls replaced"] += 1
        return
    _await(edits, site, b"await asyncio.to_thread(")
    edits.edits.append(_argument_edit(source, call))
    edits.counts["blocking calls moved to threads"] += 1


def _await(edits: FileEdits, site: CallSite, before: bytes) -> None:
    """Put `await` before a call, in parentheses where what follows would be awaited with it."""
    source, call = site.file.source, site.call
    parent = site.file.parents[call]
    wraps = (isinstance(parent, ast.Attribute | ast.Subscript) and parent.value is call) or (
        isinstance(parent, ast.Call) and parent.func is call
    )
    start, end = source.start(call), source.end(call)
    space = b" " if re.match(rb"\w", source.data[max(start - 1, 0) : start]) else b""
    edits.edits.append(Edit(start, start, space + (b"(" if wraps else b"") + before))
    if wraps:
        edits.edits.append(Edit(end, end, b")"))


def _run(edits: FileEdits, site: CallSite) -> None:
    source, call = site.file.source, site.call
    start, end = source.start(call), source.end(call)
    space = b" " if re.match(rb"\w", source.data[max(start - 1, 0) : start]) else b""
    edits.edits += [Edit(start, start, space + b"asyncio.run("), Edit(end, end, b")")]
    edits.modules.add("asyncio")
    edits.counts["calls run by asyncio.run"] += 1


def _argument_edit(source: PythonSource, call: ast.Call) -> Edit:
    """Turn the parenthesis that opens a call's arguments into what sets them apart from the function."""
    gap = _GAP.match(source.data, source.end(call.func))
    at = gap.end() if gap else source.end(call.func)
    if not call.args and not call.keywords:
        return Edit(at, at + 1, b"")
    spaced = source.data[at + 1 : at + 2].isspace() or source.data[at + 1 : at + 2] == b"\\"
    return Edit(at, at + 1, b"," if spaced else b", ")
