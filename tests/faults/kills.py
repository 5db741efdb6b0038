"""Kills and stops workers and supervisors of real runs at random, while people hold, take and edit files.

Nobody may be able to tell afterwards: every file is changed once, what people typed is there, an undo gives back what
was before, and a redo what was after, to the byte.

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
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import psutil
from attrs import asdict, define, field

from lockboard.entries import Landed, decode
from lockboard.log import Log
from lockboard.model import Process, RunState, TaskState
from parallel_refactor.engines.simulate import MARK
from parallel_refactor.running.start import ensure_supervisor, start_undo
from tests.faults import actors
from tests.faults.history import Diary, What, mark, read, violations
from tests.running.runs import Runs, before, kill, runs_in

_SPREAD = 0.6  # the part of the run's files over which the attacks are spread
_LEASE = 3.0  # seconds; the shortest that a run takes
_LINE = f"# {MARK}\n".encode()

Asleep = list[tuple[float, psutil.Process]]
"""Stopped processes, and when each is to go on."""


@define
class Kills:
    """What to do, and how often it was done."""

    files: int = 1000
    seconds: float = 0.3
    workers: int = 16
    people: int = 2
    worker_kills: int = 100
    supervisor_kills: int = 5
    worker_stops: int = 10
    supervisor_stops: int = 3
    seed: int = 0
    done: Counter[str] = field(factory=Counter)
    attempts: int = 0
    events: int = 0
    length: float = 0.0
    problems: list[str] = field(factory=list)

    def attacks(self) -> list[str]:
        """Give what is to be done to the run."""
        return [
            *["kill a worker"] * self.worker_kills,
            *["kill the supervisor"] * self.supervisor_kills,
            *["stop a worker"] * self.worker_stops,
            *["stop the supervisor"] * self.supervisor_stops,
        ]


def kill_at_random(runs: Runs, diaries: Path, kills: Kills) -> Kills:
    """Run the simulate engine, attack, undo, redo, and tell in `problems` what is not as if nothing had happened."""
    began = time.monotonic()
    old = _write(runs, kills.files)
    dice = random.Random(kills.seed)
    options = {"seconds": kills.seconds, "order": "needs"}
    run = runs.start(workers=kills.workers, options=options, attempts=100_000, lease=_LEASE)
    runs.until(lambda: runs.workers(run), "the first worker has joined")
    with _people(runs, diaries, sorted(old), kills):
        _attack(runs, run, kills, dice)
    runs.end(run)
    kills.problems += _problems(runs, run, kills)
    kills.problems += _history(runs, run, diaries, old, kills)
    kills.problems += _undone_and_redone(runs, run, dice)
    kills.length = round(time.monotonic() - began, 1)
    return kills


# ---- what is done


def _write(runs: Runs, count: int) -> dict[str, bytes]:
    """Write files, some of which import the one before them and so land together with it; gives their contents."""
    files = {}
    for number in range(count):
        needed = f"import m{number - 1:04}\n" if number % 10 == 1 else ""
        files[f"m{number:04}.py"] = (needed + before(number)).encode()
    for path, text in files.items():
        (runs.root / path).write_bytes(text)
    return files


@contextmanager
def _people(runs: Runs, diaries: Path, paths: list[str], kills: Kills) -> Iterator[None]:
    """Let people hold, take and edit files meanwhile."""
    diaries.mkdir(parents=True)
    stage = actors.Stage(runs.root, diaries, diaries / "curtain")
    with ThreadPoolExecutor() as pool:
        shares = [tuple(paths[number :: kills.people]) for number in range(kills.people)]
        people = [pool.submit(actors.person, stage, share, True, kills.seed) for share in shares]
        try:
            yield
        finally:
            stage.curtain.touch()
    for person in people:
        person.result()


def _attack(runs: Runs, run: str, kills: Kills, dice: random.Random) -> None:
    """Do all attacks, at random moments while the first part of the run's files is changed."""
    attacks = kills.attacks()
    dice.shuffle(attacks)
    asleep: Asleep = []
    for due, attack in zip(sorted(dice.random() for _ in attacks), attacks, strict=True):
        runs.until(partial(_is_due, runs, run, due * _SPREAD * kills.files, asleep), "enough files are changed")
        what, victim = attack.split(" ", 1)
        process = _victim(runs, run, victim, dice, asleep)
        if what == "kill":
            kill(process)
            if victim == "the supervisor":
                runs.until(lambda: not runs.board.has_supervisor(run), "the supervisor is dead")
                ensure_supervisor(runs.board, run)
        else:
            with suppress(psutil.NoSuchProcess):
                sleeper = psutil.Process(process.pid)
                sleeper.suspend()
                asleep.append((time.monotonic() + dice.random() * 2 * _LEASE, sleeper))
        kills.done[attack] += 1
    for _, sleeper in asleep:
        _wake(0.0, sleeper)


def _is_due(runs: Runs, run: str, wanted: float, asleep: Asleep) -> bool:
    _wake_some(asleep)
    return runs.board.run(run).changed >= wanted


def _wake_some(asleep: Asleep) -> None:
    asleep[:] = [sleeper for sleeper in asleep if not _wake(*sleeper)]


def _wake(due: float, sleeper: psutil.Process) -> bool:
    """Wake a stopped process if its time has come; its supervisor may have ended it before."""
    if due < time.monotonic():
        with suppress(psutil.NoSuchProcess):
            sleeper.resume()
        return True
    return False


def _victim(runs: Runs, run: str, victim: str, dice: random.Random, asleep: Asleep) -> Process:
    """Give a living process of a run; there is none until a supervisor wakes, where all workers died meanwhile."""
    found: list[Process] = []

    def find() -> bool:
        _wake_some(asleep)
        those = runs.workers(run) if victim == "a worker" else runs.supervisors(run)
        found[:] = [process for process in those if runs.board.is_alive(process.id)]
        return bool(found)

    runs.until(find, f"there is {victim}")
    return dice.choice(found)


# ---- what came of it


def _problems(runs: Runs, run: str, kills: Kills) -> list[str]:
    found, tasks = runs.run(run), runs.board.run_tasks(run)
    kills.attempts = sum(task.attempts for task in tasks.values())
    landed = _landings(runs, run)
    ends = (TaskState.DONE, TaskState.SPLIT)
    return [
        *([] if found.state is RunState.DONE else [f"the run is {found.state}: {found.reason}"]),
        *(f"task {name} is {task.state}" for name, task in tasks.items() if task.state not in ends),
        *(f"task {name} landed {count} times" for name, count in landed.items() if count != 1),
        *(f"task {name} never landed" for name, task in tasks.items() if not (task.state is ends[1] or landed[name])),
        *(f"{lock.path} is still locked" for lock in runs.board.state.locks.values()),
        *(f"{path} is still shown as locked" for path in (runs.board.layout.board / "locks").glob("*.lock")),
    ]


def _landings(runs: Runs, run: str) -> Counter[str]:
    log = Log(runs.board.layout.board / "log.jsonl", decode)
    try:
        landed = [line.entry for line in log.read() if isinstance(line.entry, Landed)]
    finally:
        log.close()
    return Counter(task for entry in landed if entry.run == run for task in entry.tasks)


def _history(runs: Runs, run: str, diaries: Path, old: dict[str, bytes], kills: Kills) -> list[str]:
    """Look whether people's diaries and what the files contain now fit together."""
    diary = Diary(diaries, "driver")
    for task in runs.board.run_tasks(run).values():
        if task.state is not TaskState.SPLIT:
            diary.write(What.PLANNED, run=run, task=task.spec.id, files=task.spec.files, group=task.spec.group)
    for path, text in old.items():
        now = (runs.root / path).read_bytes()
        lines = now.removeprefix(text).replace(_LINE, mark(run, 0).encode() + b"\n").decode()
        diary.write(What.FOUND, files=(path,), text=lines.removesuffix("\n"))
    events = read(diaries)
    kills.events = len(events)
    return violations(events)


def _undone_and_redone(runs: Runs, run: str, dice: random.Random) -> list[str]:
    """Undo the run and redo it, killing each supervisor once; says which files are not as they must be then."""
    after = _tree(runs)
    undo = _undo(runs, run, dice)
    left = {note.path for note in runs.end(undo).left}
    undone = {path: text if path in left else text.replace(_LINE, b"") for path, text in after.items()}
    problems = [f"{path} is wrong after the undo" for path in _differing(undone, _tree(runs))]
    runs.end(_undo(runs, undo, dice))
    return problems + [f"{path} is wrong after the redo" for path in _differing(after, _tree(runs))]


def _undo(runs: Runs, run: str, dice: random.Random) -> str:
    undo = start_undo(runs.board, run)
    wanted = dice.randrange(max(1, runs.run(run).changed))
    runs.until(lambda: runs.run(undo).changed >= wanted or runs.run(undo).state.ended, "something is put back")
    if runs.board.has_supervisor(undo) and not runs.run(undo).state.ended:
        kill(runs.supervisor(undo))
        runs.until(lambda: not runs.board.has_supervisor(undo), "the supervisor is dead")
        ensure_supervisor(runs.board, undo)
    return undo


def _tree(runs: Runs) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in runs.root.glob("*.py")}


def _differing(wanted: dict[str, bytes], found: dict[str, bytes]) -> list[str]:
    return sorted(path for path in wanted | found if wanted.get(path) != found.get(path))


def main() -> int:
    """Print the figures as JSON; the exit code tells whether there was a problem."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("files", "workers", "people", "worker-kills", "supervisor-kills", "worker-stops", "supervisor-stops"):
        parser.add_argument(f"--{name}", type=int, default=getattr(Kills(), name.replace("-", "_")))
    parser.add_argument("--seconds", type=float, default=Kills().seconds)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    kills = Kills(**vars(parser.parse_args()))
    with tempfile.TemporaryDirectory() as folder, runs_in(Path(folder, "workspace")) as runs:
        kill_at_random(runs, Path(folder, "diaries"), kills)
    sys.stdout.write(json.dumps(asdict(kills), indent=2) + "\n")
    return 1 if kills.problems else 0


if __name__ == "__main__":
    sys.exit(main())
