"""A file of the board is cut short, overwritten, emptied or deleted: it is refused by its name, or made anew.

No workspace file is ever anything but what it was or what its task made of it.
By hand: python -m tests.faults.damage
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from attrs import frozen

from lockboard import landing
from lockboard.board import Board
from lockboard.errors import BoardError
from lockboard.model import RunKind, RunSpec, RunState, TaskState
from tests.faults.beginnings import claimed, died_in_landing, done, submitted, with_agent, with_hold
from tests.faults.driving import AFTER, BEFORE, expected, join, set_going, tree, undo, work
from tests.faults.power import quick_disk


def _with_snapshot(root: Path) -> None:
    board = done(root)
    undo(board, "r1")
    board.save_snapshot()


_ROUNDS = 10

BEGINNINGS: dict[str, Callable[[Path], object]] = {
    "claimed": claimed,
    "submitted": submitted,
    "two submitted": partial(submitted, plan="two"),
    "died in landing": partial(died_in_landing, files_in=2, saved={}),
    "done": done,
    "held": lambda root: with_hold(claimed(root)),
    "locked by an agent": lambda root: with_agent(root, "other.py"),
    "undone": _with_snapshot,
}
"""Boards to damage."""


@frozen
class Damage:
    """What happens to a file: from `start` to `end` it has `rubbish` afterwards; None: the file is gone."""

    name: str
    start: int
    end: int
    rubbish: bytes | None

    def happen(self, root: Path) -> None:
        path = root / self.name
        if self.rubbish is None:
            path.unlink()
        else:
            data = path.read_bytes()
            path.write_bytes(data[: self.start] + self.rubbish + data[self.end :])


def files(root: Path) -> dict[str, int]:
    """Give the files of a board, with their sizes."""
    board = root / ".task_board"
    return {str(path.relative_to(root)): path.stat().st_size for path in sorted(board.rglob("*")) if path.is_file()}


@frozen
class Aftermath:
    """What must be so after a damage.

    `saved` is what a displaced file was overwritten with: a person's, for all that anybody can know, so it may be put
    back.
    """

    root: Path
    log_is_whole: bool
    saved: bytes | None

    def look(self) -> str:
        """Come back and go on as far as the board lets; gives why it was refused, "" where it was not."""
        try:
            board = Board(self.root, create=True)
        except BoardError as error:
            self._look_at_files()
            return str(error)
        try:
            self._go_on(board)
        except BoardError as error:
            return str(error)
        finally:
            self._look_at_files()
            board.close()
        return ""

    def _go_on(self, board: Board) -> None:
        for process in list(board.state.processes.values()):
            board.depart(process.id, "it died")
        for run in list(board.state.runs.values()):
            if not run.state.ended:
                landing.recover(board, run.id)
        self._look_at_files()
        for run in list(board.state.runs.values()):
            if not run.state.ended:
                _drive(board, run.id)
        if self.log_is_whole and self.saved is None:
            assert tree(board.root) == expected(board, BEFORE)
        _undo_all(board)
        board.save_snapshot()
        again = Board(board.root)
        assert again.state.seq == board.state.seq
        assert {run.id: run.state for run in again.state.runs.values()} == {
            run.id: run.state for run in board.state.runs.values()
        }
        again.close()
        _look_at_views(board)

    def _look_at_files(self) -> None:
        for name, text in tree(self.root).items():
            assert text in (BEFORE[name], AFTER[name], self.saved), f"{name} has become {text!r}"


def _drive(board: Board, run: str) -> None:
    """Bring a run to its end; what cannot be done on the files as they are is skipped, as a person would."""
    set_going(board, run)
    life = join(board, run)
    for _ in range(_ROUNDS):
        for task in list(board.run(run).tasks.values()):
            if task.redos and not task.state.ended:
                board.end_task(run, task.spec.id, TaskState.SKIPPED, task.reason)
        while claim := board.claim(run, life.process):
            try:
                work(board, claim)
            except BoardError as error:
                board.fail(claim, str(error))
        landing.land_all(board, run, list(board.state.schedules[run].landable))
    assert not board.state.schedules[run].open_tasks, board.run(run).tasks
    board.depart(life.process, "all is done")
    life.end()
    board.move_run(run, RunState.DONE)


def _undo_all(board: Board) -> None:
    for run in list(board.state.runs.values())[::-1]:
        if run.state is RunState.DONE and run.spec.kind is RunKind.REFACTOR and not run.undone_by:
            _drive(board, board.add_run(RunSpec("undo", "undo", RunKind.UNDO, undoes=run.id)))


def _look_at_views(board: Board) -> None:
    assert not list((board.layout.board / "locks").iterdir())
    for run in board.state.runs.values():
        if run.tasks and run.state is not RunState.UNDONE:
            shown = {path.stem: path.parent.name for path in board.layout.tasks(run.id).glob("*/*.json")}
            assert shown == {name: task.state.value for name, task in run.tasks.items()}, run.id


def damages(sizes: dict[str, int], dice: random.Random, stride: int) -> Iterator[Damage]:
    """Give damages of all kinds: each file gone, cut off at every `stride`-th byte, and overwritten in places."""
    for name, size in sizes.items():
        yield Damage(name, 0, 0, None)
        for start in range(dice.randrange(stride), size, stride):
            yield Damage(name, start, size, b"")
            end = min(size, start + dice.choice((1, 2, 8, 100, 4096)))
            yield Damage(name, start, end, dice.randbytes(end - start))
            yield Damage(name, start, end, b"\0" * (end - start))
            yield Damage(name, start, start, dice.choice((b"\n", b"{}", b"rubbish\n", b"\n\n\n")))
        yield Damage(name, size, size, dice.randbytes(100))


def try_damage(template: Path, root: Path, damage: Damage) -> str:
    """Damage a copy of a board; gives why it was refused, "" where it was not."""
    shutil.copytree(template, root)
    displaced = "/exchange/" in damage.name and (root / damage.name).read_bytes() in BEFORE.values()
    damage.happen(root)
    saved = (root / damage.name).read_bytes() if displaced and damage.rubbish is not None else None
    try:
        said = Aftermath(root, not damage.name.endswith("log.jsonl"), saved).look()
        assert not said or ".task_board" in said or "run" in said.lower(), said
    except BaseException as error:
        error.add_note(repr(damage))
        raise
    shutil.rmtree(root)
    return said


def try_all(beginning: str, stride: int, seed: int = 0) -> Counter[bool]:
    """Damage a board in all ways; counts how often it was refused and how often not."""
    seen = Counter[bool]()
    with tempfile.TemporaryDirectory(dir=quick_disk()) as name:
        folder = Path(name).resolve()
        template = folder / "template"
        template.mkdir()
        BEGINNINGS[beginning](template)
        for damage in damages(files(template), random.Random(seed), stride):
            seen[bool(try_damage(template, folder / "workspace", damage))] += 1
    return seen


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.damage", description=__doc__)
    parser.add_argument("--stride", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    for name in BEGINNINGS:
        seen = try_all(name, arguments.stride, arguments.seed)
        print(f"{name}: {seen.total()} damages, {seen[True]} refused, none with a consequence", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
