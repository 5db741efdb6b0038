"""The check by hand of changes of signatures: `python -m tests.packages.signatures [NAME]`.

Many workers of a model (the double) change a signature of a package and all who use it, and the package's own tests
have the same outcomes afterwards; when one user's task fails, nothing of it lands. Prints a table; the exit code is 1
if any line fails.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from attrs import frozen

from tests.doubles.model_api import Double, double
from tests.doubles.strict import KEY
from tests.packages import fetch, measures, suites
from tests.packages.catalogue import NETWORKX, SAMPLE
from tests.packages.check import Line, Trial, same_outcomes
from tests.packages.fetch import Package


@frozen
class Change:
    """A signature that changes: which function of which file, and of the users one whose task shall fail."""

    package: Package
    interface: str
    function: str
    keyword: str
    value: str
    failing: str
    users: int

    @property
    def prompt(self) -> str:
        """What to ask for."""
        return (
            f"Make `{self.keyword}` of `{self.function}` a required keyword; "
            f"who leaves it out means `{self.value}`. Change all calls."
        )


CHANGES = {
    "networkx": Change(
        NETWORKX,
        "networkx/utils/misc.py",
        "edges_equal",
        "directed",
        "False",
        "networkx/tests/test_convert.py",
        users=30,
    ),
    "bookshop": Change(SAMPLE, "bookshop/money.py", "total", "currency", '"EUR"', "bookshop/orders.py", users=2),
}


def check(change: Change, trial: Trial, served: Double) -> Iterator[Line]:
    """Do the whole check on a fresh copy of the package, and give its lines as they are measured."""
    fetch.unpack(change.package, trial.tree)
    before = measures.tree(trial.tree)
    outcomes = suites.outcomes(change.package, trial.tree, trial.scratch)
    report = _run(change, trial, served)
    after = measures.tree(trial.tree)
    changed = [path for path in measures.differences(before, after) if path != change.interface]
    yield Line("the run", report["state"], "done", report["state"] == "done")
    yield Line("tasks", _counts(report["tasks"]), "all done", report["tasks"]["done"] == sum(report["tasks"].values()))
    yield Line("users changed", str(len(changed)), f"at least {change.users}", len(changed) >= change.users)
    yield from _group(trial, changed, change)
    yield from same_outcomes(outcomes, trial.outcomes_against(outcomes))
    trial.command("undo", report["run"], "--yes")
    undone = measures.differences(before, measures.tree(trial.tree))
    yield Line("differences after one undo", str(len(undone)), "0", not undone)
    report = _run(change, trial, served, f" [refuse: {change.failing}]")
    landed = measures.differences(before, measures.tree(trial.tree))
    yield Line("the run whose one user fails", report["state"], "failed", report["state"] == "failed")
    yield Line("files that it changed", str(len(landed)), "0", not landed)
    yield from same_outcomes(outcomes, trial.outcomes_against(outcomes))


def _run(change: Change, trial: Trial, served: Double, how: str = "") -> dict[str, Any]:
    run = ("run", change.prompt + how, ".", "--engine", "claude", "--interface", change.interface)
    options = ("--option", f"base_url={served.url}", "--workers", str(trial.workers), "--yes", "--json")
    report: dict[str, Any] = json.loads(trial.command(*run, *options, accepted=(0, 1)))
    return report


def _group(trial: Trial, changed: list[str], change: Change) -> Iterator[Line]:
    """Look at the board whether interface and users landed as one, and the users' workers began after it."""
    log = [json.loads(line[9:]) for line in (trial.tree / ".task_board" / "log.jsonl").read_text().splitlines()]
    tasks = next(entry["tasks"] for entry in log if entry["op"] == "plan")
    group_of = {path: task.get("group", "") for task in tasks for path in task["files"]}
    groups = {group_of[path] for path in (change.interface, *changed)}
    members = {task["id"] for task in tasks if task.get("group") in groups}
    intents = [set(entry["tasks"]) & members for entry in log if entry["op"] == "intent"]
    together = [found for found in intents if found]
    yield Line("groups of interface and users", ", ".join(groups), "one", len(groups) == 1 and "" not in groups)
    yield Line("landings of the group", str(len(together)), "1", together == [members])


def _counts(tasks: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {state}" for state, number in tasks.items() if number)


def main() -> int:
    """Check the package named on the command line, or networkx."""
    parser = argparse.ArgumentParser(prog="python -m tests.packages.signatures", description=__doc__)
    parser.add_argument("name", nargs="?", choices=CHANGES, default="networkx")
    parser.add_argument("--workers", type=int, default=16)
    arguments = parser.parse_args()
    change, failed = CHANGES[arguments.name], False
    os.environ["ANTHROPIC_API_KEY"] = KEY
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # it complains of workers that end within an answer
    print(f"{change.package.name} {change.package.version}: {change.prompt}", flush=True)
    with tempfile.TemporaryDirectory() as scratch, double() as served:
        trial = Trial(change.package, Path(scratch, change.package.name), Path(scratch), arguments.workers)
        for line in check(change, trial, served):
            verdict = "ok   " if line.holds else "FAILS"
            print(f"  {verdict}  {line.what:<36}  {line.asked:<13}  {line.figure}", flush=True)
            failed |= not line.holds
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(main())
