"""How much slower an old board is than a new one: `python -m benchmarks.age`, some three minutes; `--smoke`, seconds.

The old board has 1,000 past runs, each of 100 files of its own in 20 tasks; the new one has one. Both are made by
`lockboard` itself, in one process and without waiting for the disk. Then the same commands are timed on the one and on
the other in turn, in a workspace of the last run's files, and the median of each is printed as a Markdown table.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from attrs import frozen

from lockboard.board import Board
from lockboard.digest import digest
from lockboard.landing import land_all
from lockboard.model import FileChange, Note, ProcessKind, RunSpec, RunState, Submission, TaskSpec, TaskState
from lockboard.paths import BOARD_NAME

PER_RUN, PER_TASK = 100, 5
"""Files of a run, and of a task."""

_PATIENCE = 60.0


@frozen
class Place:
    """A workspace whose board is put aside while it is another's turn."""

    root: Path
    aside: Path

    def enter(self) -> None:
        """Put the board in its place."""
        self.aside.rename(self.root / BOARD_NAME)

    def leave(self) -> None:
        """Put it aside."""
        (self.root / BOARD_NAME).rename(self.aside)


def grow(root: Path, runs: int) -> None:
    """Make a board of that many past runs; only the files of the last one are left in the workspace."""
    sync, os.fsync = os.fsync, lambda fd: None  # noqa: ARG005  nobody needs what is made here after a power loss
    board = Board(root, create=True)
    try:
        for _ in range(runs):
            _play(board)
        board.save_snapshot()
    finally:
        board.close()
        os.fsync = sync


def _play(board: Board) -> None:
    """Let one worker do a run from start to end."""
    run = board.add_run(RunSpec("A past run", "recipe", fingerprint="docstrings 1"))
    folder = board.root / "package"
    for old in sorted(folder.glob("*")) if folder.exists() else ():
        old.unlink()
    folder.mkdir(exist_ok=True)
    paths = [f"package/{run}_{number:03}.py" for number in range(PER_RUN)]
    for path in paths:
        (board.root / path).write_bytes(path.encode())
    parts = [tuple(paths[first : first + PER_TASK]) for first in range(0, PER_RUN, PER_TASK)]
    left = tuple(Note(f"package/left_{number}.py", "it does not parse", number) for number in range(1, 11))
    board.set_plan(run, tuple(TaskSpec(f"t{number}", files) for number, files in enumerate(parts, 1)), left)
    board.move_run(run, RunState.RUNNING)
    worker = board.join(ProcessKind.WORKER, os.getpid(), run)
    while claim := board.claim(run, worker.process):
        new = {path: b"# changed\n" + path.encode() for path in claim.task.files}
        changes = tuple(FileChange(path, digest(path.encode()), digest(text)) for path, text in new.items())
        board.submit(claim, Submission(changes, "changed"), new)
    land_all(board, run, list(board.state.schedules[run].landable))
    board.depart(worker.process, "nothing left to do")
    worker.end()
    board.move_run(run, RunState.DONE)
    if {task.state for task in board.run(run).tasks.values()} != {TaskState.DONE}:
        raise RuntimeError(f"run {run} did not land")


def _command(*arguments: str) -> Callable[[Path], float]:
    """Give a measurement: how long the program takes for these arguments."""

    def measure(root: Path) -> float:
        began = time.perf_counter()
        _program(root, *arguments).check_returncode()
        return time.perf_counter() - began

    return measure


def _program(root: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "parallel_refactor", *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, check=False, timeout=_PATIENCE)


def _opening(root: Path) -> float:
    began = time.perf_counter()
    board = Board(root)
    seconds = time.perf_counter() - began
    board.close()
    return seconds


def _first_claim(root: Path) -> float:
    """Time a run from its command to its first claim, as the log dates them; it ends before this returns."""
    command = ["run", "Wait", "--engine", "simulate", "--workers", "2", "--yes", "--option", "fail=1"]
    began = time.time()
    _program(root, *command)
    board = Board(root)
    run = list(board.state.runs)[-1]
    first = min(task.since for task in board.run_tasks(run).values() if task.since)
    end = time.monotonic() + _PATIENCE
    while board.has_supervisor(run) and time.monotonic() < end:
        time.sleep(0.01)
    board.close()
    return first - began


MEASURED: dict[str, Callable[[Path], float]] = {
    "opening a Board": _opening,
    "`status`": _command("status"),
    "`status --json`": _command("status", "--json"),
    "`board`": _command("board"),
    "`run`, to its first claim": _first_claim,
    "`clean` with nothing to delete": _command("clean"),
}


def compare(old: Place, new: Place, times: int) -> list[str]:
    """Measure both in turn, and give the rows of the table."""
    rows = []
    for name, measure in MEASURED.items():
        seconds: dict[Place, list[float]] = {old: [], new: []}
        for _ in range(times):
            for place, taken in seconds.items():
                place.enter()
                taken.append(measure(place.root))
                place.leave()
        ours, theirs = statistics.median(seconds[old]), statistics.median(seconds[new])
        rows.append(f"| {name} | {theirs * 1000:.1f} | {ours * 1000:.1f} | {ours / theirs:.2f} |")
    return rows


def main() -> None:
    """Print the table, and what it costs to delete the undo of all runs but the last ten."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.age", description=__doc__)
    parser.add_argument("--runs", type=int, default=1000, help="past runs of the old board (%(default)s)")
    parser.add_argument("--times", type=int, default=7, help="how often each is measured (%(default)s)")
    parser.add_argument("--smoke", action="store_true", help="20 past runs, each measured once")
    given = parser.parse_args()
    runs, times = (20, 1) if given.smoke else (given.runs, given.times)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch).resolve()
        root = folder / "workspace"
        root.mkdir()
        new, old = Place(root, folder / "new"), Place(root, folder / "old")
        grow(root, 1)
        new.leave()
        began = time.perf_counter()
        grow(root, runs)
        print(f"{runs} runs made in {time.perf_counter() - began:.0f} s.", file=sys.stderr)
        began = time.perf_counter()
        _command("clean")(root)
        cleaning = time.perf_counter() - began
        old.leave()
        print("| | new board ms | old board ms | ratio |\n| :--- | ---: | ---: | ---: |")
        print("\n".join(compare(old, new, times)))
        print(f"\nThe first `clean`, of {(runs - 10) * PER_RUN:,} files: {cleaning:.1f} s.")


if __name__ == "__main__":
    main()
