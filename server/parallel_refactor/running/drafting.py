"""Hands in again what was proposed before, on the files as they are now: without the engine, merged three ways."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from lockboard.digest import digest
from lockboard.errors import ConflictError
from lockboard.model import ABSENT, Draft, FileChange
from parallel_refactor.engines.claude.checks import find_damage
from parallel_refactor.engines.interface import FileResult, Outcome
from parallel_refactor.running.handing_in import HandIn
from parallel_refactor.running.merging import bring_up
from parallel_refactor.running.task_at_hand import TaskAtHand
from parallel_refactor.running.texts import find_text

if TYPE_CHECKING:
    from parallel_refactor.engines.recipes.recipe import Recipe


def outdated(task: TaskAtHand, draft: Draft) -> str:
    """Say what changed on which a draft relies, so that the engine must do the task anew; "" for nothing."""
    for path, wanted in draft.submission.relied.items():
        if path not in task.claim.task.files and digest(task.reader.read_disk(path)) != wanted:
            return f"{path}, on which it relies, was changed: it is done anew"
    return ""


def redraft(task: TaskAtHand, draft: Draft, problem: Callable[[Mapping[str, bytes]], str]) -> HandIn:
    """Merge a task's part of a draft with the task's files; raises OSError where what was proposed is gone.

    `problem` says what speaks against new texts, "" for nothing. Where it does, or a change does not go together with
    what a person wrote, it is proposed again with the reason.
    """
    folder = task.board.layout.exchange(task.claim.run, draft.task, draft.token)
    files, contents, doubts = list[FileChange](), dict[str, bytes](), list[str]()
    for index, change in enumerate(draft.submission.files):
        if change.path in task.claim.task.files:
            fit, new, doubt = _brought_up(task, change, folder / str(index))
            files.append(fit)
            doubts += [f"{change.path}: {doubt}"] if doubt else []
            if new is not None and fit.changed:
                contents[change.path] = new
    if contents and not doubts and (said := problem(contents)):
        doubts.append(said)
    whole = len(files) == len(draft.submission.files)
    notes = tuple(note for note in draft.submission.notes if note.path in task.claim.task.files)
    counts = draft.submission.counts if whole else {}  # figures are of all files together
    submission = replace(draft.submission, files=tuple(files), notes=notes, counts=counts)
    return HandIn(submission, contents, doubt="; ".join(doubts))


def find_problem(
    before: Mapping[str, bytes | None], changed: Mapping[str, bytes], recipe: Recipe | None, options: Mapping[str, Any]
) -> str:
    """Say which of some merged texts does not parse, or breaks a recipe's promise; "" for none."""
    for path, new in changed.items():
        if damage := find_damage(path, before[path], new):
            return f"{path}:{damage.line}: {damage.reason}"
        file = FileResult(path, Outcome.CHANGED, new)
        if recipe and (broken := recipe.check(before[path] or b"", file, options)):
            return f"{path}: {broken}"
    return ""


def _brought_up(task: TaskAtHand, change: FileChange, resting: Path) -> tuple[FileChange, bytes | None, str]:
    """Give a change as it is of the present file, with the new text; else as it was, and why it does not fit."""
    present = task.before[change.path]
    new = present
    if change.changed:
        new = None if change.new == ABSENT else resting.read_bytes()
        try:
            new = bring_up(change, new, present, partial(find_text, task.board, task.claim.run))
        except ConflictError as error:
            return change, new, str(error)
    return replace(change, base=digest(present), new=digest(new)), new, ""
