"""The short form of `disk_errors` and `full_disk`: some of all faults."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.faults.disk_errors import ALL, try_scene
from tests.faults.full_disk import limit_files, on_small_disk
from tests.faults.scenes import Scene

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its way to swap files is not seen")


@pytest.mark.parametrize("scene", ALL, ids=lambda scene: scene.name)
def test_an_error_of_the_disk_is_told_and_has_no_consequence(scene: Scene) -> None:
    said = try_scene(scene, stride=29, first=3)
    assert any(said) or scene.name == "make views anew", "no fault was ever told"


def test_a_full_disk_has_no_consequence() -> None:
    said = on_small_disk(stride=11)
    if not said:
        pytest.skip("no small disk may be made here")
    assert " 0 cut short" not in said


def test_a_limit_on_the_size_of_files_has_no_consequence(tmp_path: Path) -> None:
    lives, cut_short = limit_files(tmp_path.resolve(), stride=37)
    assert lives > cut_short > 1
