"""What a run looks like right now: what its workers do, how far it is, what it waits for."""

from __future__ import annotations

import time

from attrs import frozen

from lockboard.board import Board
from lockboard.model import ProcessKind, Run, RunState, TaskState
from parallel_refactor.running.report import first_files

_COMING = 5.0
"""Seconds that a new run's supervisor may take to come."""


@frozen
class Busy:
    """A worker and its task with its files; none while it has no task. `since` is when it took the task."""

    worker: str
    task: str = ""
    files: tuple[str, ...] = ()
    since: float = 0.0


@frozen
class Waiting:
    """A file that keeps a task from going on, and whom or what it waits for. `person`: a person can end the wait."""

    path: str
    reason: str
    person: bool


@frozen
class Standing:
    """A run's figures. `work` is the part of the work that is over, by size: how long the rest takes goes by that."""

    files: int
    over: int
    work: float
    failed: int
    workers: tuple[Busy, ...]
    waiting: tuple[Waiting, ...]

    @property
    def share(self) -> float:
        """The part of the files whose tasks are over."""
        return self.over / self.files if self.files else 0.0


def standing(board: Board, run: Run) -> Standing:
    """Count a run's tasks and files as the board has them."""
    files = over = failed = weight = weight_over = 0
    for task in run.tasks.values():
        if task.state is TaskState.SPLIT:
            continue
        own = len(first_files(run.tasks, task.spec))
        files += own
        weight += task.spec.weight + 1
        if task.state.ended:
            over += own
            weight_over += task.spec.weight + 1
            failed += own * (task.state in (TaskState.FAILED, TaskState.BLOCKED))
    work = weight_over / weight if weight else 0.0
    return Standing(files, over, work, failed, _busy(board, run), waiting(board, run))


def is_stopped(board: Board, run: Run) -> bool:
    """Tell whether nobody goes on with an unfinished run; not yet of one that began just now."""
    if board.has_supervisor(run.id):
        return False
    processes = board.state.processes.values()
    came = any(process.kind is ProcessKind.SUPERVISOR and process.run == run.id for process in processes)
    return came or run.state is not RunState.PLANNING or time.time() - run.began > _COMING


def waiting(board: Board, run: Run) -> tuple[Waiting, ...]:
    """Find the files of unfinished tasks that other people and other runs hold, and tasks that wait for a person."""
    state = board.state
    found: list[Waiting] = []
    foreign = [lock.path for lock in state.locks.values() if lock.run != run.id]
    held = [hold.path for holds in state.holds.values() for hold in holds.values()]
    if not (foreign or held or state.schedules[run.id].counts[TaskState.WAITING]):
        return ()
    wanted = {state.fold(path) for path in (*foreign, *held)}
    for task in run.tasks.values():
        if task.state.ended:
            continue
        if task.state is TaskState.WAITING:
            found.append(Waiting(task.spec.files[0], task.reason, person=True))
        for path in task.spec.files:
            if (key := state.fold(path)) in wanted:
                holds = state.holds.get(key, {}).values()
                found += [Waiting(path, f"held by {hold.owner}", person=True) for hold in holds]
                lock = state.locks.get(key)
                if lock and lock.run != run.id:
                    found.append(Waiting(path, f"run {lock.run} changes it", person=False))
    return tuple(found)


def _busy(board: Board, run: Run) -> tuple[Busy, ...]:
    rows = []
    for process in board.state.processes.values():
        if process.kind is ProcessKind.WORKER and process.run == run.id:
            task = run.tasks.get(process.task)
            rows.append(Busy(process.id, task.spec.id, task.spec.files, task.since) if task else Busy(process.id))
    return tuple(rows)
