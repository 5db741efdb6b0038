"""How near runs of a model come to the ideal: `python -m benchmarks.model`, some 4 minutes; `--smoke`, seconds.

A double of the model's API answers each request after 2 seconds; a task needs two. For each number of workers a row of
a Markdown table says how long the whole command took, how near that is to the ideal schedule, how soon after the plan
the last worker was ready, and what memory each worker had for itself; then the same for the lesson's scheme
(benchmarks/lesson.py), a new process for each task, which asks the same model in the same way.

In the ideal schedule all workers ask at once, and nothing but the model needs time. A run's first request goes ahead of
the others until its answer begins, which here is its end: "of ideal" counts that against the run, "after it" does not.
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from attrs import Factory, define, frozen

from benchmarks import lesson
from lockboard.board import Board
from lockboard.model import ProcessKind, RunState
from parallel_refactor.engines.claude.engine import ClaudeEngine
from parallel_refactor.engines.interface import Job
from parallel_refactor.running.reading import WorkspaceReader
from tests.doubles.limits import Limits
from tests.doubles.model_api import Double, double
from tests.doubles.strict import KEY

_PROMPT = "Replace `value` by `worth`."
_REQUESTS = 2  # for each task: the edit, and the end
_FUNCTION = '''

def scaled_by_{number}(value: int) -> int:
    """Scale by {number}, or give 0."""
    return {number} * value
'''
_TEXT = '"""One of many modules."""\n' + "".join(_FUNCTION.format(number=number) for number in range(6))
_LOOK = 0.02
_WEIGH = 1.0  # seconds between two looks at the workers' memory


_LESSONS = 64  # so many tasks the lesson does at most: it needs a second of processor time for each


@frozen
class Work:
    """What to do: `rounds` tasks for each worker, and the seconds that the double takes for an answer."""

    rounds: int = 20
    seconds: float = 2.0

    def ideal(self, tasks: int, workers: int) -> float:
        """Give how long so many tasks take if nothing but the model needs time."""
        return math.ceil(tasks / workers) * _REQUESTS * self.seconds


@define
class Found:
    """What was measured: seconds of all, seconds until the workers were ready, bytes that each has for itself."""

    seconds: float = 0.0
    ready: float = math.nan
    private: dict[int, int] = Factory(dict)
    planned: float = 0.0

    def look(self, board: Board, workers: int) -> None:
        """See whether all workers are there."""
        board.refresh()
        now = time.monotonic()
        state = board.run("r1").state if board.state.runs else RunState.PLANNING
        if not self.planned and state is RunState.RUNNING:
            self.planned = now
        if self.planned and math.isnan(self.ready) and len(_workers(board)) >= workers:
            self.ready = now - self.planned

    def weigh(self, board: Board) -> None:
        """Look at the memory that each worker has for itself alone."""
        for pid in _workers(board):
            try:
                self.private[pid] = max(self.private.get(pid, 0), psutil.Process(pid).memory_full_info().uss)
            except psutil.Error:
                continue  # it has just ended


def measure(work: Work, workers: int) -> str:
    """Run both schemes and give the row of the table."""
    tasks, few = work.rounds * workers, min(work.rounds * workers, _LESSONS)
    with tempfile.TemporaryDirectory() as scratch:
        with double(limits=Limits(work.seconds)) as served:
            ours = _ours(tasks, workers, Path(scratch, "workspace"), served)
            _require_all(served, tasks)
        with double(limits=Limits(work.seconds)) as served:
            theirs, again = _lesson(few, workers, Path(scratch, "others"), served)
    ideal, lesson_ideal = work.ideal(tasks, workers), work.ideal(few, workers)
    memory = [size / 1e6 for size in ours.private.values()]
    return (
        f"| {workers} | {tasks} | {ideal:.1f} | {ours.seconds:.1f} | {ideal / ours.seconds:.3f} "
        f"| {ideal / (ours.seconds - work.seconds):.3f} | {ours.ready:.1f} "
        f"| {sum(memory) / len(memory):.1f} | {max(memory):.1f} "
        f"| {few} | {lesson_ideal:.1f} | {theirs:.1f} | {lesson_ideal / theirs:.3f} | {again} |"
    )


def _workers(board: Board) -> list[int]:
    return [process.pid for process in board.state.processes.values() if process.kind is ProcessKind.WORKER]


def _write(folder: Path, count: int) -> list[Path]:
    folder.mkdir()
    paths = [folder / f"module_{number:04}.py" for number in range(count)]
    for path in paths:
        path.write_text(_TEXT, encoding="ascii")
    return paths


def _require_all(served: Double, tasks: int) -> None:
    if served.books.completed != tasks * _REQUESTS:
        raise RuntimeError(f"{tasks * _REQUESTS} answers were wanted: {served.books.completed}")


def _ours(tasks: int, workers: int, workspace: Path, served: Double) -> Found:
    """Time the command over a workspace with a file for each task."""
    _write(workspace, tasks)
    options = ["--engine", "claude", "--option", f"base_url={served.url}", "--workers", str(workers), "--yes", "--json"]
    found = Found()
    began, weighed = time.monotonic(), 0.0
    board = Board(workspace, create=True)
    with _command([sys.executable, "-m", "parallel_refactor", "run", _PROMPT, ".", *options], workspace) as running:
        while running.poll() is None:
            found.look(board, workers)
            if not math.isnan(found.ready) and time.monotonic() - weighed > _WEIGH:
                found.weigh(board)
                weighed = time.monotonic()
            time.sleep(_LOOK)
    found.seconds = time.monotonic() - began
    board.close()
    return found


@contextmanager
def _command(command: list[str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command to its end; raises RuntimeError with what it said where it fails."""
    with tempfile.TemporaryFile() as said, subprocess.Popen(command, cwd=folder, stdout=said, stderr=said) as running:
        yield running
        if running.returncode:
            said.seek(0)
            raise RuntimeError(f"the run ended with {running.returncode}: {said.read().decode()}")


def _lesson(tasks: int, workers: int, home: Path, served: Double) -> tuple[float, int]:
    """Time the lesson's scheme over as many files."""
    jobs = [f"{served.url} {path}" for path in _write(home, tasks)]
    return lesson.run(jobs, workers, home / "lesson", ("-m", "benchmarks.model", "--one"))


def _one(folder: str) -> None:
    """Be a process of the lesson's scheme: do one task."""
    task = lesson.claim(folder)
    if task is None:
        return
    url, name = Path(f"{task}.task").read_text(encoding="ascii").split(" ", 1)
    path = Path(name)
    job = Job({path.name: path.read_bytes()}, _PROMPT, {"base_url": url})
    result = ClaudeEngine().run(job, WorkspaceReader(path.parent), lambda: False)
    path.write_bytes(result.files[0].new or b"")
    lesson.finish(task)


def main() -> None:
    """Print the table, row by row as they are measured."""
    usual = Work()
    parser = argparse.ArgumentParser(prog="python -m benchmarks.model", description=__doc__)
    parser.add_argument("--workers", default="16,64", help="numbers of workers, with commas (%(default)s)")
    parser.add_argument("--rounds", type=int, default=usual.rounds, help="tasks for each worker (%(default)s)")
    parser.add_argument("--seconds", type=float, default=usual.seconds, help="of an answer (%(default)s)")
    parser.add_argument("--smoke", action="store_true", help="a few short tasks on 4 workers")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    given = parser.parse_args()
    os.environ["ANTHROPIC_API_KEY"] = KEY
    if given.one:
        _one(given.one)
        return
    work = Work(given.rounds, given.seconds)
    numbers = [int(number) for number in given.workers.split(",")]
    if given.smoke:
        work, numbers = Work(rounds=2, seconds=0.7), [2]
    print("| workers | tasks | ideal s | run s | of ideal | after it | ready s | MB each | at most ", end="")
    print("| lesson: tasks | ideal s | run s | of ideal | run twice |")
    print("| ---: " * 14 + "|")
    for workers in numbers:
        print(measure(work, workers), flush=True)


if __name__ == "__main__":
    main()
