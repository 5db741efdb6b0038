"""Kills workers and supervisors of one run at random, and looks whether anybody could tell afterwards.

`python -m tests.faults.kills` does it at full size; the test suite does it small.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from attrs import asdict, define, field

from lockboard.entries import Landed, decode
from lockboard.log import Log
from lockboard.model import RunState, TaskState
from parallel_refactor.engines.simulate import MARK
from parallel_refactor.running.start import ensure_supervisor
from tests.running.runs import Runs, before, kill, runs_in

_SPREAD = 0.6  # the part of the undisturbed length of the run over which the kills are spread


@define
class Kills:
    """What to do, and how often it was done."""

    files: int = 1000
    seconds: float = 0.3
    workers: int = 16
    worker_kills: int = 100
    supervisor_kills: int = 5
    seed: int = 0
    killed_workers: int = 0
    killed_supervisors: int = 0
    attempts: int = 0
    length: float = 0.0
    problems: list[str] = field(factory=list)


def kill_at_random(runs: Runs, kills: Kills) -> Kills:
    """Run the simulate engine, kill, resume, and tell in `problems` what is not as if nothing had happened."""
    runs.write(kills.files)
    began = time.monotonic()
    run = runs.start(workers=kills.workers, options={"seconds": kills.seconds}, attempts=100_000)
    generator = random.Random(kills.seed)
    victims = ["worker"] * kills.worker_kills + ["supervisor"] * kills.supervisor_kills
    generator.shuffle(victims)
    pause = _SPREAD * kills.files * kills.seconds / kills.workers / len(victims)
    runs.until(lambda: runs.workers(run), "the first worker has joined")
    for victim in victims:
        time.sleep(generator.expovariate(1 / pause))
        if victim == "worker":
            kills.killed_workers += _kill_worker(runs, run, generator)
        else:
            kills.killed_supervisors += _kill_supervisor(runs, run)
        if runs.run(run).state.ended:
            break
    runs.end(run)
    kills.length = round(time.monotonic() - began, 1)
    kills.problems = _problems(runs, run, kills)
    return kills


def _kill_worker(runs: Runs, run: str, generator: random.Random) -> bool:
    """Kill one worker, whatever it is doing; False where none lives."""
    while not runs.run(run).state.ended:
        if workers := [worker for worker in runs.workers(run) if runs.board.is_alive(worker.id)]:
            kill(generator.choice(workers))
            return True
    return False


def _kill_supervisor(runs: Runs, run: str) -> bool:
    """Kill the supervisor, and start another as `resume` does."""
    if not runs.board.has_supervisor(run) or runs.run(run).state.ended:
        return False
    kill(runs.supervisor(run))
    runs.until(lambda: not runs.board.has_supervisor(run), "the supervisor is dead")
    ensure_supervisor(runs.board, run)
    return True


def _problems(runs: Runs, run: str, kills: Kills) -> list[str]:
    found = runs.run(run)
    tasks = runs.board.run_tasks(run)
    kills.attempts = sum(task.attempts for task in tasks.values())
    problems = []
    if found.state is not RunState.DONE:
        problems.append(f"the run is {found.state}: {found.reason}")
    if (kills.killed_workers, kills.killed_supervisors) != (kills.worker_kills, kills.supervisor_kills):
        problems.append("the run ended before all kills were made")
    problems += [f"task {name} is {task.state}" for name, task in tasks.items() if task.state is not TaskState.DONE]
    problems += [f"{path} is half done or done twice" for path in _wrong_files(runs, kills)]
    landed = _landings(runs, run)
    problems += [f"task {name} landed {count} times" for name, count in landed.items() if count != 1]
    problems += [f"task {name} never landed" for name in tasks.keys() - landed.keys()]
    problems += [f"{lock.path} is still locked" for lock in runs.board.state.locks.values()]
    problems += [f"{path} is still shown as locked" for path in (runs.board.layout.board / "locks").glob("*.lock")]
    return problems


def _wrong_files(runs: Runs, kills: Kills) -> list[str]:
    wanted = {f"m{number:04}.py": f"{before(number)}# {MARK}\n" for number in range(kills.files)}
    found = {path.name: path.read_text() for path in runs.root.glob("*.py")}
    return [path for path in wanted | found if wanted.get(path) != found.get(path)]


def _landings(runs: Runs, run: str) -> Counter[str]:
    log = Log(runs.board.layout.board / "log.jsonl", decode)
    try:
        landed = [line.entry for line in log.read() if isinstance(line.entry, Landed)]
    finally:
        log.close()
    return Counter(task for entry in landed if entry.run == run for task in entry.tasks)


def main() -> int:
    """Print the figures as JSON; the exit code tells whether there was a problem."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    for name in ("files", "workers", "worker-kills", "supervisor-kills"):
        parser.add_argument(f"--{name}", type=int, default=getattr(Kills(), name.replace("-", "_")))
    parser.add_argument("--seconds", type=float, default=Kills().seconds)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    kills = Kills(**vars(parser.parse_args()))
    with tempfile.TemporaryDirectory() as folder, runs_in(Path(folder, "workspace")) as runs:
        kill_at_random(runs, kills)
    sys.stdout.write(json.dumps(asdict(kills), indent=2) + "\n")
    return 1 if kills.problems else 0


if __name__ == "__main__":
    sys.exit(main())
