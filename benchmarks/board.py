"""How fast our board is, beside others: `python -m benchmarks.board`, some twenty minutes; `--smoke`, seconds.

A cycle is a task's whole way over the board: claimed with its three files and a token, submitted, landed and its files
free. Nothing in the files changes, so that no contents are made durable, and landing is a line of the log. Ours, the
lesson's board, SQLite and Redis (where redis-server is installed) take turns. Each measurement ends when all tasks are
done or the seconds are over; from several rounds the table gives the median of cycles per second and CPU, the longest
wait of one claim, and how many tasks were done again. Beside one process of ours stand the bare system calls of its
cycles (benchmarks/bare.py). The second table has ratios, and what waiting workers cost (benchmarks/waiting.py).
"""

from __future__ import annotations

import argparse
import multiprocessing
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path

import psutil
from attrs import frozen

from benchmarks import bare, waiting
from benchmarks.contenders import LESSON, LOCKBOARD, Contender, Seat
from benchmarks.databases import REDIS, SQLITE

if sys.platform == "win32":
    _context = multiprocessing.get_context("spawn")
else:
    _context = multiprocessing.get_context("forkserver")
    _context.set_forkserver_preload(["benchmarks.databases"])


@frozen
class Load:
    """What is measured: numbers of tasks and processes, how often, and how long at most, in seconds."""

    tasks: Sequence[int] = (1_000, 10_000)
    processes: Sequence[int] = (1, 16, 64)
    rounds: int = 3
    seconds: float = 3.0


@frozen
class Result:
    """One measurement. Times are in seconds; `cpu` is of all processes together."""

    cycles: int
    seconds: float
    wait: float
    again: int
    cpu: float

    @property
    def rate(self) -> float:
        """Cycles per second."""
        return self.cycles / self.seconds


def measure(contender: Contender, tasks: int, processes: int, seconds: float) -> Result:
    """Have so many processes do the tasks of a new board, for some seconds at most."""
    with tempfile.TemporaryDirectory() as scratch, contender.serve(folder := Path(scratch).resolve()) as server:
        contender.fill(folder, tasks)
        pipes = []
        for _ in range(processes):
            ours, theirs = _context.Pipe()
            _context.Process(target=_take_part, args=(contender.sit, folder, seconds, theirs), daemon=True).start()
            theirs.close()
            pipes.append(ours)
        for pipe in pipes:
            pipe.recv()  # it has its seat
        cpu, began = _cpu_of(server), time.monotonic()
        for pipe in pipes:
            pipe.send(began)
        parts = [pipe.recv() for pipe in pipes]
        cpu = _cpu_of(server) - cpu
    done = [task for part in parts for task in part[0]]
    ended = max(part[1] for part in parts)
    wait, used = max(part[2] for part in parts), sum(part[3] for part in parts)
    return Result(len(done), ended - began, wait, len(done) - len(set(done)), cpu + used)


def _take_part(sit: Callable[[Path], Seat], folder: Path, seconds: float, pipe: Connection) -> None:
    seat = sit(folder)
    pipe.send(None)
    end, cpu = pipe.recv() + seconds, time.process_time()
    done, longest, now = [], 0.0, time.monotonic()
    while now < end:
        task = seat.claim()
        longest = max(longest, time.monotonic() - now)
        if task is None:
            break
        seat.submit()
        done.append(task)
        now = time.monotonic()
    seat.leave()
    pipe.send((done, time.monotonic(), longest, time.process_time() - cpu))


def _cpu_of(process: int) -> float:
    times = psutil.Process(process).cpu_times() if process else None
    return times.user + times.system if times else 0.0


def compare(load: Load, contenders: Sequence[Contender]) -> dict[tuple[int, int, str], float]:
    """Print the table row by row; gives (tasks, processes, name) -> cycles per second."""
    print("| tasks | processes | board | cycles/s | longest wait of a claim, ms | done again | CPU ms per cycle |")
    print("| ---: | ---: | :--- | ---: | ---: | ---: | ---: |")
    rates = {}
    for tasks in load.tasks:
        for processes in load.processes:
            found: dict[str, list[Result]] = {contender.name: [] for contender in contenders}
            bare_rates = []
            for _ in range(load.rounds):
                if processes == 1:
                    bare_rates.append(_bare(tasks))
                for contender in contenders:
                    found[contender.name].append(measure(contender, tasks, processes, load.seconds))
            for name, results in found.items():
                rates[tasks, processes, name] = statistics.median(result.rate for result in results)
                print(f"| {tasks} | {processes} | {name} | {_cells(results)} |", flush=True)
            if bare_rates:
                rates[tasks, processes, "bare"] = rate = statistics.median(bare_rates)
                print(f"| {tasks} | {processes} | bare system calls | {rate:.0f} | | | |", flush=True)
    return rates


def _bare(tasks: int) -> float:
    with tempfile.TemporaryDirectory() as scratch:
        return bare.cycles_per_second(Path(scratch, "bare"), tasks)


def _cells(results: Sequence[Result]) -> str:
    rate = statistics.median(result.rate for result in results)
    wait = max(result.wait for result in results) * 1000
    again = sum(result.again for result in results)
    cpu = statistics.median(result.cpu / result.cycles for result in results) * 1000
    return f"{rate:.0f} | {wait:.0f} | {again} | {cpu:.2f}"


def ratios(load: Load, rates: dict[tuple[int, int, str], float]) -> list[str]:
    """Give the rows about the aims that this load has the figures for."""
    few, many = min(load.tasks), max(load.tasks)
    rows = [
        (
            f"{number} processes, {many} tasks: to SQLite",
            rates[many, number, "lockboard"] / rates[many, number, "SQLite"],
        )
        for number in load.processes
    ]
    if 1 in load.processes:
        rows.append(("one process: to its system calls", rates[many, 1, "lockboard"] / rates[many, 1, "bare"]))
    rows += [
        (
            f"{number} processes: {many} tasks to {few}",
            rates[many, number, "lockboard"] / rates[few, number, "lockboard"],
        )
        for number in load.processes
        if many > few
    ]
    return [f"| {name} | {ratio:.2f} |" for name, ratio in rows]


def main() -> None:
    """Print both tables."""
    usual = Load()
    parser = argparse.ArgumentParser(prog="python -m benchmarks.board", description=__doc__)
    parser.add_argument("--tasks", default="1000,10000", help="numbers of tasks, with commas (%(default)s)")
    parser.add_argument("--processes", default="1,16,64", help="numbers of processes, with commas (%(default)s)")
    parser.add_argument("--rounds", type=int, default=usual.rounds, help="how often (%(default)s)")
    parser.add_argument("--seconds", type=float, default=usual.seconds, help="each measurement's most (%(default)s)")
    parser.add_argument("--boards", default="lockboard,lesson,SQLite,Redis", help="which, with commas (%(default)s)")
    parser.add_argument("--waiting", type=int, default=64, help="how many workers wait, 0 for none (%(default)s)")
    parser.add_argument("--smoke", action="store_true", help="a few tasks, two processes")
    given = parser.parse_args()
    load = Load(_numbers(given.tasks), _numbers(given.processes), given.rounds, given.seconds)
    watch = waiting.Watch(workers=given.waiting)
    if given.smoke:
        load, watch = Load((20, 40), (1, 2), rounds=1), waiting.Watch(workers=2, idle=1.0, wakings=3)
    contenders = [found for found in (LOCKBOARD, LESSON, SQLITE, REDIS) if found.name in given.boards.split(",")]
    if REDIS in contenders and not shutil.which("redis-server"):
        print("redis-server is not installed: left out", file=sys.stderr)
        contenders.remove(REDIS)
    rates = compare(load, contenders)
    print("\n| | measured |\n| :--- | ---: |")
    if {LOCKBOARD, SQLITE} <= set(contenders):
        print("\n".join(ratios(load, rates)), flush=True)
    if watch.workers:
        print("\n".join(waiting.measure(watch)))


def _numbers(words: str) -> tuple[int, ...]:
    return tuple(int(word) for word in words.split(","))


if __name__ == "__main__":
    main()
