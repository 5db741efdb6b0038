"""Runs of a model whose server fails, turns requests away, or whose workers are killed: what they cost is never missed.

`python -m tests.faults.model` does it at full size; the test suite does it small.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
from attrs import asdict, define, field

from lockboard.model import Process, RunState, TaskState
from parallel_refactor.running.budget import raise_limits
from parallel_refactor.running.estimate import estimate_run
from parallel_refactor.running.ledger import books_of
from parallel_refactor.running.report import Report
from parallel_refactor.running.request import RunRequest
from parallel_refactor.running.spending import Answered, Asked
from parallel_refactor.running.start import resume_run, start_run
from tests.doubles.faults import KINDS, TURNS, Faults
from tests.doubles.limits import Limits
from tests.doubles.model_api import Double, double
from tests.doubles.strict import KEY
from tests.faults.model_books import billed, lines, money_problems
from tests.running.runs import Runs, kill, runs_in

PROMPT = "Replace `value` by `worth`."
_LEAST = 5  # times that a trial of all faults must meet each of them


@define
class Trial:
    """What to do, and what came of it.

    The `first` requests are turned away, whoever sends them; then a `rate` of all fail, in all `kinds`. `share`: of
    what the run is estimated to cost, which it may spend (0: no limit). `kills` of workers that have a request under
    way; `halfway`: all processes of the run are killed when half of its tasks are done. `most` requests at once are
    taken by the server. `play`: how the model behaves.
    """

    files: int = 200
    workers: int = 16
    first: int = 0
    rate: float = 0.0
    kinds: tuple[str, ...] = KINDS
    share: float = 0.0
    kills: int = 0
    halfway: bool = False
    most: int = 0
    play: str = ""
    after: float = 0.5
    seconds: float = 0.0
    seed: int = 0
    killed: int = 0
    state: str = ""
    cap: float = 0.0
    spent: float = 0.0
    unsure: float = 0.0
    billed: float = 0.0
    requests: int = 0
    turned_away: int = 0
    faults: dict[str, int] = field(factory=dict)
    length: float = 0.0
    problems: list[str] = field(factory=list)


def try_out(runs: Runs, trial: Trial) -> Trial:
    """Run it to its end, or until its budget is spent, and tell in `problems` what is not as it should be."""
    paths = runs.write(trial.files)
    limits = Limits(trial.seconds, trial.most, trial.after)
    began = time.monotonic()
    faults = Faults(("429", "529") * (trial.first // 2), trial.rate, trial.kinds, trial.seed)
    with _key(), double(faults, limits) as served:
        run = start_run(runs.board, _request(trial, served, confirm=bool(trial.share)))
        if trial.share:
            _limit(runs, run, trial)
        _kill(runs, run, trial)
        if trial.halfway:
            _kill_all(runs, run, served, trial)
        runs.reach(run, RunState.PAUSED, RunState.DONE, RunState.FAILED)
        trial.state = runs.run(run).state
        _count_money(runs, run, served, trial)
        if trial.state == RunState.PAUSED:
            _go_on(runs, run, served, trial, max_cost=1000.0)
        found = runs.end(run)
        trial.problems += _other_problems(runs, run, paths, found, trial)
        trial.requests, trial.turned_away = len(served.books.requests), limits.turned_away
        trial.faults = dict(served.faults.done)
        if trial.play and trial.files >= Trial().files and min(trial.faults.values()) < _LEAST:
            trial.problems.append(f"not each fault came {_LEAST} times: {trial.faults}")
    trial.length = round(time.monotonic() - began, 1)
    return trial


def _request(trial: Trial, served: Double, **more: Any) -> RunRequest:
    options = {"base_url": served.url, "timeout": 1, "max_tokens": 400}
    prompt = f"{PROMPT} [play: {trial.play}]" if trial.play else PROMPT
    return RunRequest(engine="claude", prompt=prompt, workers=trial.workers, options=options, attempts=100_000, **more)


def _limit(runs: Runs, run: str, trial: Trial) -> None:
    """Let the run spend a part of what it is estimated to cost, and start it."""
    found = runs.reach(run, RunState.ASKING)
    cost = estimate_run(runs.board, found)
    assert cost
    assert cost.dollars
    trial.cap = cost.dollars * trial.share
    raise_limits(runs.board, run, trial.cap)
    resume_run(runs.board, run)


def _kill(runs: Runs, run: str, trial: Trial) -> None:
    generator = random.Random(trial.seed)
    while trial.killed < trial.kills and not runs.run(run).state.ended:
        time.sleep(generator.expovariate(10))
        if under_way := _under_way(runs, run):
            kill(generator.choice(under_way))
            trial.killed += 1


def _under_way(runs: Runs, run: str) -> list[Process]:
    """Give the living workers that have a request under way."""
    if not (runs.board.layout.run(run) / "spending.jsonl").exists():
        return []
    asked = {line.seq: line.entry.worker for line in lines(runs, run) if isinstance(line.entry, Asked)}
    for line in lines(runs, run):
        if isinstance(line.entry, Answered):
            asked.pop(line.entry.ask, None)
    owners = set(asked.values())
    return [process for process in runs.workers(run) if process.id in owners and runs.board.is_alive(process.id)]


def _kill_all(runs: Runs, run: str, served: Double, trial: Trial) -> None:
    """End the run's supervisor and workers, all at once, when half of the tasks are done; then resume it."""
    runs.until(lambda: 2 * _done(runs, run) >= trial.files, "half of the tasks are done")
    for process in runs.family():
        with suppress(psutil.NoSuchProcess):
            process.kill()
        trial.killed += 1
    runs.until(lambda: not runs.board.has_supervisor(run), "the supervisor is dead")
    _go_on(runs, run, served, trial)


def _done(runs: Runs, run: str) -> int:
    return sum(task.state.ended for task in runs.run(run).tasks.values())


def _count_money(runs: Runs, run: str, served: Double, trial: Trial) -> None:
    """Compare our books with the server's."""
    books = books_of(runs.board, run)
    trial.spent, trial.unsure, trial.billed = books.total.dollars, books.total.unsure_dollars, billed(served)
    trial.problems += money_problems(runs, run, served, books, killed=bool(trial.killed))
    if trial.cap and max(trial.spent, trial.billed) > trial.cap:
        trial.problems.append(f"{trial.spent} is spent, {trial.billed} is billed, and {trial.cap} is allowed")


def _go_on(runs: Runs, run: str, served: Double, trial: Trial, max_cost: float | None = None) -> None:
    """Resume a run: what is done must not be asked for again, nor paid for."""
    finished = {
        task.spec.id: task.spec.files
        for task in runs.run(run).tasks.values()
        if task.state.ended or task.state is TaskState.SUBMITTED
    }
    if not finished:
        trial.problems.append("nothing was done before the run stood still")
    done = {path for files in finished.values() for path in files}
    before, paid = len(served.books.requests), books_of(runs.board, run).by_task
    resume_run(runs.board, run, max_cost)
    runs.reach(run, RunState.DONE, RunState.FAILED)
    again = {
        path for path in done for body in served.books.requests[before:] if f'"{path}"' in str(body["messages"][0])
    }
    if again:
        trial.problems.append(f"asked for again: {sorted(again)}")
    now = books_of(runs.board, run).by_task
    if twice := [task for task in finished if now[task] != paid[task]]:
        trial.problems.append(f"paid for again: {twice}")


def _other_problems(runs: Runs, run: str, paths: list[str], found: Report, trial: Trial) -> Iterator[str]:
    if found.state != RunState.DONE or found.tasks["done"] != len(paths):
        yield f"the run is {found.state}: {found.tasks}"
    for number, path in enumerate(paths):
        wanted = f"worth = {number}\n" * (1 + number % 5)
        if (text := (runs.root / path).read_text()) != wanted:
            yield f"{path} is {text!r}"
    if found.spent and found.spent.books.under_way:
        yield f"never settled: {found.spent.books.under_way}"
    if trial.killed < trial.kills:
        yield f"the run ended before all kills were made: {trial.killed}"


@contextmanager
def _key() -> Iterator[None]:
    before = os.environ.get("ANTHROPIC_API_KEY")
    os.environ["ANTHROPIC_API_KEY"] = KEY
    try:
        yield
    finally:
        if before is None:
            del os.environ["ANTHROPIC_API_KEY"]
        else:
            os.environ["ANTHROPIC_API_KEY"] = before


TRIALS: dict[str, dict[str, Any]] = {
    "all faults": {"rate": 0.1, "kinds": (*KINDS, *TURNS), "play": "thorough"},
    "halfway": {"rate": 0.1, "halfway": True, "seconds": 0.2},
    "cap": {"share": 0.4, "seconds": 0.1},
    "cap and faults": {"share": 0.4, "rate": 0.1},
    "kills": {"kills": 40, "seconds": 0.3},
    "kills and faults": {"kills": 40, "rate": 0.1, "seconds": 0.3},
    "storm": {"first": 60, "after": 0.2},
    "crowd": {"most": 4, "seconds": 0.5},
}
"""What the full form tries."""


def main() -> int:
    """Print the figures as JSON; the exit code tells whether there was a problem."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--files", type=int, default=Trial().files)
    parser.add_argument("--workers", type=int, default=Trial().workers)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("trial", nargs="*", choices=[[], *TRIALS], default=[])
    args = parser.parse_args()
    failed = False
    for name in args.trial or TRIALS:
        trial = Trial(files=args.files, workers=args.workers, seed=args.seed, **TRIALS[name])
        with tempfile.TemporaryDirectory() as folder, runs_in(Path(folder, "workspace")) as runs:
            try_out(runs, trial)
        sys.stdout.write(f"{name}: {json.dumps(asdict(trial), indent=2)}\n")
        failed |= bool(trial.problems)
    return failed


if __name__ == "__main__":
    sys.exit(main())
