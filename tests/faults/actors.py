"""Workers, supervisors and people over one board, who may be killed or stopped at any moment, and keep diaries.

They are as the program's own, without its engines and editors: so thousands of them can live and die in a minute.
"""

from __future__ import annotations

import os
import random
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from attrs import field, frozen

from lockboard import landing
from lockboard.board import Board
from lockboard.digest import digest
from lockboard.errors import BoardError, BusyBoardError, StaleClaimError
from lockboard.life import Life, last_beat
from lockboard.model import Claim, FileChange, Process, ProcessKind, RunState, Submission, Task, TaskState
from lockboard.taking import take
from lockboard.undo import Undo
from tests.faults.history import Diary, What, mark

LEASE = 0.4
"""Seconds without a sign of life after which a worker is declared dead."""

_PATIENCE = 30.0  # seconds for whoever is stopped while it has the board
_NAP = 0.01  # seconds

Contents = dict[str, bytes | None]


@frozen
class Stage:
    """A workspace, and where diaries are kept. People leave when there is a file `curtain`."""

    root: Path
    diaries: Path
    curtain: Path

    def open(self) -> Board:
        """Open the board."""
        return Board(self.root, patience=_PATIENCE)


def read_file(path: Path) -> bytes | None:
    """Give a file's contents, None where there is no file."""
    return path.read_bytes() if path.exists() else None


def deletes(path: str) -> bool:
    """Whether tasks delete this file; to all others they add a line."""
    return path.startswith("gone")


# ---- workers


def worker(stage: Stage, run: str, seed: int) -> None:
    """Claim tasks, look now and then whether they are still its own, and hand them in, until the run has ended."""
    board = stage.open()
    life = board.join(ProcessKind.WORKER, os.getpid(), run)
    _Worker(board, run, life, Diary(stage.diaries, life.process), random.Random(seed)).work()


@frozen
class _Worker:
    """Does one task after the other."""

    board: Board
    run: str
    life: Life
    diary: Diary
    dice: random.Random

    def work(self) -> None:
        """Go on until the run has ended, or somebody has declared this process dead."""
        claim, since = None, 0
        while not self.board.run(self.run).state.ended and self.life.process in self.board.state.processes:
            self.life.beat()
            if claim is None:
                since = time.monotonic_ns()
                claim = self.board.claim(self.run, self.life.process)
            if claim is None:
                time.sleep(_NAP)
                self.board.refresh()
            else:
                claim, since = self._do(claim, since)

    def _do(self, claim: Claim, since: int) -> tuple[Claim | None, int]:
        """Do a task that was claimed at `since` or later; gives the next, where it came along, and since when."""
        names: dict[str, str | int] = {"run": claim.run, "task": claim.task.id, "token": claim.token}
        self.diary.write(What.CLAIMED, since=since, files=claim.task.files, group=claim.task.group, **names)
        before = {path: read_file(self.board.root / path) for path in claim.task.files}
        for _ in range(self.dice.randrange(8) if self.dice.random() < 0.9 else 60):
            time.sleep(_NAP)
            self.life.beat()
            since = time.monotonic_ns()
            self.board.refresh()
            if self.board.is_current(claim):
                self.diary.write(What.OWNS, since=since, **names)
        since, following = time.monotonic_ns(), None
        try:
            what, following = self._end(claim, before)
        except StaleClaimError:
            what = What.REFUSED
        self.diary.write(what, since=since, **names)
        return following, since

    def _end(self, claim: Claim, before: Contents) -> tuple[What, Claim | None]:
        """Hand a task in, or now and then give it up; raises StaleClaimError."""
        undoes = self.board.run(claim.run).spec.undoes
        chance = self.dice.random()
        if chance < 0.1:
            self.board.release(claim, "it did not work", counts=True, rest=True)
            return What.GIVEN_UP, None
        if undoes:
            _undo(self.board, undoes, claim)
            return What.ACCEPTED, None
        if chance < 0.2 and len(claim.task.files) > 1 and not claim.task.group:
            self.board.split(claim, tuple((path,) for path in claim.task.files), "one of them failed")
            return What.GIVEN_UP, None
        line = mark(claim.run, claim.token).encode() + b"\n"
        after = {path: None if deletes(path) else (data or b"") + line for path, data in before.items()}
        changes = tuple(FileChange(path, digest(data), digest(after[path])) for path, data in before.items())
        contents = {path: data for path, data in after.items() if data is not None}
        return What.ACCEPTED, self.board.submit(claim, Submission(changes), contents, go_on=chance < 0.6)


def _undo(board: Board, undoes: str, claim: Claim) -> None:
    try:
        Undo(board, undoes).submit(claim)
    except BoardError:  # others have finished the undo, perhaps
        board.refresh()
        if board.is_current(claim):
            raise
        raise StaleClaimError(claim.task.id) from None


# ---- supervisors


def supervisor(stage: Stage, run: str, seed: int) -> None:
    """Lead a run to its end, unless somebody does so already."""
    board = stage.open()
    with suppress(BusyBoardError):
        lead = board.lead(run)
        life = board.join(ProcessKind.SUPERVISOR, os.getpid(), run)
        diary, dice = Diary(stage.diaries, life.process), random.Random(seed)
        _Supervisor(board, run, life.process, diary, dice).supervise()
        board.depart(life.process, "the run has ended")
        lead.release()


@frozen
class _Supervisor:
    """Buries the dead and the hung, and lands what is handed in."""

    board: Board
    run: str
    name: str
    diary: Diary
    dice: random.Random
    _beats: dict[str, tuple[float, float]] = field(factory=dict)

    def supervise(self) -> None:
        """Go on until the run has ended."""
        self._landing(lambda: landing.recover(self.board, self.run))
        self._look_at_groups()
        while not self.board.run(self.run).state.ended:
            self.board.refresh()
            self._bury()
            for task in list(self._tasks.values()):
                if task.resting or task.state is TaskState.WAITING:
                    self.board.ready(self.run, task.spec.id)
            schedule = self.board.state.schedules[self.run]
            if units := list(schedule.landable):
                self._landing(lambda units=units: landing.land_all(self.board, self.run, units))  # type: ignore[misc]
                self._look_at_groups()
            if not schedule.open_tasks:
                self.board.move_run(self.run, RunState.DONE)
            time.sleep(self.dice.random() * 2 * _NAP)

    @property
    def _tasks(self) -> dict[str, Task]:
        return self.board.run(self.run).tasks

    def _landing(self, work: Callable[[], object]) -> None:
        """Do something that lands tasks, and note which."""
        before = {name for name, task in self._tasks.items() if task.state is TaskState.DONE}
        since = time.monotonic_ns()
        work()
        for name, task in self._tasks.items():
            if task.state is TaskState.DONE and name not in before:
                files, token = task.spec.files, task.token
                self.diary.write(What.LANDED, since=since, run=self.run, task=name, token=token, files=files)

    def _look_at_groups(self) -> None:
        """Note which files of each group have the line of the run, or of the one that is undone or redone."""
        run = self.run
        while undoes := self.board.run(run).spec.undoes:
            run = undoes
        groups = defaultdict[str, list[str]](list)
        for task in self.board.run_tasks(run).values():
            if task.spec.group:
                groups[task.spec.group] += task.spec.files
        for group, paths in groups.items():
            changed = [
                path for path in paths if f"\n{run} ".encode() in b"\n" + (read_file(self.board.root / path) or b"")
            ]
            self.diary.write(What.QUIET, run=run, group=group, files=tuple(changed))

    def _bury(self) -> None:
        for process in list(self.board.state.processes.values()):
            wanted = process.id != self.name and (process.run == self.run or process.kind is ProcessKind.SERVER)
            if wanted and (self._hangs(process) or not self.board.is_alive(process.id)):
                since = time.monotonic_ns()
                self.board.depart(process.id, "it died, or showed no sign of life", counts=True)
                self.diary.write(What.DEPARTED, since=since, other=process.id)

    def _hangs(self, process: Process) -> bool:
        beat, now = last_beat(self.board.layout.alive, process.id), time.monotonic()
        before, seen = self._beats.get(process.id, (0.0, now))
        if beat != before:
            self._beats[process.id] = beat, now
            return False
        return process.kind is ProcessKind.WORKER and now - seen > LEASE


# ---- people


def person(stage: Stage, paths: tuple[str, ...], types: bool, seed: int) -> None:
    """Take or hold files, sometimes type a line, give them back, until the curtain falls."""
    board = stage.open()
    life = board.join(ProcessKind.SERVER, os.getpid())
    diary, dice = Diary(stage.diaries, life.process), random.Random(seed)
    lines = 0
    while not stage.curtain.exists() and life.process in board.state.processes:
        path = dice.choice(paths)
        if dice.random() < 0.5:
            take(board, path, life.process, life.process)
        else:
            board.hold(path, life.process, life.process)
        if _wait_for_landing(board, path, stage.curtain):
            _have(board, path, diary, dice)
            if types and dice.random() < 0.5:
                lines += 1
                _type(board.root / path, f"{life.process} {lines}", diary)
                _have(board, path, diary, dice)
        board.unhold(path, life.process)
        time.sleep(dice.random() * 10 * _NAP)


def _wait_for_landing(board: Board, path: str, curtain: Path) -> bool:
    """Wait until nothing of this file is landing any more, as an editor does that was told so."""
    while not curtain.exists():
        board.refresh()
        lock = board.state.locks.get(board.state.fold(path))
        if lock is None or not board.run(lock.run).tasks[lock.task].landing:
            return True
        time.sleep(_NAP)
    return False


def _have(board: Board, path: str, diary: Diary, dice: random.Random) -> None:
    """Keep a file for a while, and note whether it changed."""
    since = time.monotonic_ns()
    text = digest(read_file(board.root / path))
    time.sleep(dice.random() * 10 * _NAP)
    diary.write(What.HELD, since=since, files=(path,), text=text, later=digest(read_file(board.root / path)))


def _type(path: Path, line: str, diary: Diary) -> None:
    """Save a line as an editor does: a new file under the old name."""
    diary.write(What.TYPING, files=(path.name,), text=line)
    fresh = path.with_name(f".{line}")
    fresh.write_bytes((read_file(path) or b"") + line.encode() + b"\n")
    fresh.replace(path)
    diary.write(What.TYPED, files=(path.name,), text=line)
