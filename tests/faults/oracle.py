"""What follows from the tasks' own states, worked out anew each time: the board keeps it up to date step by step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from lockboard.board import Board
from lockboard.model import Lock, Run, Task, TaskState
from lockboard.paths import lock_file_name

_HANDED_IN = {TaskState.SUBMITTED, TaskState.PROPOSED}
_LANDABLE = {TaskState.SUBMITTED, TaskState.DONE, TaskState.SKIPPED}


def check_state(board: Board) -> None:
    """Compare what the board knows with what follows from its tasks."""
    state = board.state
    assert state.locks == {lock.path: lock for run in state.runs.values() for lock in _locks(run)}
    for run in state.runs.values():
        if not run.tasks:
            continue
        schedule = state.schedules[run.id]
        assert +schedule.counts == Counter(task.state for task in run.tasks.values())
        assert set(schedule.landable) == {unit for unit in units(run) if is_landable(run, unit)}
        for task in run.tasks.values():
            waits = task.resting or not is_met(run, task)
            assert task.state not in (TaskState.PENDING, TaskState.READY) or waits == (task.state is TaskState.PENDING)
        for unit, tasks in units(run).items():
            states = {task.state for task in tasks}
            assert states == {TaskState.DONE} or TaskState.DONE not in states, f"half of {unit} is done"
    for process in state.processes.values():
        if process.task:
            owned = state.runs[process.run].tasks[process.task]
            assert (owned.state, owned.worker) == (TaskState.CLAIMED, process.id)


def check_views(board: Board) -> None:
    """Compare what `ls` shows with the state."""
    keys = {*board.state.locks, *board.state.holds}
    assert {path.name for path in (board.layout.board / "locks").iterdir()} == {lock_file_name(key) for key in keys}
    for run in board.state.runs.values():
        if run.tasks:
            shown = {path.stem: path.parent.name for path in board.layout.tasks(run.id).glob("*/*.json")}
            assert shown == {name: task.state.value for name, task in run.tasks.items()}


def claimable(board: Board, run: Run) -> set[str]:
    """Give the tasks that a worker may have now."""
    return {
        task.spec.id
        for task in run.tasks.values()
        if task.state is TaskState.READY and not _has_obstacle(board, run, task)
    }


def is_landable(run: Run, unit: str) -> bool:
    """Whether all that lands together is handed in."""
    states = {task.state for task in units(run)[unit]}
    return TaskState.SUBMITTED in states and states <= _LANDABLE


def units(run: Run) -> dict[str, list[Task]]:
    """Give the tasks of each unit."""
    found: dict[str, list[Task]] = {}
    for task in run.tasks.values():
        found.setdefault(task.spec.unit, []).append(task)
    return found


def is_met(run: Run, task: Task) -> bool:
    """Whether a task waits for no other."""
    after = all(run.tasks[name].state.ended for name in task.spec.after)
    handed_in = (run.tasks[name].state for name in task.spec.needs)
    return after and all(state.ended or state in _HANDED_IN for state in handed_in)


def _locks(run: Run) -> Iterator[Lock]:
    for tasks in units(run).values():
        if any(task.state.owns_files for task in tasks):
            for task in tasks:
                if not task.state.ended:
                    for path in task.spec.files:
                        yield Lock(path, run.id, task.spec.id, task.worker, task.token, task.since)


def _has_obstacle(board: Board, run: Run, task: Task) -> bool:
    if any(board.state.holds.get(path) for path in task.spec.files):
        return True
    mine = {other.spec.id for other in units(run)[task.spec.unit]}
    for other in units(run)[task.spec.unit]:
        for path in other.spec.files:
            lock = board.state.locks.get(path)
            if lock and not (lock.run == run.id and lock.task in mine):
                return True
    return False
