"""Leaving files out of a run that has not started: their tasks go on without them."""

from __future__ import annotations

from collections.abc import Collection

from lockboard import entries as e
from lockboard.board import Board
from lockboard.journal import Write
from lockboard.model import Run, Task, TaskState
from lockboard.state import Key
from lockboard.tasks import part_task


def leave_out(board: Board, run: str, paths: Collection[str], reason: str) -> None:
    """Skip the tasks of these files, or the part of them that these files are; what lands with a file is left with it.

    Does nothing to tasks that somebody owns already. Raises BoardError for an unknown run.
    """
    with board.changing() as write:
        found = board.run(run)
        keys = {board.state.fold(path) for path in paths}
        for task in list(found.tasks.values()):
            inside = {path for path in task.spec.files if board.state.fold(path) in keys}
            if inside and task.state in (TaskState.PENDING, TaskState.READY):
                _skip(write, found, task, inside, reason)


def _skip(write: Write, run: Run, task: Task, paths: Collection[Key], reason: str) -> None:
    name = task.spec.id
    rest = tuple(path for path in task.spec.files if path not in paths)
    if rest and not task.spec.group:
        parts = part_task(task.spec, (rest, tuple(path for path in task.spec.files if path in paths)))
        write(e.Split(run.id, name, task.token, parts, reason))
        name = parts[1].id
    write(e.Ended(run.id, name, TaskState.SKIPPED, reason))
