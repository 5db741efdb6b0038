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
        least, most = (float(old) - 0.05) / (float(new) + 0.05), (float(old) + 0.05) / (float(new) - 0.05)
        assert least - 0.005 <= float(ratio) <= most + 0.005  # what is printed is rounded
    assert cleaning.startswith("The first `clean`, of 1,000 files: ")
