from __future__ import annotations

import subprocess
import sys

from tests.house.repository import ROOT


def test_smoke() -> None:
    command = [sys.executable, "-m", "benchmarks.latency", "--smoke"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr
    rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in done.stdout.splitlines()[2:]]
    assert [row[0] for row in rows] == [
        "lock on the board to diagnostic",
        "hover",
        "longest turn of the loop",
        "start of parallel-refactor",
    ]
    assert int(rows[0][1]) >= 20
    assert all(float(row[-1]) > 0 for row in rows)
