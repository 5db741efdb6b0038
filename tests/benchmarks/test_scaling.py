from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from benchmarks import lesson
from benchmarks.schedule import largest_first, lower_bound
from tests.house.repository import ROOT


@given(st.lists(st.floats(0.001, 100), min_size=1), st.integers(1, 70))
def test_ideal_is_between_its_bounds(lengths: list[float], workers: int) -> None:
    bound, ideal = lower_bound(lengths, workers), largest_first(lengths, workers)
    assert bound * 0.999999 <= ideal <= sum(lengths) / workers + max(lengths) + 0.000001


def test_ideal_puts_the_largest_first() -> None:
    assert largest_first([1, 1, 1, 1, 4], 2) == 4


def test_the_lesson_does_every_task(tmp_path: Path) -> None:
    seconds, _ = lesson.run([0.05] * 6, 3, tmp_path / "lesson")
    assert len(list((tmp_path / "lesson").glob("*.result"))) == 6
    assert seconds >= 0.1


def test_smoke() -> None:
    command = [sys.executable, "-m", "benchmarks.scaling", "--smoke"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr
    rows = [[float(cell) for cell in line.strip("| ").split("|")] for line in done.stdout.splitlines()[2:]]
    assert [row[0] for row in rows] == [1, 4]
    for _, tasks, bound, ideal, seconds, share, theirs, their_share, _ in rows:
        assert tasks == 20
        assert bound <= ideal <= min(seconds, theirs)
        assert abs(share * seconds - ideal) < 0.1
        assert abs(their_share * theirs - ideal) < 0.1
