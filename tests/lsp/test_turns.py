"""The loop is watched: a turn that takes too long is logged, with what it was about."""

from __future__ import annotations

import logging
import time

import pytest

from parallel_refactor.lsp.turns import LONGEST_TURN, Turns, new_loop


def test_a_long_turn_is_told(caplog: pytest.LogCaptureFixture) -> None:
    turns = Turns()
    loop = new_loop(turns)

    async def stand_still(seconds: float, doing: str) -> None:
        turns.doing = doing
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            pass

    with caplog.at_level(logging.WARNING):
        loop.run_until_complete(stand_still(0.0, "something quick"))
        loop.run_until_complete(stand_still(2 * LONGEST_TURN, "something slow"))
    loop.close()
    assert "something slow" in caplog.text
    assert "something quick" not in caplog.text
    assert turns.longest >= 2 * LONGEST_TURN
