"""What was planned for a file with the whole workspace in sight: a string for a run's options, and how it is done."""

from __future__ import annotations

import hashlib
import json

from attrs import asdict, field, frozen

from parallel_refactor.engines.interface import FileResult, Left, Outcome
from parallel_refactor.engines.recipes.docstring_insert import Edit, apply_edits
from parallel_refactor.engines.recipes.python_source import PythonSource, PythonSourceError


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


def digest(data: bytes) -> str:
    """Name a file's contents."""
    return hashlib.sha256(data).hexdigest()


def carry_out(plan: FilePlan | None, path: str, data: bytes) -> FileResult:
    """Make a file's planned edits; it fails if it is no longer what they were planned for."""
    if plan is None:
        return FileResult(path, Outcome.UNCHANGED)
    if not plan.edits:
        return FileResult(path, Outcome.LEFT, left=plan.left)
    if digest(data) != plan.digest:
        return FileResult(path, Outcome.FAILED, left=(Left("it has changed since the run was planned: run again"),))
    try:
        source = PythonSource.read(data)
    except PythonSourceError as error:
        return FileResult(path, Outcome.FAILED, left=(Left(str(error), error.line),))
    return FileResult(path, Outcome.CHANGED, source.encode(apply_edits(source.data, plan.edits)), left=plan.left)
