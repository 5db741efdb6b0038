"""The short form of `clock`."""

from __future__ import annotations

import sys

import pytest

from tests.faults.clock import run_rounds


@pytest.mark.skipif(sys.platform == "win32", reason="nothing can be stopped there")
def test_clocks_that_jump_make_nobody_late() -> None:
    calm, hung = run_rounds(rounds=2, files=12)
    assert (calm.attempts, hung.attempts) == (0, 1)
