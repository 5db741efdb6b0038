"""The short form of `heirs`."""

from __future__ import annotations

import sys

import pytest

if sys.platform != "linux":
    pytest.skip("the system does not list who waits", allow_module_level=True)

from tests.faults.heirs import DYING, run_lines, run_scene
from tests.faults.scenes import Scene


@pytest.mark.parametrize("scene", DYING, ids=lambda scene: scene.name)
def test_one_after_the_other_comes_in_and_finds_all_right(scene: Scene) -> None:
    assert run_scene(scene, stride=53, first=20)


def test_a_line_that_is_half_written_is_cut_off() -> None:
    assert run_lines(DYING[0], 4) == 4
