"""What a board looks like to an editor: its locks and runs as messages, brought up by what is new in the log.

Used in the thread that reads the board. What it gives out is frozen, so the loop may keep it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from attrs import define, field, frozen

from lockboard.board import Board
from lockboard.model import ABSENT, Hold, Lock, ProcessKind, Run, Task, TaskState
from lockboard.state import Key
from parallel_refactor.lsp import wording
from parallel_refactor.lsp.messages import FileCounts, FileLock, RunStatus, Worker
from parallel_refactor.lsp.waits import Waits
from parallel_refactor.running.report import first_files

_ENDED_RUNS = 20
_REMEMBERED_RUNS = 3

Owners = tuple[FileLock, ...]


@frozen
class Look:
    """What one look at a board found: the files and runs that are not as they were at the look before.

    `owners`: a file's key on the board -> its locks, none where nobody owns it any more. `tasks`: a task that has
    files now, as (run, task) -> their URIs, none where it has no longer. `whole`: nothing of earlier looks counts.
    `displaced`: a file's key -> where the text is that a landing replaced. `fold`: how the board compares names.
    """

    seq: int
    owners: dict[Key, Owners] = field(factory=dict)
    tasks: dict[tuple[str, str], tuple[str, ...]] = field(factory=dict)
    runs: dict[str, RunStatus] = field(factory=dict)
    displaced: dict[Key, Path] = field(factory=dict)
    whole: bool = False
    fold: Callable[[str], Key] = str


class Picture:
    """Looks at a board that nobody else uses: what changed since the last look is in its `touched` sets."""

    def __init__(self, board: Board, uri_of: Callable[[str], str], is_mine: Callable[[Hold], bool]) -> None:
        """`uri_of` gives the URI of a file's name; `is_mine` knows the holds of this editor's person."""
        self._board = board
        self._uri_of = uri_of
        self._is_mine = is_mine
        self._tallies: dict[str, _Tally] = {}
        self._sizes: dict[tuple[str, str], int] = {}
        self._runs: dict[str, RunStatus] = {}
        self._waits = Waits(board)
        self._seq = -1

    def look(self) -> Look | None:
        """Read what is new; None where nothing is. Raises BoardError."""
        self._board.refresh()
        state = self._board.state
        stirred = self._waits.look()
        if state.seq == self._seq and not stirred:
            return None
        whole, self._seq = self._seq == -1, state.seq
        if whole:
            keys = {*state.locks, *state.holds}
            tasks_of = self._all_tasks()
            touched: list[tuple[str, Task, TaskState | None]] = [
                (run, task, None) for run, tasks in tasks_of.items() for task in tasks.values()
            ]
        else:
            keys = set(state.touched_locks)
            tasks_of = {run: state.runs[run].tasks for run, _ in state.touched_tasks}
            touched = [(run, tasks_of[run][name], was) for (run, name), was in state.touched_tasks.items()]
        keys.update(key for key, lock in state.locks.items() if lock.worker in stirred)
        state.touched_locks.clear()
        state.touched_tasks.clear()
        locked_by: dict[tuple[str, str], tuple[str, ...]] = {}
        displaced: dict[Key, Path] = {}
        for name, task, was in touched:
            tally = self._tallies.setdefault(name, _Tally())
            size = len(first_files(tasks_of[name], task.spec))
            tally.add(was, -self._sizes.get((name, task.spec.id), size))  # it may have got one more file since
            tally.add(task.state, size)
            self._sizes[name, task.spec.id] = size
            locked = [key for path in task.spec.files if (key := state.fold(path)) in state.locks]
            keys.update(locked)
            locked_by[name, task.spec.id] = tuple(map(self._uri_of, task.spec.files)) if locked else ()
            displaced.update(self._displaced(name, task))
        owners = {key: self._owners(key) for key in keys}
        return Look(state.seq, owners, locked_by, dict(self._changed_runs()), displaced, whole, state.fold)

    def _all_tasks(self) -> dict[str, dict[str, Task]]:
        """Give the tasks of all runs, the older ones only as far as they are remembered."""
        runs = list(self._board.state.runs.values())
        remembered = runs[-_REMEMBERED_RUNS:]
        return {run.id: self._board.run_tasks(run.id) if run in remembered else run.tasks for run in runs}

    def _displaced(self, run: str, task: Task) -> Iterator[tuple[Key, Path]]:
        """Give what a landed task replaced."""
        if task.state is TaskState.DONE and task.submission:
            folder = self._board.layout.exchange(run, task.spec.id, task.token)
            for index, change in enumerate(task.submission.files):
                if change.changed and change.base != ABSENT:
                    yield self._board.state.fold(change.path), folder / str(index)

    # ---- locks

    def _owners(self, key: Key) -> Owners:
        lock = self._board.state.locks.get(key)
        workers = (self._of_worker(lock),) if lock else ()
        return (*workers, *map(self._of_person, self._board.state.holds.get(key, {}).values()))

    def _of_worker(self, lock: Lock) -> FileLock:
        run = self._board.state.runs[lock.run]
        task = run.tasks[lock.task]
        wait = self._waits.of(lock.worker, lock.task)
        proposed = task.state is TaskState.PROPOSED
        return FileLock(
            uri=self._uri_of(lock.path),
            path=lock.path,
            kind="proposal" if proposed else "worker",
            owner="" if proposed else lock.worker,
            since=lock.since,
            now=wording.doing(task, wait),
            text=wording.of_lock(lock, run, task, wait),
            run=run.id,
            task=lock.task,
            title=run.spec.title,
        )

    def _of_person(self, hold: Hold) -> FileLock:
        agent = self._board.state.is_agent(hold.process)
        return FileLock(
            uri=self._uri_of(hold.path),
            path=hold.path,
            kind="person",
            owner=hold.owner,
            since=hold.since,
            now=wording.holding(agent=agent),
            text=wording.of_hold(hold, agent=agent),
            mine=self._is_mine(hold),
        )

    # ---- runs

    def _changed_runs(self) -> Iterator[tuple[str, RunStatus]]:
        runs = self._board.state.runs
        ended = [run for run in runs.values() if run.state.ended][:-_ENDED_RUNS]
        for name in runs.keys() - {run.id for run in ended}:
            status = self._status(runs[name])
            if self._runs.get(name) != status:
                self._runs[name] = status
                yield name, status

    def _status(self, run: Run) -> RunStatus:
        tally = self._tallies.get(run.id, _Tally())
        left = len({note.path for note in run.left}) + tally.skipped
        return RunStatus(
            run=run.id,
            title=run.spec.title,
            engine=run.spec.engine,
            kind=run.spec.kind.value,
            state=run.state.value,
            reason=run.reason,
            began=run.began,
            ended=run.ended,
            files=FileCounts(tally.files, tally.done, run.changed, tally.failed, left, tally.proposed),
            workers=() if run.state.ended else tuple(self._workers(run)),
            undoes=run.spec.undoes,
            undoable=run.state.ended and run.changed > 0 and not run.undone_by and not run.cleaned,
        )

    def _workers(self, run: Run) -> Iterator[Worker]:
        for process in self._board.state.processes.values():
            if process.kind is ProcessKind.WORKER and process.run == run.id:
                task = run.tasks.get(process.task)
                files = tuple(map(self._uri_of, task.spec.files)) if task else ()
                yield Worker(process.id, process.task, files, task.since if task else 0.0)


@define
class _Tally:
    """A run's tasks, added up."""

    files: int = 0
    done: int = 0
    failed: int = 0
    skipped: int = 0
    proposed: int = 0

    def add(self, state: TaskState | None, files: int) -> None:
        """Count a task of so many files as in this state, or no longer (less than 0)."""
        if state is None or state is TaskState.SPLIT:
            return
        self.files += files
        self.proposed += files * (state is TaskState.PROPOSED)
        if state.ended:
            self.done += files
            self.skipped += files * (state is TaskState.SKIPPED)
            self.failed += files * (state in (TaskState.FAILED, TaskState.BLOCKED))
