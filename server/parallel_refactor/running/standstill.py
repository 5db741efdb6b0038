"""Whether a run can go on by itself, and if not, which person can set it going."""

from __future__ import annotations

from collections.abc import Mapping

from lockboard.board import Board
from lockboard.model import Hold, Lock, ProcessKind, Run, RunState, Task, TaskState

FOR_REVIEW = "for your review"
"""What the reason of a run says that waits for a person to accept or reject something."""


def find_standstill(board: Board, run: Run, held_units: Mapping[str, Hold]) -> dict[str, str]:
    """Give the tasks that only a person can set going, with the reasons; none while anything goes on by itself.

    `held_units` are complete and cannot land because of a person's hold.
    """
    schedule = board.state.schedules[run.id]
    moving = schedule.counts[TaskState.CLAIMED] or len(schedule.landable) > len(held_units)
    if moving or board.state.next_task(run) is not None:
        return {}
    found: dict[str, str] = {}
    for task in run.tasks.values():
        if task.resting and not task.state.ended:
            return {}
        if task.state is TaskState.READY:
            reason = _person_in_the_way(board, run, task)
            if not reason:
                return {}
            found[task.spec.id] = reason
        elif task.state is TaskState.SUBMITTED and task.spec.unit in held_units:
            found[task.spec.id] = _say(held_units[task.spec.unit])
        elif task.state in (TaskState.WAITING, TaskState.PROPOSED):
            found[task.spec.id] = task.reason or "it waits for a person"
    return found


def say_standstill(run: Run, standstill: Mapping[str, str]) -> str:
    """Say in short what a run waits for that stands still: reviews, and the first of its other reasons."""
    proposed = [run.tasks[name] for name in standstill if run.tasks[name].state is TaskState.PROPOSED]
    files = sum(change.changed for task in proposed if task.submission for change in task.submission.files)
    reviews = [f"{files:,} {'file waits' if files == 1 else 'files wait'} {FOR_REVIEW}"] if files else []
    others = [reason for name, reason in standstill.items() if run.tasks[name].state is not TaskState.PROPOSED]
    return "; ".join((*reviews, *others[:1]))


def depart_dead(board: Board, run: str) -> None:
    """Return the tasks of a run's workers that are dead, where no supervisor lives to do it."""
    for process in list(board.state.processes.values()):
        if process.run == run and process.kind is ProcessKind.WORKER and not board.is_alive(process.id):
            board.depart(process.id, "its worker and its supervisor died")


def _person_in_the_way(board: Board, run: Run, task: Task) -> str:
    """Say which person keeps a ready task waiting; "" where it is only another run that goes on by itself."""
    holds, locks = board.state.obstacles(run, task)
    if holds:
        return _say(holds[0])
    stuck = [lock for lock in locks if not _goes_on(board, lock)]
    if not stuck or len(stuck) < len(locks):
        return ""
    if board.state.is_proposed(stuck[0]):
        return f"run {stuck[0].run} proposes a change of {stuck[0].path}: accept or reject it"
    return f"run {stuck[0].run} has {stuck[0].path} and does not go on by itself: resume or cancel it"


def _goes_on(board: Board, lock: Lock) -> bool:
    if lock.run not in board.state.runs or board.state.is_proposed(lock):
        return False
    if board.has_supervisor(lock.run):
        return board.run(lock.run).state is RunState.RUNNING
    depart_dead(board, lock.run)
    return board.state.locks.get(board.state.fold(lock.path)) != lock


def _say(hold: Hold) -> str:
    return f"{hold.owner} holds {hold.path}"
