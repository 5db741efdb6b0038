from __future__ import annotations

import subprocess
import sys

from tests.house.repository import ROOT


def test_smoke() -> None:
    command = [sys.executable, "-m", "benchmarks.model", "--smoke"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr
    (row,) = [[float(cell) for cell in line.strip("| ").split("|")] for line in done.stdout.splitlines()[2:]]
    workers, tasks, ideal, seconds, share, later, ready, mean, most, *lesson = row
    few, their_ideal, theirs, their_share, _ = lesson
    assert (workers, tasks, few) == (2, 4, 4)
    assert ideal == their_ideal == 2.8
    assert min(seconds, theirs) > ideal
    assert abs(share * seconds - ideal) < 0.1
    assert abs(later * (seconds - 0.7) - ideal) < 0.1, "0.7 s is the first answer's time"
    assert abs(their_share * theirs - ideal) < 0.1
    assert 0 < ready < seconds
    assert 1 < mean <= most < 30, "megabytes; loaded before the fork it is 17, in each worker 76"
