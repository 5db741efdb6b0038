"""Landing: submitted units' files go into the workspace, of each unit all or none.

The intent is durable before the first file moves; whoever finds an intent without its end goes on from there, file by
file (`recover`). People's holds are looked at in the critical section that records the intent: a hold that comes later
waits for this landing. Units that are complete at the same time share an intent: to make it durable is what costs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from attrs import frozen

from lockboard import entries as e
from lockboard.board import Board
from lockboard.digest import digest_file
from lockboard.durable import sync_folder
from lockboard.errors import BoardError
from lockboard.model import Afterwards, Note, Task, TaskState
from lockboard.state import Key
from lockboard.swap import Fate, Outcome, Swap, failed
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
    """Land one unit, as `land_all` does."""
    return land_all(board, run, (unit,))[unit]


def land_all(board: Board, run: str, names: Sequence[str]) -> dict[str, Landing]:
    """Land units whose tasks are all submitted; the results say what to do with each that could not be.

    A unit that depends on a file that another one changes has no result: its turn comes when that one is in. Only the
    run's supervisor calls this. Raises OSError where the disk fails, BusyBoardError where somebody keeps the board;
    then the next call goes on where this one stopped.
    """
    complete = {name: tasks for name in names if (tasks := _submitted(board, run, name))}
    results = {name: Landing(Afterwards.LAND_AGAIN) for name in names if name not in complete}
    units = [_Unit(name, tasks, swaps_of(board, run, tasks)) for name, tasks in complete.items()]
    begun = [unit for unit in units if unit.is_landing]
    fresh = _independent(board, [unit for unit in units if not unit.is_landing])
    ends = {unit: end for unit in fresh if (end := _refused(board, run, unit))}
    intended = [unit for unit in fresh if unit not in ends]
    results |= _record_intent(board, run, intended)
    intended = [unit for unit in intended if unit.name not in results]
    ends |= _swap_all_in(board, [*begun, *intended])
    _record_ends(board, run, ends)
    return results | {unit.name: end for unit, end in ends.items()}


def send_back(board: Board, run: str, names: Iterable[str]) -> dict[str, Landing]:
    """Return complete units that could not land, because their files are no longer what the engine read.

    For those who have something to do before they land units. Only the run's supervisor calls this.
    """
    complete = {name: tasks for name in names if (tasks := _submitted(board, run, name))}
    units = [_Unit(name, tasks, swaps_of(board, run, tasks)) for name, tasks in complete.items()]
    fresh = [unit for unit in units if not unit.is_landing]
    ends = {unit: end for unit in fresh if (end := _refused(board, run, unit))}
    _record_ends(board, run, ends)
    return {unit.name: end for unit, end in ends.items()}


def recover(board: Board, run: str) -> None:
    """Finish or roll back what was landing when a supervisor died. Only the run's supervisor calls this."""
    units = []
    for name in dict.fromkeys(task.spec.unit for task in board.run(run).tasks.values() if task.landing):
        tasks = [task for task in board.state.unit_tasks(board.run(run), name) if task.landing]
        units.append(_Unit(name, tasks, swaps_of(board, run, tasks)))
    _record_ends(board, run, _swap_all_in(board, units))


def swaps_of(board: Board, run: str, tasks: Sequence[Task]) -> list[Swap]:
    """Give the changes of submitted or landed tasks, and where their files rest."""
    return [
        Swap(board.root, change, board.layout.exchange(run, task.spec.id, task.token), index)
        for task in tasks
        if task.submission
        for index, change in enumerate(task.submission.files)
        if change.changed
    ]


@frozen(eq=False)
class _Unit:
    """What lands as one: its submitted tasks, and the changes of their files."""

    name: str
    tasks: Sequence[Task]
    swaps: Sequence[Swap]

    @property
    def is_landing(self) -> bool:
        return self.tasks[0].landing

    @property
    def task_names(self) -> tuple[str, ...]:
        return tuple(task.spec.id for task in self.tasks)

    def folders(self, root: Path) -> Iterator[Path]:
        """Give the workspace's folders whose files landing moves, as far as they are still there."""
        names = [swap.change.path for swap in self.swaps]
        for name in (*names, *(name for task in self.tasks for name in _dirs(task))):
            folder = (root / name).parent
            while not folder.is_dir():
                folder = folder.parent
            yield folder

    def changes(self, board: Board) -> set[Key]:
        return {board.state.fold(swap.change.path) for swap in self.swaps}

    def relies_on(self, board: Board) -> set[Key]:
        return {board.state.fold(path) for task in self.tasks if task.submission for path in task.submission.relied}


def _dirs(task: Task) -> tuple[str, ...]:
    """Give the folders that landing a task makes or removes."""
    return task.dirs + (task.submission.empty_dirs if task.submission else ())


def _submitted(board: Board, run: str, name: str) -> list[Task]:
    if name not in board.state.schedules[run].landable:
        return []
    return [task for task in board.state.unit_tasks(board.run(run), name) if task.state is TaskState.SUBMITTED]


def _independent(board: Board, units: Iterable[_Unit]) -> list[_Unit]:
    """Leave out units that depend on files that those before them change, or the other way round.

    What a unit depends on is looked at before any file of the others moves: two could miss each other's change.
    """
    found, changed, relied = list[_Unit](), set[Key](), set[Key]()
    for unit in units:
        changes, relies_on = unit.changes(board), unit.relies_on(board) - unit.changes(board)
        if not (changes & relied or relies_on & changed):
            found.append(unit)
            changed |= changes
            relied |= relies_on
    return found


def _refused(board: Board, run: str, unit: _Unit) -> Landing | None:
    """Name the files that are not what the engine read, or cannot be read."""
    notes = []
    ours = {change.path for task in unit.tasks if task.submission for change in task.submission.files}
    for task in unit.tasks:
        if task.submission is None:
            continue
        expected = {change.path: change.base for change in task.submission.files if change.changed}
        expected |= {path: digest for path, digest in task.submission.relied.items() if path not in ours}
        for path, wanted in expected.items():
            try:
                found = digest_file(board.root / path)
            except OSError as error:
                fate, note = failed(path, error)
                return _give_up(unit, (note,), fate)
            if found != wanted:
                notes.append(Note(path, f"it was changed after task {task.spec.id} of run {run} read it"))
    return _give_up(unit, tuple(notes), Fate.CONFLICT) if notes else None


def _record_intent(board: Board, run: str, units: Sequence[_Unit]) -> dict[str, Landing]:
    """Write the intent, or that all is done where nothing changed; give the units that need or can do no more now."""
    if not units:
        return {}
    results, intended = dict[str, Landing](), list[_Unit]()
    with board.changing() as write:
        for unit in units:
            held = board.state.held_in(board.run(run), unit.name)
            if unit.name not in board.state.schedules[run].landable:
                gone = Note("", "the tasks are no longer waiting to land")
                results[unit.name] = Landing(Afterwards.LAND_AGAIN, (gone,))
            elif not unit.swaps:
                write(e.Landed(run, unit.task_names))
                results[unit.name] = Landing()
            elif held:
                notes = tuple(Note(hold.path, f"{hold.owner} has unsaved text in it") for hold in held)
                results[unit.name] = Landing(Afterwards.LAND_AGAIN, notes)
            else:
                intended.append(unit)
        if intended:
            paths = [swap.change.path for unit in intended for swap in unit.swaps]
            tasks = tuple(name for unit in intended for name in unit.task_names)
            write(e.Intended(run, tasks, missing_dirs(board.root, paths)))
    return results


def _swap_all_in(board: Board, units: Sequence[_Unit]) -> dict[_Unit, Landing]:
    """Bring units' files into the workspace, of each all or none, between a durable intent and durable files.

    Also where somebody else wrote the intent: they may have died, or their disk failed, before it was durable.
    """
    if not units:
        return {}
    board.sync()
    ends = {unit: _swap_in(board.root, unit) for unit in units}
    for folder in dict.fromkeys(folder for unit in units for folder in unit.folders(board.root)):
        sync_folder(folder)
    return ends


def _swap_in(root: Path, unit: _Unit) -> Landing:
    """Bring a unit's files into the workspace, or none of them."""
    dirs = unit.tasks[0].dirs
    notes: list[Note] = []
    for outcome in _put_in(root, dirs, unit.swaps):
        if outcome.note:
            notes.append(outcome.note)
        if outcome.fate is not Fate.IN:
            # All of them: a crash may have left files in that come after this one.
            notes += [note for out in reversed(unit.swaps) if (note := out.take_out())]
            remove_empty_dirs(root, reversed(dirs))
            return _give_up(unit, tuple(notes), outcome.fate)
    for task in unit.tasks:
        remove_empty_dirs(root, task.submission.empty_dirs if task.submission else ())
    return Landing(notes=tuple(notes))


def _put_in(root: Path, dirs: Sequence[str], swaps: Iterable[Swap]) -> Iterator[Outcome]:
    """Make folders, then put in file after file."""
    try:
        make_dirs(root, dirs)
    except (BoardError, OSError) as error:
        yield Outcome(*failed(dirs[0], error))
    for swap in swaps:
        yield swap.put_in()


def _give_up(unit: _Unit, notes: tuple[Note, ...], fate: Fate) -> Landing:
    """Say what follows for a unit whose files are not in."""
    if fate is Fate.BUSY:
        return Landing(Afterwards.LAND_AGAIN, notes)
    if fate is Fate.IMPOSSIBLE:
        return Landing(Afterwards.FAIL, notes)
    redone = max(task.redos for task in unit.tasks) >= REDOS
    return Landing(Afterwards.WAIT if redone else Afterwards.REDO, notes)


def _record_ends(board: Board, run: str, ends: Mapping[_Unit, Landing]) -> None:
    if not ends:
        return
    landed = [(unit, end) for unit, end in ends.items() if end.landed]
    with board.changing() as write:
        if landed:
            tasks = tuple(name for unit, _ in landed for name in unit.task_names)
            write(e.Landed(run, tasks, tuple(note for _, end in landed for note in end.notes)))
        for unit, end in ends.items():
            wanted = any(task.landing or task.state is TaskState.SUBMITTED for task in unit.tasks)
            if end.then is not None and wanted:
                write(e.Unlanded(run, unit.task_names, end.then, end.notes))
