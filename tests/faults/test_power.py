"""The short form of `power`: not every moment, and few disks."""

from __future__ import annotations

import sys

import pytest

from tests.faults.power import try_all

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its way to swap files is not recorded")


def test_no_power_loss_costs_a_byte() -> None:
    cuts, disks = try_all(disks=3, stride=29, seed=1)
    assert cuts > 25
    assert disks > 90
