"""The plan for a whole workspace: for each file what changes in it and what is left, as strings for a run's options."""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from attrs import frozen

from parallel_refactor.engines.interface import Left, Reader
from parallel_refactor.engines.recipes.async_barriers import Barriers
from parallel_refactor.engines.recipes.async_colour import Colouring, colour
from parallel_refactor.engines.recipes.async_edits import FileEdits, write_edits
from parallel_refactor.engines.recipes.async_loops import Loops
from parallel_refactor.engines.recipes.async_settings import Settings
from parallel_refactor.engines.recipes.async_tests import Followers
from parallel_refactor.engines.recipes.async_twins import Twins, twin_name
from parallel_refactor.engines.recipes.async_units import Units
from parallel_refactor.engines.recipes.async_uses import Uses
from parallel_refactor.engines.recipes.planned_edits import FilePlan, digest
from parallel_refactor.engines.recipes.python_classes import Classes
from parallel_refactor.engines.recipes.python_workspace import Workspace


@frozen
class WholePlan:
    """What happens in a workspace. `joints` are pairs of files that land together, `twins` are names by new ones."""

    files: tuple[FilePlan, ...]
    joints: frozenset[tuple[str, str]]
    twins: dict[str, str]


def plan(paths: Sequence[str], reader: Reader, visited: frozenset[str], *, files: bool, twins: bool) -> WholePlan:
    """Plan the whole workspace; gives the plans of files with anything to do or say."""
    with _no_collections():
        return _plan(paths, reader, visited, files=files, twins=twins)


@contextmanager
def _no_collections() -> Iterator[None]:
    """Collect garbage at the end only: else the trees of all files would be gone through again and again."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
        gc.collect()


def _plan(paths: Sequence[str], reader: Reader, visited: frozenset[str], *, files: bool, twins: bool) -> WholePlan:
    workspace = Workspace(paths, reader)
    values = Classes(workspace)
    uses = Uses(values)
    settings = Settings.read(reader)
    loops = Loops(values, uses, settings.scripts)
    units = Units(values, visited, loops, Barriers(values, loops), uses)
    maker = Twins(units) if twins else None
    colouring = colour(units, maker, files=files)
    edits = write_edits(colouring, units, maker, Followers(units, settings).of(colouring))
    left: defaultdict[str, set[Left]] = defaultdict(set)
    for remark in colouring.remarks:
        if remark.path in visited:
            left[remark.path].add(Left(remark.reason, remark.line))
    plans = [
        FilePlan(
            path,
            digest(workspace.text(path)),
            tuple(edits[path].edits) if path in edits else (),
            tuple(sorted(left[path], key=lambda one: (one.line, one.reason))),
            dict(edits[path].counts) if path in edits else {},
        )
        for path in sorted(edits.keys() | left.keys())
    ]
    names = {name for changed in edits.values() for name in changed.names}
    return WholePlan(tuple(plans), _joints(colouring, edits), {twin_name(name): name for name in names})


def _joints(colouring: Colouring, edits: Mapping[str, FileEdits]) -> frozenset[tuple[str, str]]:
    """Give the pairs of files of which neither may land without the other: a caller and what it calls, relatives."""
    pairs = {(path, other) for path, changed in edits.items() for other in changed.needs}
    for unit in [*colouring.units, *colouring.twins]:
        pairs |= {(func.path, unit.functions[0].path) for func in unit.functions}
    for unit in colouring.units:
        pairs |= {(site.file.path, unit.functions[0].path) for site in unit.calls}
    return frozenset((one, other) for one, other in pairs if one != other)
