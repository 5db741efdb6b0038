"""The power goes at any moment of a board's life, and each file is afterwards as it was or as its task left it.

All calls that change the disk are recorded once; then the recording is cut after any of them, what was not synced is
lost, kept or torn as `disk` says, and somebody opens the board on what is left, goes on, and undoes everything.
By hand: python -m tests.faults.power --disks 20
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from lockboard import agents, landing
from lockboard.board import Board
from lockboard.cleaning import clean
from lockboard.model import ProcessKind, RunKind, RunSpec, RunState
from lockboard.taking import take
from tests.faults.calls import watched
from tests.faults.disk import Disk, Outage, Recorder
from tests.faults.driving import AFTER, BEFORE, drive, expected, go_on, join, set_going, tree, undo

AGENT = "an agent"


def live(root: Path) -> None:
    """Do all that is done with a board: its birth, runs, holds, undo, redo, a snapshot, cleaning."""
    board = Board(root, create=True)
    board.add_run(RunSpec("one", "test"))
    go_on(board)
    undo(board, "r1")
    board.save_snapshot()
    board.add_run(RunSpec("two", "test"))
    _be_held_up(board, "r3")
    drive(board, "r3")
    board.add_run(RunSpec("group", "test"))
    agents.lock(board, ["uses.py"], AGENT)
    agents.unlock(board, None, AGENT)
    drive(board, "r4")
    board.save_snapshot()
    undo(board, "r3")
    undo(board, "r5")
    clean(board, keep=4)
    board.save_snapshot()
    board.add_run(RunSpec("group", "test"))
    go_on(board)
    board.close()


def _be_held_up(board: Board, run: str) -> None:
    """Have a worker lose a file to a person, and die."""
    set_going(board, run)
    person, worker = board.join(ProcessKind.SERVER, os.getpid()), join(board, run)
    board.hold("other.py", "Ada", person.process)
    assert board.claim(run, worker.process)
    take(board, "sub/b.py", "Ada", person.process)
    for life in (worker, person):
        life.end()
        board.depart(life.process, "it died", counts=life is worker)


def look_after(root: Path) -> None:
    """Come back after a power loss; raises AssertionError where anything is not as it was, or as a task left it."""
    for name, text in tree(root).items():
        assert text in (BEFORE[name], AFTER[name]), f"{name} has become {text!r}"
    board = Board(root, create=True)
    with board.changing():
        assert (root / ".task_board/.gitignore").read_text() == "*\n"
    for process in list(board.state.processes.values()):
        assert process.kind is ProcessKind.AGENT or not board.is_alive(process.id)
        board.depart(process.id, "the power went")
    for run in list(board.state.runs.values()):
        if not run.state.ended:
            landing.recover(board, run.id)
    assert tree(root) == expected(board, BEFORE), "the log and the files do not agree"
    go_on(board)
    assert tree(root) == expected(board, BEFORE), "the log and the files do not agree at the end"
    _look_at_views(board)
    board.save_snapshot()
    again = Board(root)
    assert again.state.runs.keys() == board.state.runs.keys()
    assert (again.state.seq, again.state.holds, again.state.locks) == (board.state.seq, {}, {})
    undo_all(again)
    assert tree(root) == BEFORE, "an undo did not give back every byte"
    again.close()
    board.close()


def _look_at_views(board: Board) -> None:
    assert {path.name for path in (board.layout.board / "locks").iterdir()} == set()
    for run in board.state.runs.values():
        if run.tasks:
            shown = {path.stem: path.parent.name for path in board.layout.tasks(run.id).glob("*/*.json")}
            assert shown == {name: task.state.value for name, task in run.tasks.items()}, f"views of {run.id}: {shown}"


def undo_all(board: Board) -> None:
    """Undo all runs that can be, the last first."""
    for run in list(board.state.runs.values())[::-1]:
        if run.state is RunState.DONE and run.spec.kind is RunKind.REFACTOR and not run.undone_by:
            undo(board, run.id)


def fill(root: Path) -> None:
    """Make a workspace with the files of `BEFORE`."""
    for name, text in BEFORE.items():
        if text is not None:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(text)


def record(folder: Path, operation: Callable[[Path], None]) -> Recorder:
    """Record an operation on a workspace with the files of `BEFORE`; played again, it must leave the same behind."""
    root = folder / "recorded"
    fill(root)
    recorder = Recorder(root)
    with watched(recorder):
        operation(root)
    everything = Recorder(root)
    *_, played = Outage(recorder, len(recorder.steps)).disks(random.Random(0), 0)
    assert played.key() == Disk(everything.names, everything.contents).key(), "a call was not seen"
    return recorder


def try_all(disks: int, stride: int = 1, seed: int = 0) -> tuple[int, int]:
    """Cut the power at every `stride`-th step, each time with `disks` that lost something; gives how many of both."""
    dice, seen, cuts = random.Random(seed), set[object](), 0
    with tempfile.TemporaryDirectory(dir=quick_disk()) as name:
        recorder = record(Path(name).resolve(), live)
        for cut in range(dice.randrange(stride), len(recorder.steps) + 1, stride):
            cuts += 1
            for number, disk in enumerate(Outage(recorder, cut).disks(dice, disks)):
                if disk.key() not in seen:
                    seen.add(disk.key())
                    _try(Path(name).resolve() / "found", disk, f"cut {cut}, disk {number}, seed {seed}")
    return cuts, len(seen)


def _try(root: Path, disk: Disk, where: str) -> None:
    root.mkdir()
    disk.write(root)
    _restart(root)
    try:
        look_after(root)
    except BaseException as error:
        error.add_note(where)
        raise
    shutil.rmtree(root)


def _restart(root: Path) -> None:
    """Have the machine been started since: what the board last wrote names another start."""
    mutex, boot = root / ".task_board/mutex", Path("/proc/sys/kernel/random/boot_id")
    if mutex.exists() and boot.exists():
        mutex.write_bytes(mutex.read_bytes().replace(boot.read_bytes().strip(), b"before".ljust(36)))


def quick_disk() -> str | None:
    """Give a folder in memory where there is one: what is recorded is the same, and syncs cost nothing there."""
    memory = Path("/dev/shm")  # noqa: S108  only a place for temporary folders
    return str(memory) if memory.is_dir() and os.access(memory, os.W_OK) else None


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.power", description=__doc__)
    parser.add_argument("--disks", type=int, default=20, help="states of the disk at each cut, beside the three plain")
    parser.add_argument("--stride", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    cuts, disks = try_all(arguments.disks, arguments.stride, arguments.seed)
    sys.stdout.write(f"power lost at {cuts} moments, {disks} different disks found, none with a consequence\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
