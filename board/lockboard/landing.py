"""Landing: a submitted unit's files go into the workspace, all or none.

The intent is durable before the first file moves; whoever finds an intent without its end goes on from there, file by
file (`recover`). People's holds are looked at in the critical section that records the intent: a hold that comes later
waits for this landing.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from lockboard import entries as e
from lockboard.board import Board
from lockboard.digest import digest_file
from lockboard.model import Afterwards, Note, Run, Task, TaskState
from lockboard.swap import Fate, Swap
from lockboard.tree import make_dirs, missing_dirs, remove_empty_dirs

REDOS = 5
"""How often a task is redone because its files were changed, before it waits for a person."""


@frozen
class Landing:
    """How an attempt to land ended: with `then` None the files are in."""

    then: Afterwards | None = None
    notes: tuple[Note, ...] = ()

    @property
    def landed(self) -> bool:
        """Whether the files are in the workspace."""
        return self.then is None


def land(board: Board, run: str, unit: str) -> Landing:
    """Land the tasks of a unit, all of them submitted; the result says what to do where it could not be.

    Only the run's supervisor calls this. Raises OSError where the disk fails, BusyBoardError where somebody keeps the
    board; then the next call goes on where this one stopped.
    """
    tasks = _submitted(board, run, unit)
    if not tasks:
        return Landing(Afterwards.LAND_AGAIN)
    if tasks[0].landing:
        return _finish(board, run, tasks, swaps_of(board, run, tasks))
    stale = _changed_since(board.root, board.run(run), tasks)
    if stale:
        return _give_up(board, run, tasks, stale, Fate.CONFLICT)
    swaps = swaps_of(board, run, tasks)
    obstacles = _record_intent(board, run, tasks, swaps)
    if obstacles:
        return Landing(Afterwards.LAND_AGAIN, obstacles)
    if not swaps:
        return Landing()
    board.sync()
    return _finish(board, run, tasks, swaps)


def recover(board: Board, run: str) -> None:
    """Finish or roll back what was landing when a supervisor died. Only the run's supervisor calls this."""
    units = {task.spec.unit for task in board.run(run).tasks.values() if task.landing}
    for unit in units:
        tasks = [task for task in board.state.unit_tasks(board.run(run), unit) if task.landing]
        _finish(board, run, tasks, swaps_of(board, run, tasks))


def swaps_of(board: Board, run: str, tasks: Sequence[Task]) -> list[Swap]:
    """Give the changes of submitted or landed tasks, and where their files rest."""
    return [
        Swap(board.root, change, board.layout.exchange(run, task.spec.id, task.token), index)
        for task in tasks
        if task.submission
        for index, change in enumerate(task.submission.files)
        if change.changed
    ]


def _submitted(board: Board, run: str, unit: str) -> list[Task]:
    if unit not in board.state.schedules[run].landable:
        return []
    return [task for task in board.state.unit_tasks(board.run(run), unit) if task.state is TaskState.SUBMITTED]


def _changed_since(root: Path, run: Run, tasks: Sequence[Task]) -> tuple[Note, ...]:
    """Name the files that are not what the engine read."""
    notes = []
    ours = {change.path for task in tasks if task.submission for change in task.submission.files}
    for task in tasks:
        if task.submission is None:
            continue
        expected = {change.path: change.base for change in task.submission.files if change.changed}
        expected |= {path: digest for path, digest in task.submission.relied.items() if path not in ours}
        for path, wanted in expected.items():
            try:
                found = digest_file(root / path)
            except OSError as error:
                notes.append(Note(path, f"it cannot be read: {error.strerror}"))
                continue
            if found != wanted:
                notes.append(Note(path, f"it was changed after task {task.spec.id} of run {run.id} read it"))
    return tuple(notes)


def _record_intent(board: Board, run: str, tasks: Sequence[Task], swaps: Sequence[Swap]) -> tuple[Note, ...]:
    """Write the intent, or that all is done where nothing changed; or tell what keeps the unit from landing now."""
    with board.changing() as write:
        unit = tasks[0].spec.unit
        if unit not in board.state.schedules[run].landable:
            return (Note("", "the tasks are no longer waiting to land"),)
        names = tuple(task.spec.id for task in tasks)
        if not swaps:
            write(e.Landed(run, names))
            return ()
        held = board.state.held_in(board.run(run), unit)
        if held:
            return tuple(Note(hold.path, f"{hold.owner} has unsaved text in it") for hold in held)
        write(e.Intended(run, names, missing_dirs(board.root, [swap.change.path for swap in swaps])))
    return ()


def _finish(board: Board, run: str, tasks: Sequence[Task], swaps: Sequence[Swap]) -> Landing:
    make_dirs(board.root, tasks[0].dirs)
    notes: list[Note] = []
    for swap in swaps:
        outcome = swap.put_in()
        if outcome.note:
            notes.append(outcome.note)
        if outcome.fate is not Fate.IN:
            # All of them: a crash may have left files in that come after this one.
            notes += [note for out in reversed(swaps) if (note := out.take_out())]
            remove_empty_dirs(board.root, reversed(tasks[0].dirs))
            return _give_up(board, run, tasks, tuple(notes), outcome.fate)
    for task in tasks:
        remove_empty_dirs(board.root, task.submission.empty_dirs if task.submission else ())
    with board.changing() as write:
        write(e.Landed(run, tuple(task.spec.id for task in tasks), tuple(notes)))
    return Landing(notes=tuple(notes))


def _give_up(board: Board, run: str, tasks: Sequence[Task], notes: tuple[Note, ...], fate: Fate) -> Landing:
    redone = max(task.redos for task in tasks) >= REDOS
    then = Afterwards.WAIT if redone else Afterwards.REDO
    if fate is Fate.BUSY:
        then = Afterwards.LAND_AGAIN
    elif fate is Fate.IMPOSSIBLE:
        then = Afterwards.FAIL
    with board.changing() as write:
        if any(task.landing or task.state is TaskState.SUBMITTED for task in tasks):
            write(e.Unlanded(run, tuple(task.spec.id for task in tasks), then, notes))
    return Landing(then, notes)
