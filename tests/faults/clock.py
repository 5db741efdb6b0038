"""Clocks that jump by years, back and forth, in every process of a run by themselves: nobody is late, or early.

The time that Python's `time.time` gives is changed in each process as it starts, by a `sitecustomize` module on its
path, and so is the time that a heartbeat leaves on its file. The system's monotonic clock is as it is.
By hand: python -m tests.faults.clock
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import pairwise
from pathlib import Path

from attrs import frozen

from lockboard import entries as e
from lockboard.log import Log
from lockboard.model import RunState, TaskState
from parallel_refactor.running.start import start_undo
from tests.running.runs import Runs, before, edits, runs_in

YEAR = 365 * 24 * 3600.0
LEASE = 3.0

_JUMPING = f"""
import os, random, time

_time, _utime, _monotonic = time.time, os.utime, time.monotonic
_JUMPS = [years * {YEAR} for years in (-30, -1, -0.001, 0, 0.001, 1, 30)]


def _jumped():
    moment = int(_monotonic() * 20)
    return _time() + random.Random(moment * 100_003 + os.getpid()).choice(_JUMPS)


def _utime_jumped(path, times=None, **more):
    if times is None and "ns" not in more:
        times = (_jumped(), _jumped())
    _utime(path, times, **more)


time.time = _jumped
time.time_ns = lambda: int(_jumped() * 1e9)
os.supports_follow_symlinks.add(_utime_jumped)
os.utime = _utime_jumped
"""


@frozen
class Jumps:
    """How a run with jumping clocks went: the jumps between two lines of its log, and the most attempts of a task."""

    lines: int
    back: int
    forth: int
    attempts: int


@contextmanager
def jumping_clocks() -> Iterator[None]:
    """Have the clocks of all processes jump that are started inside."""
    path = os.environ.get("PYTHONPATH")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "sitecustomize.py").write_text(_JUMPING, encoding="utf-8")
        os.environ["PYTHONPATH"] = os.pathsep.join(part for part in (folder, path) if part)
        try:
            yield
        finally:
            if path is None:
                del os.environ["PYTHONPATH"]
            else:
                os.environ["PYTHONPATH"] = path


def run_through(runs: Runs, files: int, *, hang: bool) -> Jumps:
    """Change files with four workers, of which one may hang, and undo that; raises AssertionError."""
    paths = runs.write(files)
    run = runs.start(workers=4, options={"seconds": 0.2}, lease=LEASE)
    if hang:
        runs.until(lambda: runs.busy(run), "a worker is busy")
        os.kill(runs.busy(run)[0].pid, signal.SIGSTOP)
    report = runs.end(run)
    assert (report.state, report.files["changed"]) == (RunState.DONE, files), runs.logs()
    assert all(edits(runs.root / path) == 1 for path in paths)
    tasks = runs.board.run_tasks(run).values()
    assert all(task.state is TaskState.DONE for task in tasks)
    attempts = sum(task.attempts for task in tasks)
    assert attempts <= hang, "somebody was declared dead who was not"
    runs.end(start_undo(runs.board, run))
    assert all((runs.root / path).read_text() == before(number) for number, path in enumerate(paths))
    with closing(Log(runs.board.layout.board / "log.jsonl", e.decode)) as log:
        times = [line.at for line in log.read()]
    steps = [after - earlier for earlier, after in pairwise(times)]
    back, forth = (sum(step * sign > YEAR / 2 for step in steps) for sign in (-1, 1))
    return Jumps(len(times), back, forth, attempts)


def run_rounds(rounds: int, files: int) -> Iterator[Jumps]:
    """Run with jumping clocks, every second time with a worker that hangs."""
    for number in range(rounds):
        with tempfile.TemporaryDirectory() as folder, runs_in(Path(folder, "workspace")) as runs, jumping_clocks():
            jumps = run_through(runs, files, hang=number % 2 == 1)
            assert jumps.back, "no clock jumped back"
            assert jumps.forth, "no clock jumped forth"
            yield jumps


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.clock", description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--files", type=int, default=100)
    arguments = parser.parse_args()
    for jumps in run_rounds(arguments.rounds, arguments.files):
        print(f"{jumps.lines} lines, {jumps.back} jumps back and {jumps.forth} forth by a year or more, nobody late")
    return 0


if __name__ == "__main__":
    sys.exit(main())
