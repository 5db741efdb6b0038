"""The short form of the fault runs in tests/faults, so that they cannot rot."""

from __future__ import annotations

import pytest

from tests.faults.bug_list import BUGS, Bug
from tests.faults.bugs import is_noticed
from tests.faults.crashes import at_each_step, die_at, interrupt_at
from tests.faults.saves import EDITORS, run_races, run_tries
from tests.faults.scenes import SCENES, Scene

SCENE = {scene.name: scene for scene in SCENES}
_LONG = {scene.name for scene in SCENES if scene.name.startswith(("land", "recover", "undo", "redo"))}


def test_no_save_is_lost_at_any_step_of_a_landing() -> None:
    seen = run_tries(240, seed=1)
    assert sum(seen.values()) == 240
    for editor in EDITORS:
        outcomes = {what for what in seen if what.startswith(editor.__name__)}
        assert len(outcomes) > 1, f"{editor.__name__} never met the landing: {seen}"


def test_no_save_of_another_process_is_lost() -> None:
    assert sum(run_races(60, seed=1).values()) == 60


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_a_death_at_any_step_leaves_a_board_that_goes_on(scene: Scene) -> None:
    assert at_each_step(scene, die_at, stride=53 if scene.name in _LONG else 17, first=7)


def test_a_landing_that_cannot_have_the_board_goes_on_where_it_stopped() -> None:
    assert at_each_step(SCENE["land"], interrupt_at, stride=53, first=7)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_each_deliberate_bug_has_its_place(bug: Bug) -> None:
    assert bug.place().count(bug.right) == 1


@pytest.mark.parametrize("bug", [BUGS[0], BUGS[-1]], ids=lambda bug: bug.name)
def test_a_deliberate_bug_is_noticed(bug: Bug) -> None:
    assert is_noticed(bug)
