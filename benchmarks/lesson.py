"""The scheme that this project grew from, to compare with: a spawned process for each task, a lock file for each claim.

A process scans the folder for a task without a result, claims it by creating its lock file exclusively, works, writes
the result and removes the lock. Nothing keeps a task from being claimed again by a process that looked for its result
before it was written and for its lock after it was removed: `run` tells how often that happened.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


def run(
    tasks: Sequence[float | str], workers: int, folder: Path, program: Sequence[str] = (__file__,)
) -> tuple[float, int]:
    """Do tasks in the new folder; gives the seconds it took and how many tasks ran again.

    A task is a length in seconds, or whatever `program` does: arguments of Python, which get the folder as their last.
    The scheme starts all processes at once; here at most `workers` live at a time, so that it can be compared.
    """
    folder.mkdir()
    for number, task in enumerate(tasks):
        (folder / f"{number:06}.task").write_text(str(task), encoding="ascii")

    def start(_: int) -> None:
        subprocess.run([sys.executable, *program, folder], check=True)

    began, started = time.monotonic(), 0
    while missing := len(tasks) - len(list(folder.glob("*.result"))):
        started += missing
        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(start, range(missing)))
    return time.monotonic() - began, started - len(tasks)


def claim(folder: str) -> str | None:
    """Take the first task of the folder that has no result and no lock; gives its path without the suffix."""
    for name in sorted(os.listdir(folder)):  # noqa: PTH208 (a process of this scheme imports as little as it can)
        task, suffix = os.path.splitext(os.path.join(folder, name))  # noqa: PTH118, PTH122
        if suffix == ".task" and not os.path.exists(f"{task}.result"):  # noqa: PTH110
            try:
                lock = os.open(f"{task}.lock", os.O_CREAT | os.O_EXCL | os.O_WRONLY)
            except FileExistsError:
                continue
            os.write(lock, f"{os.getpid()}\n".encode())
            os.close(lock)
            return task
    return None


def finish(task: str) -> None:
    """Write a task's result, then give its lock back."""
    with open(f"{task}.result", "w", encoding="ascii") as result:  # noqa: PTH123
        result.write("done\n")
    os.unlink(f"{task}.lock")  # noqa: PTH108


def _work(folder: str) -> None:
    task = claim(folder)
    if task is not None:
        with open(f"{task}.task", encoding="ascii") as length:  # noqa: PTH123
            time.sleep(float(length.read()))
        finish(task)


if __name__ == "__main__":
    _work(sys.argv[1])
