"""The last task of a run, over the files that others want to be edited and that are not theirs."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import frozen

from lockboard.board import Board
from lockboard.model import SharedEdit, Task, TaskSpec, TaskState

NAME = "shared"


@frozen
class Wanted:
    """An edit, and the task that wants it."""

    task: str
    edit: SharedEdit


def wanted_edits(tasks: Iterable[Task]) -> list[Wanted]:
    """Give what the done ones of a run's tasks want, in the order in which it is made.

    That is by path, then as the plan orders the tasks, then as each names its own. What several want alike is there
    once, for the first. What failed, or was cancelled, wants nothing.
    """
    found: dict[SharedEdit, Wanted] = {}
    for task in tasks:
        for edit in task.submission.shared_edits if task.state is TaskState.DONE and task.submission else ():
            found.setdefault(SharedEdit(edit.path, edit.old, edit.new), Wanted(task.spec.id, edit))
    return sorted(found.values(), key=lambda wanted: wanted.edit.path)


def last_task(board: Board, run: str) -> TaskSpec | None:
    """Give the task that is still to be added to a run whose tasks have all ended; None where nothing is wanted."""
    tasks = board.run(run).tasks.values()
    if any(task.spec.shared for task in tasks):
        return None
    files = tuple(dict.fromkeys(wanted.edit.path for wanted in wanted_edits(tasks)))
    keys = set(map(board.state.fold, files))
    after = [
        task.spec.id
        for task in tasks
        if task.state is not TaskState.SPLIT and keys.intersection(map(board.state.fold, task.spec.files))
    ]
    return TaskSpec(NAME, files, after=tuple(after), shared=True) if files else None
