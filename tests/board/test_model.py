"""Random histories of workers, people, landings and undos, against a model: the short form of `machine`."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

from tests.faults.machine import BoardMachine, play, try_at_random
from tests.faults.machine_setting import Step

BoardMachine.TestCase.settings = settings(
    max_examples=15, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck)
)
TestBoardMachine = BoardMachine.TestCase


@pytest.mark.parametrize("seed", range(4))
def test_a_long_history_holds(seed: int) -> None:
    try_at_random(seed, 200)


def test_a_run_is_undone_and_redone() -> None:
    """Not by chance: histories come so far seldom."""
    change = [Step(what, 0, 449, 259, "a") for what in ("claim", "submit", "land", "end_run", "undo")]
    assert play([Step("start", 0, 1, 49, "a"), *change * 3]) is None
