"""What a recipe does to code that nobody here wrote: `python -m benchmarks.recipes [PACKAGE...]`; `--smoke`, seconds.

Each package is an archive with a pinned digest. A recipe runs over all of it with 8 workers, through the command line;
then the result is measured by other means than the recipe's own: does it parse, what do ruff (undefined names) and
pyrefly (errors) say before and after, do the package's own tests end as before, does a second run change nothing, does
undo give back every byte; of the recipe `async`, is each function that blocks and is left told of. With `--beside`,
what a person would use instead is measured in the same way (`benchmarks/peers.py`). Each package gets a table.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from attrs import Factory, define, evolve

from benchmarks import blocking
from benchmarks.peers import PEERS, programs
from benchmarks.state import State, named
from tests.packages import fetch, measures, suites
from tests.packages.catalogue import PACKAGES, SAMPLE
from tests.packages.check import Trial
from tests.packages.fetch import Package

USUAL = ("requests", "flask", "jinja2", "attrs", "httpie", "rich", "black", "pyramid", "fastapi", "networkx")


@define
class Cost:
    """What a run took: seconds, and the most memory of all its processes at one time, in MB."""

    seconds: float = 0.0
    memory: float = 0.0
    done: threading.Event = Factory(threading.Event)


def measure(
    package: Package, recipe: str, options: Sequence[str], workers: int, *, suite: bool, beside: bool
) -> Iterator[tuple[str, dict[str, str]]]:
    """Run the recipe over a package; gives columns: of the package before, after, and of each peer, if `beside`."""
    arguments = ["--recipe", recipe, *(word for option in options for word in ("--option", option))]
    with tempfile.TemporaryDirectory() as scratch:
        trial = Trial(package, Path(scratch, package.name), Path(scratch), workers)
        fetch.unpack(package, trial.tree)
        peers = PEERS.get(recipe, {}) if beside else {}
        others = {name: evolve(trial, tree=Path(scratch, str(n), package.name)) for n, name in enumerate(peers)}
        for other in others.values():
            shutil.copytree(trial.tree, other.tree)
        before = State.of(trial.tree)
        outcomes = suites.outcomes(package, trial.tree, trial.scratch) if suite and package.suite else {}
        first = before.lines(before) | _tests(outcomes, outcomes)
        yield "before", first | ({"coroutine functions": _coroutines(trial.tree)} if recipe == "async" else {})
        yield "after", _with_recipe(trial, recipe, arguments, before, outcomes)
        for name, other in others.items():
            began = time.monotonic()
            peers[name](other.tree)
            seconds = time.monotonic() - began
            try:
                tests = _tests(outcomes, other.outcomes_against(outcomes)) if outcomes else {}
            except suites.SuiteError:  # what it made cannot even be imported
                tests = _tests(outcomes, {})
            yield name, State.of(other.tree).lines(before) | tests | {"seconds": f"{seconds:.1f}"}


def run(trial: Trial, arguments: Sequence[str]) -> dict[str, Any]:
    """Run a recipe over the tree and give its report; `arguments` name it, and its options."""
    command = ("run", *arguments, ".", "--workers", str(trial.workers), "--yes", "--json")
    report: dict[str, Any] = json.loads(trial.command(*command, accepted=(0, 1)))
    return report


def _with_recipe(
    trial: Trial, recipe: str, arguments: Sequence[str], before: State, outcomes: Mapping[str, str]
) -> dict[str, str]:
    tree = measures.tree(trial.tree)
    with _watched(trial.tree) as cost:
        report = run(trial, arguments)
    lines = State.of(trial.tree).lines(before) | {
        "files changed / unchanged / left / failed": " / ".join(str(count) for count in report["files"].values()),
        "seconds": f"{cost.seconds:.1f}",
        "MB at most, all processes": f"{cost.memory:.0f}",
    }
    lines |= {f"count: {name}": str(count) for name, count in report["counts"].items()}
    reasons = Counter(re.sub(r"`[^`]*`", "`...`", note["reason"]) for note in report["left"])
    lines |= {f"left: {reason}": str(count) for reason, count in reasons.most_common(3)}
    if recipe == "async":
        lines["coroutine functions"] = _coroutines(trial.tree)
        lines["functions that block, left without a reason"] = named(blocking.unexplained(trial.tree, report))
    if outcomes:
        lines |= _tests(outcomes, trial.outcomes_against(outcomes))
    lines["files that a second run changes"] = str(run(trial, arguments)["files"]["changed"])
    if report["files"]["changed"]:
        trial.command("undo", report["run"], "--yes")
    lines["differences after undo"] = str(len(measures.differences(tree, measures.tree(trial.tree))))
    return lines


def _coroutines(tree: Path) -> str:
    return str(blocking.coroutines(tree))


def _tests(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str]:
    if not before:
        return {}
    other = sorted(test for test in before.keys() | after.keys() if before.get(test) != after.get(test))
    passed = sum(outcome == "passed" for outcome in after.values())
    return {"own tests that pass": f"{passed} of {len(after)}", "own tests with another outcome": named(other)}


@contextmanager
def _watched(tree: Path) -> Iterator[Cost]:
    """Time what is done, and watch the memory of all processes that have the tree on their command line."""
    cost, began = Cost(), time.monotonic()
    thread = threading.Thread(target=_watch, args=(tree, cost))
    thread.start()
    try:
        yield cost
    finally:
        cost.seconds = time.monotonic() - began
        cost.done.set()
        thread.join()


def _watch(tree: Path, cost: Cost) -> None:
    while not cost.done.wait(0.2):
        memory = 0
        for process in psutil.process_iter():
            try:
                if process.cwd() == str(tree) or str(tree) in " ".join(process.cmdline()):
                    family = [process, *process.children(recursive=True)]
                    memory += sum(member.memory_info().rss for member in family)
            except (psutil.Error, OSError):
                continue
        cost.memory = max(cost.memory, memory / 1e6)


def show(columns: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """Give the lines of a table."""
    yield f"| | {' | '.join(columns)} |"
    yield f"| --- |{' ---: |' * len(columns)}"
    for what in dict.fromkeys(what for column in columns.values() for what in column):
        yield f"| {what} | {' | '.join(column.get(what, '') for column in columns.values())} |"


def main() -> int:
    """Measure the packages that the command line names."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recipes", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="PACKAGE", help=f"{', '.join(PACKAGES)}; else {', '.join(USUAL)}")
    parser.add_argument("--recipe", default="types")
    parser.add_argument("--option", action="append", default=[], metavar="NAME=VALUE", help="an option of the recipe")
    parser.add_argument("--workers", type=int, default=8)
    parser.add_argument("--no-suite", action="store_true", help="leave out the packages' own tests")
    parser.add_argument("--beside", action="store_true", help="measure what else there is for it, too")
    parser.add_argument("--smoke", action="store_true", help="the bundled sample only")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(PACKAGES):
        parser.error(f"no such package: {', '.join(sorted(unknown))}")
    if arguments.beside:
        programs()
    packages = [SAMPLE] if arguments.smoke else [PACKAGES[name] for name in arguments.names or USUAL]
    for package in packages:
        print(f"\n{package.name} {package.version}, {' '.join([arguments.recipe, *arguments.option])}\n")
        options = {"suite": not arguments.no_suite and not arguments.smoke, "beside": arguments.beside}
        found = measure(package, arguments.recipe, arguments.option, arguments.workers, **options)
        print("\n".join(show(dict(found))), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
