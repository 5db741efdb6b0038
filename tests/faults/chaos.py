"""Many processes over one board, killed and stopped at random; afterwards their diaries must fit together.

In each round two runs want the same files while people hold, take and edit them and tasks are cancelled; a third run
changes, deletes and creates files, is undone and redone, which must give back every byte.

By hand: python -m tests.faults.chaos --kills 1000
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from attrs import define, field

from lockboard.board import Board
from lockboard.errors import BusyBoardError
from lockboard.model import RunKind, RunSpec, RunState, TaskSpec, TaskState
from lockboard.undo import Undo
from tests.faults import actors
from tests.faults.actors import Stage, deletes, read_file
from tests.faults.cast import Cast, Role
from tests.faults.history import Diary, What, read, violations

_PAUSE = 0.03  # seconds between two attacks, on average
_PATIENCE = 120.0  # seconds in which a run must have come to its end
_WORKERS = 3  # of each run
_PEOPLE = 2
_TEXTS = (b"one\ntwo\n", b"", b"\xef\xbb\xbfbom\n", b"dos\r\n", b"\x00\xff\n")
PLAIN = tuple(f"file{number:02}" for number in range(40))
GONE = tuple(f"gone{number}" for number in range(4))
NEW = tuple(f"new{number}" for number in range(4))

Tree = dict[str, tuple[int, bytes]]


@define
class Figures:
    """What was done, and what should not have come of it."""

    rounds: int = 0
    events: int = 0
    cancelled: int = 0
    killed: Counter[str] = field(factory=Counter)
    stopped: Counter[str] = field(factory=Counter)
    problems: list[str] = field(factory=list)


def run_chaos(kills: int, seed: int, *, a_round: int = 150) -> Figures:
    """Play rounds until so many processes were killed."""
    figures = Figures()
    while figures.killed.total() < kills and not figures.problems:
        with tempfile.TemporaryDirectory() as name:
            wanted = min(a_round, kills - figures.killed.total())
            _Round(Path(name).resolve(), random.Random(f"{seed} {figures.rounds}"), wanted, figures).play()
        figures.rounds += 1
    return figures


class _Round:
    """One workspace, with five runs."""

    def __init__(self, folder: Path, dice: random.Random, kills: int, figures: Figures) -> None:
        self._stage = Stage(folder / "workspace", folder / "diaries", folder / "curtain")
        self._dice = dice
        self._kills = kills
        self._figures = figures
        self._cast = Cast(dice)
        self._stage.root.mkdir()
        self._stage.diaries.mkdir()
        self._before = dict(zip((*PLAIN, *GONE), _TEXTS * 20, strict=False))
        for number, (path, text) in enumerate(self._before.items()):
            (self._stage.root / path).write_bytes(text)
            (self._stage.root / path).chmod((0o644, 0o600, 0o755)[number % 3])
        self._board = Board(self._stage.root, create=True, patience=1.0)
        self._diary = Diary(self._stage.diaries, "driver")

    def play(self) -> None:
        """Play all of it, and look what came of it."""
        try:
            self._play_runs(self._begin("first", PLAIN), self._begin("second", PLAIN), edited=True)
            before = self._tree()
            third = self._begin("third", (*PLAIN, *GONE, *NEW))
            self._play_runs(third)
            self._note_lines()
            after = self._tree()
            undo = self._undo(third)
            self._compare(before, "undo")
            self._undo(undo)
            self._compare(after, "redo")
        finally:
            self._cast.end()
        events = read(self._stage.diaries)
        self._figures.events += len(events)
        self._figures.problems += [*violations(events), *self._leftovers()]
        self._figures.killed += self._cast.killed
        self._figures.stopped += self._cast.stopped
        self._board.close()

    # ---- runs

    def _begin(self, title: str, paths: Sequence[str]) -> str:
        run = self._board.add_run(RunSpec(title, "test"))
        tasks = _plan(list(paths), self._dice)
        self._board.set_plan(run, tasks)
        for task in tasks:
            changed = tuple(path for path in task.files if not deletes(path))
            self._diary.write(What.PLANNED, run=run, task=task.id, files=changed, group=task.group)
        self._board.move_run(run, RunState.RUNNING)
        return run

    def _undo(self, run: str) -> str:
        undo = self._board.add_run(RunSpec("undo", "undo", RunKind.UNDO, undoes=run))
        plan = Undo(self._board, run).plan()
        self._figures.problems += [f"the undo of {run} leaves out {note.path}: {note.reason}" for note in plan.left]
        self._board.set_plan(undo, plan.tasks)
        self._board.move_run(undo, RunState.RUNNING)
        self._play_runs(undo)
        return undo

    def _play_runs(self, *runs: str, edited: bool = False) -> None:
        """Have everybody work on these runs until they have ended, and attack meanwhile."""
        roles = [role for run in runs for role in self._team(run)]
        roles += [Role("person", actors.person, (self._stage, PLAIN[n::_PEOPLE], edited)) for n in range(_PEOPLE)]
        left, end, due = self._kills / 4, time.monotonic() + _PATIENCE, 0.0
        while not all(self._board.run(run).state.ended for run in runs):
            self._cast.tend(roles)
            if left > 0 and time.monotonic() > due:
                due = time.monotonic() + self._dice.expovariate(1 / _PAUSE)
                left -= self._attack(runs, edited=edited)
            time.sleep(0.003)
            self._board.refresh()
            if time.monotonic() > end:
                stuck = {run: self._board.state.schedules[run].counts for run in runs}
                raise AssertionError(f"runs stand still: {stuck}")
        self._stage.curtain.touch()
        self._figures.problems += self._cast.dismiss()
        self._stage.curtain.unlink()
        for process in list(self._board.state.processes):
            self._board.depart(process, "the curtain fell")

    def _team(self, run: str) -> list[Role]:
        worker = Role("worker", actors.worker, (self._stage, run))
        return [*([worker] * _WORKERS), Role("supervisor", actors.supervisor, (self._stage, run))]

    def _attack(self, runs: Sequence[str], *, edited: bool) -> bool:
        """Do something bad; True for a kill."""
        what = self._dice.choices(("kill", "stop", "cancel"), (10, 5, 2 * edited))[0]
        if what == "kill":
            self._cast.kill()
        elif what == "stop":
            self._cast.stop()
        else:
            self._cancel(self._dice.choice(runs))
        return what == "kill"

    def _cancel(self, run: str) -> None:
        tasks = [task for task in self._board.run(run).tasks.values() if not task.state.ended]
        if not tasks:
            return
        task = self._dice.choice(tasks)
        unit = self._board.state.unit_tasks(self._board.run(run), task.spec.unit)
        since = time.monotonic_ns()
        with suppress(BusyBoardError):  # somebody who has the board is stopped
            if self._board.end_task(run, task.spec.id, TaskState.CANCELLED, "cancelled"):
                self._figures.cancelled += 1
                for other in unit:
                    self._diary.write(What.ENDED, since=since, run=run, task=other.spec.id, files=other.spec.files)

    # ---- what came of it

    def _tree(self) -> Tree:
        files = [path for path in self._stage.root.iterdir() if path.is_file() and not path.name.startswith(".")]
        return {path.name: (path.stat().st_mode, path.read_bytes()) for path in files}

    def _compare(self, wanted: Tree, after: str) -> None:
        found = self._tree()
        wrong = sorted(path for path in wanted | found if wanted.get(path) != found.get(path))
        self._figures.problems += [f"{path} is not as it was, after the {after}" for path in wrong]

    def _note_lines(self) -> None:
        """Note the lines that each file has more than in the beginning."""
        for path in (*PLAIN, *NEW):
            before, now = self._before.get(path, b""), read_file(self._stage.root / path) or b""
            if not now.startswith(before):
                self._figures.problems.append(f"{path} has lost its beginning")
            lines = now[len(before) :].decode(errors="replace").removesuffix("\n")
            self._diary.write(What.FOUND, files=(path,), text=lines)

    def _leftovers(self) -> list[str]:
        """Say what is still locked, and whether somebody who reads the log anew finds another board."""
        board = Board(self._stage.root)
        keys = [
            *board.state.locks,
            *board.state.holds,
            *(path.name for path in (board.layout.board / "locks").iterdir()),
        ]
        same = (board.state.runs, board.state.processes) == (self._board.state.runs, self._board.state.processes)
        board.close()
        return [f"{key} is still locked" for key in keys] + ([] if same else ["the log tells something else"])


def _plan(paths: list[str], dice: random.Random) -> tuple[TaskSpec, ...]:
    """Share files out among tasks; each of two groups has one task that two others need."""
    dice.shuffle(paths)
    plain = [path for path in paths if not deletes(path)]
    tasks = []
    for group in ("g1", "g2"):
        names = [f"{group}.{number}" for number in range(3)]
        for name in names:
            needs = () if name == names[0] else (names[0],)
            tasks.append(TaskSpec(name, tuple(plain.pop() for _ in range(2)), group=group, needs=needs))
    taken = {path for task in tasks for path in task.files}
    rest = [path for path in paths if path not in taken]
    while rest:
        files = tuple(rest.pop() for _ in range(min(len(rest), dice.randint(1, 3))))
        tasks.append(TaskSpec(f"t{len(tasks)}", files, weight=dice.randrange(5)))
    return tuple(tasks)


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    arguments = parser.parse_args()
    began = time.monotonic()
    figures = run_chaos(arguments.kills, arguments.seed)
    sys.stdout.write(
        f"seed {arguments.seed}: {figures.killed.total()} kills {dict(figures.killed)}, "
        f"{figures.stopped.total()} stops {dict(figures.stopped)}, {figures.cancelled} tasks cancelled, "
        f"{figures.rounds} histories of {figures.events} events checked, "
        f"{len(figures.problems)} violations in {time.monotonic() - began:.0f} s\n"
    )
    sys.stdout.write("".join(f"{problem}\n" for problem in figures.problems))
    return int(bool(figures.problems))


if __name__ == "__main__":
    sys.exit(main())
