"""From what an engine says to what the board takes."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from attrs import Factory, frozen

from lockboard.digest import digest
from lockboard.model import Claim, FileChange, Note, SharedEdit, Submission
from parallel_refactor.engines.interface import EngineError, FileResult, Outcome, Result
from parallel_refactor.running.task_at_hand import TaskAtHand

_NOTES_PER_FILE = 100


@frozen
class HandIn:
    """What a worker hands in of a task, with the new bytes of each changed path; or nothing, where files `failed`.

    `doubt`: why a person must look at it, although they have accepted what the task proposed before.
    """

    submission: Submission
    contents: Mapping[str, bytes] = Factory(dict)
    failed: Mapping[str, Note] = Factory(dict)
    doubt: str = ""

    @property
    def new(self) -> dict[str, bytes | None]:
        """The changed files as they will be, None for one that is deleted."""
        return {change.path: self.contents.get(change.path) for change in self.submission.files if change.changed}


def hand_in(task: TaskAtHand, result: Result, doubt: str = "") -> HandIn:
    """Turn what an engine made of a task into what is handed in; raises EngineError where it is of another task."""
    if failed := failures(task.claim, result):
        return HandIn(Submission(()), failed=failed)
    handed_in, contents = submission(result, task.before, task.reader.relied(result.relied))
    return HandIn(handed_in, contents, doubt=doubt)


def failures(claim: Claim, result: Result) -> dict[str, Note]:
    """Give the files that the engine failed at, with the reason and place of each.

    Raises EngineError where the result is not one of this task.
    """
    answered = {file.path for file in result.files}
    if strange := sorted(answered - set(claim.task.files)):
        raise EngineError(f"the engine handed in {', '.join(strange)}, which is not a file of its task")
    if missing := sorted(set(claim.task.files) - answered):
        raise EngineError(f"the engine handed in nothing for {', '.join(missing)}")
    return {file.path: _failure(file) for file in result.files if file.outcome is Outcome.FAILED}


def done_in(result: Result) -> dict[str, bytes | None]:
    """Give the files that a result changes as they will be, None for one that is deleted."""
    return {file.path: file.new for file in result.files if file.outcome is Outcome.CHANGED}


def submission(
    result: Result, before: Mapping[str, bytes | None], relied: dict[str, str]
) -> tuple[Submission, dict[str, bytes]]:
    """Turn a result without failures into a submission, and the new bytes of each changed path."""
    changes, contents = [], {}
    for file in result.files:
        base = digest(before[file.path])
        new = digest(file.new) if file.outcome is Outcome.CHANGED else base
        changes.append(FileChange(file.path, base, new, file.mode if new != base else None))
        if file.new is not None and new != base:
            contents[file.path] = file.new
    notes = tuple(note for file in result.files for note in _notes(file))
    edits = tuple(SharedEdit(edit.path, edit.old, edit.new, edit.why) for edit in result.shared_edits)
    handed_in = Submission(tuple(changes), result.summary, notes, dict(result.counts), relied, shared_edits=edits)
    return handed_in, contents


def _notes(file: FileResult) -> list[Note]:
    notes = [Note(file.path, left.reason, left.line) for left in islice(file.left, _NOTES_PER_FILE)]
    if file.outcome is Outcome.LEFT and not notes:
        notes.append(Note(file.path, "the engine left it and did not say why"))
    if (more := len(file.left) - _NOTES_PER_FILE) > 0:
        notes.append(Note(file.path, f"and {more} more places"))
    return notes


def _failure(file: FileResult) -> Note:
    if not file.left:
        return Note(file.path, "the engine failed and did not say why")
    return Note(file.path, file.left[0].reason, file.left[0].line)
