from __future__ import annotations

import subprocess
import sys

from tests.house.repository import ROOT


def test_smoke() -> None:
    command = [sys.executable, "-m", "benchmarks.age", "--smoke"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr
    table, cleaning = done.stdout.split("\n\n")
    rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in table.splitlines()[2:]]
    assert [row[0] for row in rows] == [
        "opening a Board",
        "`status`",
        "`status --json`",
        "`board`",
        "`run`, to its first claim",
        "`clean` with nothing to delete",
    ]
    for _, new, old, ratio in rows:
        assert float(new) > 0
        assert abs(float(old) / float(new) - float(ratio)) < 0.1 * float(ratio) + 0.01
    assert cleaning.startswith("The first `clean`, of 1,000 files: ")
