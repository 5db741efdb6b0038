"""Deliberate bugs, each put into a copy of the board, and the test that must then fail.

`python -m tests.faults.bugs` tries them all, some minutes, and prints the table of docs/board.md; the test suite tries
two. A test that does not notice a bug is a defect of the test.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.faults.bug_list import BUGS, Bug
from tests.house.repository import ROOT


def is_noticed(bug: Bug) -> bool:
    """Run the bug's test against a copy of the board that has it."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(
            shutil.copytree(ROOT / "board", Path(folder, "board"), ignore=shutil.ignore_patterns("__pycache__"))
        )
        broken = copy / "lockboard" / bug.file
        broken.write_text(bug.place().replace(bug.right, bug.wrong), encoding="utf-8")
        return not _passes(bug.test, copy)


def _passes(test: str, board: Path) -> bool:
    """Run a test with the board of this folder."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "-p", "no:randomly", test],
        cwd=ROOT,
        env={**inherited, "PYTHONPATH": str(board)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(f"{test} did not run:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.returncode == 0


def main() -> int:
    """Try all bugs, and print a row of the table for each."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.bugs", description=__doc__)
    parser.add_argument("--only", default="", metavar="WORDS", help="only bugs whose name has these words")
    only = parser.parse_args().only
    missed = 0
    print("| bug | noticed by |\n| :--- | :--- |")
    for bug in (bug for bug in BUGS if only in bug.name):
        noticed = is_noticed(bug)
        missed += not noticed
        by = f"`{bug.test.removeprefix('tests/')}`" if noticed else "**nobody**"
        print(f"| {bug.name} | {by} |", flush=True)
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
