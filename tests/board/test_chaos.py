"""The short form of tests/faults/chaos.py: many processes over one board, killed and stopped at random."""

from __future__ import annotations

import sys

import pytest

from tests.faults.chaos import run_chaos

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="nothing can be stopped there")


def test_diaries_of_processes_that_are_killed_and_stopped_fit_together() -> None:
    figures = run_chaos(kills=100, seed=1)
    assert figures.problems == []
    assert figures.killed.total() >= 100
    assert figures.events > 500
