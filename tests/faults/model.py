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
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import asdict, define, field

from lockboard.model import Process, RunState
from parallel_refactor.engines.claude.prices import default_model, price
from parallel_refactor.running.budget import raise_limits
from parallel_refactor.running.estimate import estimate_run
from parallel_refactor.running.report import Report, report
from parallel_refactor.running.request import RunRequest
from parallel_refactor.running.spending import TOKENS, Answered, Asked, Line, decode
from parallel_refactor.running.start import resume_run, start_run
from tests.doubles.faults import KINDS, Faults
from tests.doubles.limits import Limits
from tests.doubles.model_api import Double, double
from tests.doubles.strict import KEY
from tests.running.runs import Runs, kill, runs_in

PROMPT = "Replace `value` by `worth`."
_DOUBLES = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "output_tokens")


@define
class Trial:
    """What to do, and what came of it.

    The `first` requests are turned away, whoever sends them; then a `rate` of all fail, in all `kinds`. `share`: of
    what the run is estimated to cost, which it may spend (0: no limit). `kills` of workers that have a request under
    way. `most` requests at once are taken by the server.
    """

    files: int = 200
    workers: int = 16
    first: int = 0
    rate: float = 0.0
    kinds: tuple[str, ...] = KINDS
    share: float = 0.0
    kills: int = 0
    most: int = 0
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
        runs.reach(run, RunState.PAUSED, RunState.DONE, RunState.FAILED)
        trial.state = runs.run(run).state
        found = report(runs.board, run)
        trial.problems += _money_problems(runs, run, trial, served, found)
        if trial.state == RunState.PAUSED:
            _go_on(runs, run, served, trial)
        found = runs.end(run)
        trial.problems += _other_problems(runs, run, paths, found, trial)
        trial.requests, trial.turned_away = len(served.books.requests), limits.turned_away
        trial.faults = dict(served.faults.done)
    trial.length = round(time.monotonic() - began, 1)
    return trial


def lines(runs: Runs, run: str) -> list[Line]:
    """Read what is in a run's ledger."""
    raw = (runs.board.layout.run(run) / "spending.jsonl").read_bytes()
    return [decode(line, 0) for line in raw.split(b"\n")[:-1]]


def _request(trial: Trial, served: Double, **more: Any) -> RunRequest:
    options = {"base_url": served.url, "timeout": 1, "max_tokens": 400}
    return RunRequest(engine="claude", prompt=PROMPT, workers=trial.workers, options=options, attempts=100_000, **more)


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


def _money_problems(runs: Runs, run: str, trial: Trial, served: Double, found: Report) -> Iterator[str]:
    """Compare our books with the server's."""
    assert found.spent
    total = found.spent.books.total
    trial.spent, trial.unsure = total.dollars, total.unsure_dollars
    trial.billed = _dollars(served.books.begun)
    if found.spent.books.under_way:
        yield f"never settled: {found.spent.books.under_way}"
    if trial.spent < trial.billed - 1e-9:
        yield f"{trial.billed} is billed, and the books have {trial.spent}"
    if trial.cap and max(trial.spent, trial.billed) > trial.cap:
        yield f"{trial.spent} is spent, and {trial.cap} is allowed"
    ours = Counter(tuple(line.entry.tokens[kind] for kind in TOKENS) for line in _sure(runs, run))
    theirs = Counter(tuple(answer[kind] for kind in _DOUBLES) for answer in served.books.answers)
    if (ours - theirs) or (not trial.kills and ours != theirs):
        yield f"the books have {ours - theirs} that the server did not say, and lack {theirs - ours}"
    yield from _too_early(runs, run)


def _sure(runs: Runs, run: str) -> Iterator[Any]:
    return (
        line for line in lines(runs, run) if isinstance(line.entry, Answered) and line.entry.sure and line.entry.tokens
    )


def _too_early(runs: Runs, run: str) -> Iterator[str]:
    """Find requests that were let through before the moment that the server, or a worker's own patience, had named."""
    offset, opens = time.time() - time.monotonic(), 0.0
    for line in lines(runs, run):
        if isinstance(line.entry, Answered):
            opens = max(opens, line.entry.opens)
        elif isinstance(line.entry, Asked) and line.at - offset < opens - 0.005:
            yield f"line {line.seq} asks {opens + offset - line.at:.3f} s too early"


def _go_on(runs: Runs, run: str, served: Double, trial: Trial) -> None:
    """Resume a run whose budget was spent: what is done must not be asked for again."""
    done = {path for task in runs.run(run).tasks.values() if task.state.ended for path in task.spec.files}
    if not done:
        trial.problems.append("nothing was done before the budget was spent")
    before = len(served.books.requests)
    resume_run(runs.board, run, max_cost=1000.0)
    runs.reach(run, RunState.DONE, RunState.FAILED)
    again = {
        path for path in done for body in served.books.requests[before:] if f'"{path}"' in str(body["messages"][0])
    }
    if again:
        trial.problems.append(f"asked for again: {sorted(again)}")


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


def _dollars(tokens: Counter[str]) -> float:
    names = dict(zip(_DOUBLES, TOKENS, strict=True))
    found = price(default_model(), {names[kind]: number for kind, number in tokens.items()})
    assert found is not None
    return found


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
    "faults": {"rate": 0.1},
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
