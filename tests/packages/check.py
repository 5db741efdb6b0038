"""The check by hand that a run on real packages keeps its promises: `python -m tests.packages.check [NAME...]`.

For each package: documents all functions with many workers, then measures what changed, runs the package's own tests
before and after, runs again, undoes, and undoes the undo. Prints a table; the exit code is 1 if any line fails.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from attrs import frozen

from tests.packages import fetch, measures, suites
from tests.packages.catalogue import DJANGO, NETWORKX, PACKAGES, PYRAMID
from tests.packages.fetch import Package

PROMPT = "Add docstrings to all functions"

_AGAIN = 3
_UNSTEADY = 20


@frozen
class Line:
    """One line of the table: what was measured, the figure, what is asked, and whether it holds."""

    what: str
    figure: str
    asked: str
    holds: bool


@frozen
class Trial:
    """A package under check: its files at `tree`, and a folder for what the check itself needs."""

    package: Package
    tree: Path
    scratch: Path
    workers: int

    def command(self, *arguments: str, accepted: tuple[int, ...] = (0,)) -> str:
        """Run `parallel-refactor` in the tree and give what it printed; raises RuntimeError on another exit code."""
        done = subprocess.run(
            [sys.executable, "-m", "parallel_refactor", *arguments],
            cwd=self.tree,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        if done.returncode not in accepted:
            raise RuntimeError(f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def outcomes_against(self, before: Mapping[str, str]) -> dict[str, str]:
        """Give the outcomes of the package's tests now; those unlike before are run again, alone.

        Some tests measure time. What is broken stays so however often it is run.
        """
        now = suites.outcomes(self.package, self.tree, self.scratch)
        for _ in range(_AGAIN):
            unlike = [test for test in before if now.get(test) != before[test]]
            if 0 < len(unlike) <= _UNSTEADY:
                print(f"  run again, for another outcome than before: {', '.join(unlike)}", flush=True)
                now |= suites.outcomes(self.package, self.tree, self.scratch, only=unlike)
        return now

    def refactor(self) -> dict[str, Any]:
        """Run the main job and give its report. Exit code 1 (a task failed) is for the caller to judge."""
        run = ("run", PROMPT, ".", "--workers", str(self.workers), "--yes", "--json")
        report: dict[str, Any] = json.loads(self.command(*run, accepted=(0, 1)))
        return report


def check(trial: Trial, *, suite: bool = True) -> Iterator[Line]:
    """Do the whole check on a fresh copy of the package, and give its lines as they are measured."""
    fetch.unpack(trial.package, trial.tree)
    tree, sources = measures.tree(trial.tree), measures.sources(trial.tree)
    outcomes = suites.outcomes(trial.package, trial.tree, trial.scratch) if suite else {}
    report = trial.refactor()
    result = measures.tree(trial.tree)
    yield from tasks_done(report)
    yield from same_programs(sources, measures.sources(trial.tree))
    yield from functions_documented(report, sources, measures.sources(trial.tree))
    if suite:
        yield from same_outcomes(outcomes, trial.outcomes_against(outcomes))
    yield _no_change("a second run", trial.refactor())
    trial.command("undo", report["run"], "--yes")
    yield _same("undo against the first tree", tree, trial)
    trial.command("undo", "--yes")
    yield _same("undo of the undo against the result", result, trial)
    shutil.rmtree(trial.tree / ".task_board")
    yield _no_change("a run without the board", trial.refactor())
    yield _same("all of that against the result", result, trial)


def tasks_done(report: Mapping[str, Any]) -> Iterator[Line]:
    tasks = report["tasks"]
    total, lost = sum(tasks.values()), tasks["failed"] + tasks["blocked"] + tasks["waiting"] + tasks["cancelled"]
    yield Line("tasks", f"{total} in {report['seconds']:.1f} s", "some", total > 0)
    yield Line("tasks not done", str(lost), "at most 1 %", lost <= total * 0.01)
    yield Line("files", ", ".join(f"{count} {name}" for name, count in report["files"].items()), "any", holds=True)


def same_programs(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Iterator[Line]:
    broken, other, compared = [], [], 0
    for path, source in before.items():
        if (old := measures.parse(source)) is None:
            continue
        compared += 1
        if path not in after or (new := measures.parse(after[path])) is None:
            broken.append(path)
        elif measures.without_docstrings(old) != measures.without_docstrings(new):
            other.append(path)
    yield Line("files that no longer parse", _names(broken), "none", not broken)
    yield Line(f"other AST, docstrings apart, of {compared}", _names(other), "none", not other)


def functions_documented(
    report: Mapping[str, Any], before: Mapping[str, bytes], after: Mapping[str, bytes]
) -> Iterator[Line]:
    lacking = gained = 0
    for path, source in before.items():
        old, new = measures.parse(source), measures.parse(after.get(path, b"\0"))
        if old is not None and new is not None:
            pairs = list(zip(measures.documented(old), measures.documented(new), strict=False))
            lacking += sum(not was for was, _ in pairs)
            gained += sum(now and not was for was, now in pairs)
    named = report["counts"].get("name_only", 0)
    yield Line("functions documented", _share(gained, lacking), "at least 90 %", gained >= 0.9 * lacking)
    yield Line("of them by name only", _share(named, gained), "at most 40 %", named <= 0.4 * gained)


def same_outcomes(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Line]:
    passed = sum(outcome == "passed" for outcome in before.values())
    other = sorted(test for test in before.keys() | after.keys() if before.get(test) != after.get(test))
    yield Line("the package's own tests", f"{len(before)}, {passed} passed", "some pass", passed > 0)
    yield Line("of them with another outcome", _names(other), "none", not other)


def _no_change(what: str, report: Mapping[str, Any]) -> Line:
    changed = report["files"]["changed"]
    return Line(f"files changed by {what}", str(changed), "0", changed == 0)


def _same(what: str, expected: Mapping[str, measures.Entry], trial: Trial) -> Line:
    different = measures.differences(expected, measures.tree(trial.tree))
    return Line(f"differences: {what}", _names(different), "none", not different)


def _names(names: list[str]) -> str:
    return f"{len(names)}: {', '.join(names[:5])}{' ...' if len(names) > 5 else ''}" if names else "0"


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({100 * part / max(whole, 1):.1f} %)"


def main() -> int:
    """Check the packages named on the command line, or the three usual ones."""
    parser = argparse.ArgumentParser(prog="python -m tests.packages.check", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of: {', '.join(PACKAGES)}")
    parser.add_argument("--workers", type=int, default=16)
    parser.add_argument("--no-suite", action="store_true", help="leave out the packages' own tests")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(PACKAGES):
        parser.error(f"no such package: {', '.join(sorted(unknown))}")
    packages = [PACKAGES[name] for name in arguments.names] or [DJANGO, NETWORKX, PYRAMID]
    failed = False
    for package in packages:
        print(f"\n{package.name} {package.version}", flush=True)
        with tempfile.TemporaryDirectory() as scratch:
            trial = Trial(package, Path(scratch, package.name), Path(scratch), arguments.workers)
            for line in check(trial, suite=not arguments.no_suite):
                verdict = "ok   " if line.holds else "FAILS"
                print(f"  {verdict}  {line.what:<44}  {line.asked:<13}  {line.figure}", flush=True)
                failed |= not line.holds
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
