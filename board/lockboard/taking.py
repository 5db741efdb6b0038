"""Taking a file back from a worker: the person holds it at once, the rest of its task goes on."""

from __future__ import annotations

from enum import StrEnum

from attrs import frozen

from lockboard import entries as e
from lockboard.board import Board
from lockboard.model import Afterwards, Note, Run, Task, TaskState
from lockboard.paths import check_name
from lockboard.tasks import part_task


class Taken(StrEnum):
    """How a file came to the person."""

    FREE = "free"
    TAKEN = "taken"
    LANDING = "landing"


@frozen
class Taking:
    """What happened: which task of which run gave the file up, under which token ("" and 0 where none owned it)."""

    how: Taken
    run: str = ""
    task: str = ""
    token: int = 0


def take(board: Board, path: str, owner: str, process: str) -> Taking:
    """Hold a file for a person, and end the claim of the worker that owns it, in one step.

    Its task's other files go on as a successor; a task in a group returns whole, and waits until the hold is gone. Only
    a landing that has begun comes first: then the file is held as soon as it is in.
    """
    check_name(path)
    with board.changing() as write:
        key = board.state.fold(path)
        if process not in board.state.holds.get(key, {}):
            write(e.Held(path, owner, process))
        lock = board.state.locks.get(key)
        if lock is None or board.state.is_proposed(lock):  # what is proposed keeps no person from the file
            return Taking(Taken.FREE)
        run = board.run(lock.run)
        task = run.tasks[lock.task]
        if task.landing:
            return Taking(Taken.LANDING, run.id, task.spec.id, task.token)
        token = task.token
        if task.state.owns_files:
            write(_give_up(board, run, task, key, f"{owner} took {path} back"))
        return Taking(Taken.TAKEN, run.id, task.spec.id, token)


def _give_up(board: Board, run: Run, task: Task, key: str, reason: str) -> e.Entry:
    spec = task.spec
    depended_on = board.state.schedules[run.id].dependents.get(spec.id)
    if not (spec.group or depended_on) and len(spec.files) > 1:
        rest = tuple(file for file in spec.files if board.state.fold(file) != key)
        taken = tuple(file for file in spec.files if board.state.fold(file) == key)
        return e.Split(run.id, spec.id, task.token, part_task(spec, (rest, taken)), reason)
    if task.state is TaskState.CLAIMED:
        return e.Released(run.id, spec.id, task.token, reason)
    return e.Unlanded(run.id, (spec.id,), Afterwards.RETURN, (Note(key, reason),))
