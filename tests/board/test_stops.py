"""The short form of tests/faults/stops.py: processes that hang, and wake when others have gone on."""

from __future__ import annotations

import sys

import pytest

from tests.faults.crashes import at_each_step
from tests.faults.scenes import SCENES, Scene
from tests.faults.stops import attempt_for

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="nothing can be stopped there")


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_who_hangs_at_any_step_does_no_harm_on_waking(scene: Scene) -> None:
    assert at_each_step(scene, attempt_for(scene), stride=97, first=11)
