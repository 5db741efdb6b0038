from __future__ import annotations

import subprocess
import sys

from tests.house.repository import ROOT


def test_smoke() -> None:
    command = [sys.executable, "-m", "benchmarks.recipes", "--smoke"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=110)
    assert done.returncode == 0, done.stderr
    rows = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in done.stdout.splitlines()[5:]]
    figures = {row[0]: row[-1] for row in rows}
    assert figures["files that parse"] == "24"
    assert figures["undefined names (ruff)"] == "0"
    assert figures["files with more errors"] == "0"
    assert figures["files that a second run changes"] == "0"
    assert figures["differences after undo"] == "0"
    assert int(figures["results with a type"].split()[0]) > 50
