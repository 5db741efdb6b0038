"""All faults at full size, about an hour on two processors: `make faults`.

Each part prints what it did; the end is a report. `--smoke` does all of it small, `--only` some parts.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

from attrs import define, field

from tests.faults import bug_list, bugs, chaos, crashes, kills, saves, stops
from tests.faults.steps import Place
from tests.running.runs import runs_in


@define
class Report:
    """How often what was done, and what was not as it must be. `smoke`: do little."""

    smoke: bool
    seed: int
    figures: Counter[str] = field(factory=Counter)
    problems: list[str] = field(factory=list)


def _bugs(report: Report) -> None:
    for bug in bug_list.BUGS[:1] if report.smoke else bug_list.BUGS:
        report.figures["deliberate bugs tried"] += 1
        if not bugs.is_noticed(bug):
            report.problems.append(f"nobody notices that {bug.name}")


def _crashes(report: Report) -> None:
    _steps(report, "deaths at a crash point", "crash points hit", crashes.run_all(97 if report.smoke else 1))


def _stops(report: Report) -> None:
    _steps(report, "stops", "places of a stop", stops.run_all(97 if report.smoke else 3))


def _steps(report: Report, what: str, where: str, done: Iterable[crashes.Figures]) -> None:
    """Count how often something was done, and at how many places of the board's code."""
    places: set[Place] = set()
    for figures in done:
        print(figures, flush=True)
        report.figures[what] += figures.attempts
        places |= figures.places
    report.figures[where] = len(places)


def _program(name: str, full: str = "", smoke: str = "") -> Callable[[Report], None]:
    """Give the part that is a program of its own: its output and exit status say what came of it."""

    def run(report: Report) -> None:
        arguments = (smoke if report.smoke else full).split()
        if subprocess.run([sys.executable, "-m", f"tests.faults.{name}", *arguments], check=False).returncode:
            report.problems.append(f"python -m tests.faults.{name} {' '.join(arguments)} found something: see above")

    return run


def _saves(report: Report) -> None:
    tries = 200 if report.smoke else 10_000
    for seen in (saves.run_tries(tries, report.seed), saves.run_races(tries // 5, report.seed)):
        report.figures["saves in a landing"] += seen.total()


def _chaos(report: Report) -> None:
    done = chaos.run_chaos(100 if report.smoke else 5000, report.seed)
    report.figures["kills"] += done.killed.total()
    report.figures["stops"] += done.stopped.total()
    report.figures["histories checked"] += done.rounds
    report.problems += done.problems


def _kills(report: Report) -> None:
    for seed in range(report.seed, report.seed + (1 if report.smoke else 5)):
        small = kills.Kills(100, workers=4, worker_kills=20, supervisor_kills=3, worker_stops=2, supervisor_stops=1)
        wanted = small if report.smoke else kills.Kills()
        wanted.seed = seed
        with tempfile.TemporaryDirectory() as folder, runs_in(Path(folder, "workspace")) as runs:
            done = kills.kill_at_random(runs, Path(folder, "diaries"), wanted)
        for attack, count in done.done.items():
            report.figures["kills" if attack.startswith("kill") else "stops"] += count
        report.figures["histories checked"] += 1
        report.problems += done.problems


PARTS: dict[str, Callable[[Report], None]] = {
    "bugs": _bugs,
    "crashes": _crashes,
    "stops": _stops,
    "saves": _saves,
    "power": _program("power", smoke="--disks 2 --stride 29"),
    "damage": _program("damage", smoke="--stride 97"),
    "disk_errors": _program("disk_errors", smoke="--stride 97"),
    "full_disk": _program("full_disk", smoke="--stride 97"),
    "heirs": _program("heirs", smoke="--stride 29"),
    "clock": _program("clock", smoke="--rounds 1 --files 20"),
    "machine": _program("machine", smoke="--histories 3 --steps 20"),
    "model": _program("model", smoke="--files 20"),
    "chaos": _chaos,
    "kills": _kills,
}


def main() -> int:
    """Run from the command line; the exit code tells whether there was a violation."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="do little of each")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="only these parts")
    arguments = parser.parse_args()
    report = Report(arguments.smoke, arguments.seed)
    for name in arguments.only:
        began = time.monotonic()
        old = len(report.problems)
        try:
            PARTS[name](report)
        except Exception:  # noqa: BLE001  the other parts shall be tried all the same
            report.problems.append(traceback.format_exc())
        found = report.problems[old:]
        print("".join(f"{problem}\n" for problem in found), end="")
        print(f"-- {name}: {len(found)} violations, {time.monotonic() - began:.0f} s", flush=True)
    print("\n".join(f"{count:8}  {what}" for what, count in sorted(report.figures.items())))
    print(f"{len(report.problems):8}  violations")
    return int(bool(report.problems))


if __name__ == "__main__":
    sys.exit(main())
