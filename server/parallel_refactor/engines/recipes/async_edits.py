"""The bytes that turn functions into coroutine functions, and calls of them into awaited ones. Nothing else changes."""

from __future__ import annotations

import ast
import re
from collections import defaultdict

from attrs import Factory, define

from parallel_refactor.engines.recipes.async_colour import Blocking, Colouring
from parallel_refactor.engines.recipes.async_imports import import_edit
from parallel_refactor.engines.recipes.async_units import Units
from parallel_refactor.engines.recipes.async_uses import CallSite
from parallel_refactor.engines.recipes.docstring_insert import Edit
from parallel_refactor.engines.recipes.python_source import PythonSource
from parallel_refactor.engines.recipes.python_words import FileIndex


@define(eq=False)
class FileEdits:
    """What changes in a file, and how often what."""

    file: FileIndex
    edits: list[Edit] = Factory(list)
    counts: defaultdict[str, int] = Factory(lambda: defaultdict(int))
    asyncio: bool = False


def write_edits(colouring: Colouring, units: Units) -> dict[str, FileEdits]:
    """Turn a colouring into edits for each file."""
    found: dict[str, FileEdits] = {}

    def of(file: FileIndex) -> FileEdits:
        return found.setdefault(file.path, FileEdits(file))

    sites: list[tuple[CallSite, Blocking | None]] = [(one.site, one) for one in colouring.blocking]
    for unit in colouring.units:
        sites += [(site, None) for site in unit.calls]
        for func in unit.functions:
            if not func.is_async and (file := units.values.workspace.file(func.path)) is not None:
                start = file.source.start(func.node)
                of(file).edits.append(Edit(start, start, b"async "))
                of(file).counts["functions made async"] += 1
    for site, blocking in sorted(sites, key=lambda pair: _span(pair[0])):
        edits = of(site.file)
        if blocking is not None:
            _await_blocking(edits, site, blocking)
        elif _starts_loop(site, units):
            _run(edits, site)
        else:
            _await(edits, site, b"await ")
            edits.counts["calls awaited"] += 1
    for edits in found.values():
        if edits.asyncio and (edit := import_edit(edits.file)) is not None:
            edits.edits.append(edit)
        edits.edits.sort(key=lambda edit: edit.start)
    return found


_GAP = re.compile(rb"(?:[\s)\\]|#[^\r\n]*)*")


def _span(site: CallSite) -> tuple[str, int, int]:
    source = site.file.source
    return site.file.path, source.start(site.call), -source.end(site.call)


def _starts_loop(site: CallSite, units: Units) -> bool:
    function = site.place.function
    return function is None or units.is_bridge(function)


def _await_blocking(edits: FileEdits, site: CallSite, blocking: Blocking) -> None:
    source, call = site.file.source, site.call
    edits.asyncio = True
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
    edits.asyncio = True
    edits.counts["calls run by asyncio.run"] += 1


def _argument_edit(source: PythonSource, call: ast.Call) -> Edit:
    """Turn the parenthesis that opens a call's arguments into what sets them apart from the function."""
    gap = _GAP.match(source.data, source.end(call.func))
    at = gap.end() if gap else source.end(call.func)
    if not call.args and not call.keywords:
        return Edit(at, at + 1, b"")
    spaced = source.data[at + 1 : at + 2].isspace() or source.data[at + 1 : at + 2] == b"\\"
    return Edit(at, at + 1, b"," if spaced else b", ")
