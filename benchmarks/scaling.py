"""How near a run comes to the ideal schedule: `python -m benchmarks.scaling`, some 20 minutes; `--smoke`, seconds.

The tasks wait and use no processor (engine `simulate`), their lengths are lognormal and known beforehand. For each
number of workers it prints, as a Markdown table, the whole command from start to end, the ideal schedule of the same
lengths, and the lesson's scheme (benchmarks/lesson.py) on the same lengths, and how much of the ideal each reaches.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from attrs import frozen

from benchmarks import lesson
from benchmarks.schedule import largest_first, lower_bound
from parallel_refactor.engines.simulate import seconds_for

_BYTES_PER_SECOND = 2_000


@frozen
class Work:
    """The tasks: how many, their mean length in seconds, and the sigma of its logarithm.

    A measurement does fewer where the ideal schedule of all would be longer than `at_most` seconds.
    """

    tasks: int = 1000
    mean: float = 2.0
    spread: float = 0.8
    at_most: float = 130.0

    @property
    def options(self) -> dict[str, str]:
        """The options of the engine."""
        return {"seconds": str(self.mean), "spread": str(self.spread), "seed": "scaling"}

    def lengths(self, workers: int) -> dict[str, float]:
        """Give file -> seconds for a measurement with that many workers."""
        fitting = max(workers, int(self.at_most * workers / self.mean))
        names = [f"task_{number:04}.py" for number in range(min(self.tasks, fitting))]
        return {name: seconds_for(name, self.options) for name in names}


def measure(work: Work, workers: int) -> str:
    """Run both schemes and give the row of the table."""
    by_file = work.lengths(workers)
    lengths = list(by_file.values())
    with tempfile.TemporaryDirectory() as scratch:
        ours = _ours(work, by_file, workers, Path(scratch, "workspace"))
        theirs, again = lesson.run(lengths, workers, Path(scratch, "lesson"))
    ideal, bound = largest_first(lengths, workers), lower_bound(lengths, workers)
    return (
        f"| {workers} | {len(lengths)} | {bound:.1f} | {ideal:.1f} | {ours:.1f} | {ideal / ours:.3f} "
        f"| {theirs:.1f} | {ideal / theirs:.3f} | {again} |"
    )


def _ours(work: Work, lengths: dict[str, float], workers: int, workspace: Path) -> float:
    """Time the command over a workspace with a file for each task, sized by its length."""
    workspace.mkdir()
    for name, length in lengths.items():
        # A file that does not parse is a task of its own; so there are as many tasks as files.
        (workspace / name).write_text(")\n" + "# waiting\n" * int(length * _BYTES_PER_SECOND / 10), encoding="ascii")
    options = [word for name, value in work.options.items() for word in ("--option", f"{name}={value}")]
    command = ["run", "Wait", ".", "--engine", "simulate", "--workers", str(workers), "--yes", "--json", *options]
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "parallel_refactor", *command],
        cwd=workspace,
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.monotonic() - began
    if done.returncode:
        raise RuntimeError(f"the run ended with {done.returncode}: {done.stdout}{done.stderr}")
    tasks = json.loads(done.stdout)["tasks"]
    if tasks["done"] != len(lengths):
        raise RuntimeError(f"{len(lengths)} tasks were wanted: {tasks}")
    return seconds


def main() -> None:
    """Print the table, row by row as they are measured."""
    usual = Work()
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scaling", description=__doc__)
    parser.add_argument("--workers", default="1,2,4,8,16,32,64", help="numbers of workers, with commas (%(default)s)")
    parser.add_argument("--tasks", type=int, default=usual.tasks, help="how many tasks (%(default)s)")
    parser.add_argument("--mean", type=float, default=usual.mean, help="their mean length in seconds (%(default)s)")
    parser.add_argument("--spread", type=float, default=usual.spread, help="sigma of its logarithm (%(default)s)")
    parser.add_argument(
        "--at-most",
        type=float,
        default=usual.at_most,
        help="do fewer tasks where the ideal would take longer (%(default)s s)",
    )
    parser.add_argument("--smoke", action="store_true", help="a few short tasks on 1 and 4 workers")
    given = parser.parse_args()
    work = Work(given.tasks, given.mean, given.spread, given.at_most)
    numbers = [int(number) for number in given.workers.split(",")]
    if given.smoke:
        work, numbers = Work(tasks=20, mean=0.1), [1, 4]
    print("| workers | tasks | lower bound s | ideal s | run s | of ideal | lesson s | of ideal | tasks run twice |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for workers in numbers:
        print(measure(work, workers), flush=True)


if __name__ == "__main__":
    main()
