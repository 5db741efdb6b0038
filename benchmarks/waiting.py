"""What workers cost that have nothing to do, and how soon they hear of a task, for `benchmarks.board`.

In a real run (engine `simulate`) one worker is at work all the time, the other tasks are a person's: their files are
held. The person gives back one after the other; from that line of the log to the claim is how long it took.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from attrs import frozen

from lockboard.board import Board
from lockboard.model import ProcessKind, TaskState, Wish


@frozen
class Watch:
    """How many workers wait, for how many seconds they are watched, and how often one of them is given a task."""

    workers: int = 64
    idle: float = 60.0
    wakings: int = 50


def measure(watch: Watch) -> list[str]:
    """Run the workers and give the rows of a table."""
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch).resolve()
        scene = _Scene(root, watch)
        try:
            scene.wait_until(scene.all_wait)
            used = _cpu_seconds(scene.waiting_pids())
            time.sleep(watch.idle)  # what is measured
            used = _cpu_seconds(scene.waiting_pids()) - used
            delays = sorted(scene.wake(f"held_{number}.py") for number in range(watch.wakings))
        finally:
            scene.end()
    p95 = delays[min(len(delays) - 1, int(len(delays) * 0.95))]
    return [
        f"| {watch.workers} waiting workers: % of a core | {used / watch.idle * 100:.2f} |",
        f"| a waiting worker claims a task that became ready: median ms | {delays[len(delays) // 2]:.1f} |",
        f"| the same: p95 ms | {p95:.1f} |",
    ]


class _Scene:
    """A run whose workers soon have nothing to do."""

    def __init__(self, root: Path, watch: Watch) -> None:
        self._watch = watch
        names = ["busy.py", *(f"first_{number}.py" for number in range(watch.workers))]
        held = [f"held_{number}.py" for number in range(watch.wakings)]
        for name in (*names, *held):
            (root / name).write_text(")\n")  # what does not parse is a task of its own
        self._board = Board(root, create=True)
        self._person = self._board.join(ProcessKind.SERVER, os.getpid())
        for name in held:
            self._board.hold(name, "Ada", self._person.process)
        options = ("--option", "hang=busy.py", "--option", "seconds=1", "--workers", str(watch.workers + 1))
        command = [
            sys.executable,
            "-m",
            "parallel_refactor",
            "run",
            "Wait",
            ".",
            "--engine",
            "simulate",
            "--yes",
            *options,
        ]
        self._command = subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL)
        self.wait_until(lambda: "r1" in self._board.state.runs)

    def wait_until(self, so: Callable[[], bool]) -> None:
        """Read the board until something is so; raises RuntimeError when the run ends before."""
        while not so():
            if self._command.poll() is not None:
                raise RuntimeError(f"the run ended with {self._command.returncode}")
            time.sleep(0.001)
            self._board.refresh()

    def all_wait(self) -> bool:
        """Whether all workers but the busy one have joined and done their first task."""
        tasks = self._board.run("r1").tasks
        first = [task for name, task in tasks.items() if task.spec.files[0].startswith("first_")]
        landed = bool(first) and all(task.state is TaskState.DONE for task in first)
        return landed and len(self.waiting_pids()) == self._watch.workers

    def waiting_pids(self) -> list[int]:
        """Give the workers without a task."""
        processes = self._board.state.processes.values()
        return [process.pid for process in processes if process.kind is ProcessKind.WORKER and not process.task]

    def wake(self, path: str) -> float:
        """Give a file back, wait until its task is done; gives the milliseconds from that line to the claim."""
        time.sleep(random.uniform(0.05, 0.15))  # at any point of the supervisor's turn
        given = time.time()
        self._board.unhold(path, self._person.process)
        (task,) = (task for task in self._board.run("r1").tasks.values() if path in task.spec.files)
        self.wait_until(lambda: task.state is TaskState.DONE)
        return (task.since - given) * 1000

    def end(self) -> None:
        """Cancel the run and wait for its end."""
        self._board.wish("r1", Wish.CANCEL)
        self._command.wait()
        self._board.close()


def _cpu_seconds(pids: list[int]) -> float:
    times = [psutil.Process(pid).cpu_times() for pid in pids]
    return sum(time.user + time.system for time in times)
