"""The plan for a whole workspace: for each file what changes in it and what is left, as strings for a run's options."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence

from attrs import asdict, field, frozen

from parallel_refactor.engines.interface import Left, Reader
from parallel_refactor.engines.recipes.async_barriers import Barriers
from parallel_refactor.engines.recipes.async_colour import Colouring, colour
from parallel_refactor.engines.recipes.async_edits import write_edits
from parallel_refactor.engines.recipes.async_loops import Loops
from parallel_refactor.engines.recipes.async_settings import Settings
from parallel_refactor.engines.recipes.async_tests import Followers
from parallel_refactor.engines.recipes.async_units import Units
from parallel_refactor.engines.recipes.async_uses import Uses
from parallel_refactor.engines.recipes.docstring_insert import Edit
from parallel_refactor.engines.recipes.python_classes import Classes
from parallel_refactor.engines.recipes.python_workspace import Workspace


@frozen
class FilePlan:
    """What happens in one file: `edits` of its text as UTF-8, for contents of one digest only."""

    path: str
    digest: str
    edits: tuple[Edit, ...] = ()
    left: tuple[Left, ...] = ()
    counts: dict[str, int] = field(factory=dict)

    def dump(self) -> str:
        """Give the plan as a string."""
        edits = [[edit.start, edit.end, edit.new.decode()] for edit in self.edits]
        left = [[left.line, left.reason] for left in self.left]
        return json.dumps({**asdict(self), "edits": edits, "left": left}, ensure_ascii=False)

    @classmethod
    def load(cls, text: str) -> FilePlan:
        """Read what `dump` gave."""
        found = json.loads(text)
        found["edits"] = tuple(Edit(start, end, new.encode()) for start, end, new in found["edits"])
        found["left"] = tuple(Left(reason, line) for line, reason in found["left"])
        return cls(**found)


def plan(
    paths: Sequence[str], reader: Reader, visited: frozenset[str], *, files: bool
) -> tuple[list[FilePlan], list[tuple[str, str]]]:
    """Plan the whole workspace. Gives the plans of files with anything to do or say, and which must land together."""
    workspace = Workspace(paths, reader)
    values = Classes(workspace)
    uses = Uses(values)
    settings = Settings.read(reader)
    loops = Loops(values, uses, settings.scripts)
    units = Units(values, visited, loops, Barriers(values, loops), uses)
    colouring = colour(units, files=files)
    edits = write_edits(colouring, units, Followers(units, settings).of(colouring))
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
    return plans, _joints(colouring)


def digest(data: bytes) -> str:
    """Name a file's contents."""
    return hashlib.sha256(data).hexdigest()


def _joints(colouring: Colouring) -> list[tuple[str, str]]:
    """Give the pairs of files of which neither may land without the other: a caller and what it calls, relatives."""
    pairs: set[tuple[str, str]] = set()
    for unit in colouring.units:
        home = unit.functions[0].path
        others = [func.path for func in unit.functions] + [site.file.path for site in unit.calls]
        pairs |= {(other, home) for other in others if other != home}
    return sorted(pairs)
