"""Runs that meet people, and each other."""

from __future__ import annotations

import time

import pytest

from lockboard.model import RunState, TaskState, Wish
from parallel_refactor.running.start import ensure_supervisor
from tests.running.runs import Runs, edits, kill

ENDLESS = 1000.0
"""Seconds that no test waits for."""


def test_a_run_waits_for_a_held_file_and_goes_on_by_itself(runs: Runs) -> None:
    paths = runs.write(4)
    server = runs.person()
    runs.board.hold("m0002.py", "anna", server)
    run = runs.start()
    waiting = runs.reach(run, RunState.WAITING)
    assert waiting.reason == "anna holds m0002.py"
    assert [edits(runs.root / path) for path in paths] == [1, 1, 0, 1]
    runs.until(lambda: not runs.workers(run), "the workers have left")
    assert runs.board.has_supervisor(run)
    runs.board.unhold("m0002.py", server)
    assert runs.end(run).files == {"changed": 4, "unchanged": 0, "left": 0, "failed": 0}


def test_a_run_that_waits_can_be_cancelled(runs: Runs) -> None:
    runs.write(2)
    runs.board.hold("m0001.py", "anna", runs.person())
    run = runs.start()
    runs.reach(run, RunState.WAITING)
    runs.wish(run, Wish.CANCEL)
    report = runs.end(run)
    assert report.state == RunState.CANCELLED
    assert report.files == {"changed": 1, "unchanged": 0, "left": 1, "failed": 0}


def test_held_files_are_left_out_when_told(runs: Runs) -> None:
    runs.write(4)
    runs.board.hold("m0002.py", "anna", runs.person())
    report = runs.end(runs.start(held="skip"))
    assert report.state == RunState.DONE
    assert report.files == {"changed": 3, "unchanged": 0, "left": 1, "failed": 0}
    assert [(note.path, note.reason) for note in report.left] == [("m0002.py", "anna holds it")]


def test_a_file_that_is_held_later_is_skipped_when_told(runs: Runs) -> None:
    runs.write(4)
    run = runs.start(held="skip", confirm=True)
    runs.reach(run, RunState.ASKING)
    runs.board.hold("m0002.py", "anna", runs.person())
    runs.wish(run, Wish.START)
    report = runs.end(run)
    assert report.state == RunState.DONE
    assert (report.tasks["done"], report.tasks["skipped"]) == (3, 1)
    assert report.files == {"changed": 3, "unchanged": 0, "left": 1, "failed": 0}


def test_what_a_person_holds_when_it_is_ready_lands_when_they_are_done(runs: Runs) -> None:
    runs.write(1)
    server = runs.person()
    run = runs.start(workers=1, options={"seconds": 0.5})
    runs.until(lambda: runs.busy(run), "the worker has the file")
    runs.board.hold("m0000.py", "anna", server)
    runs.reach(run, RunState.WAITING)
    assert runs.states(run) == [TaskState.SUBMITTED]
    assert edits(runs.root / "m0000.py") == 0
    runs.board.unhold("m0000.py", server)
    assert runs.end(run).files["changed"] == 1
    [task] = runs.board.run_tasks(run).values()
    assert (task.attempts, task.redos) == (0, 0)


def test_a_file_that_a_person_saves_meanwhile_is_done_again_on_their_text(runs: Runs) -> None:
    runs.write(1)
    server = runs.person()
    run = runs.start(workers=1, options={"seconds": 0.5})
    runs.until(lambda: runs.busy(run), "the worker has the file")
    runs.board.hold("m0000.py", "anna", server)
    (runs.root / "m0000.py").write_text("mine = 1\n")
    runs.board.unhold("m0000.py", server)
    assert runs.end(run).files["changed"] == 1
    assert (runs.root / "m0000.py").read_text().startswith("mine = 1\n")
    assert edits(runs.root / "m0000.py") == 1


def test_two_runs_share_the_same_files(runs: Runs) -> None:
    paths = runs.write(12)
    first = runs.start(options={"seconds": 0.2})
    second = runs.start(options={"seconds": 0.1})
    assert runs.end(first).state == RunState.DONE
    assert runs.end(second).state == RunState.DONE
    changed = [run.changed for run in (runs.run(first), runs.run(second))]
    assert sum(changed) == 12
    assert all(edits(runs.root / path) == 1 for path in paths)
    assert not any(task.attempts for run in (first, second) for task in runs.board.run_tasks(run).values())


def test_a_run_waits_for_files_of_another_run(runs: Runs) -> None:
    runs.write(1)
    first = runs.start(options={"seconds": ENDLESS})
    runs.until(lambda: runs.busy(first), "the first run has the file")
    second = runs.start()
    runs.until(lambda: runs.states(second) == [TaskState.READY], "the second wants it")
    runs.wish(first, Wish.CANCEL)
    assert runs.end(second).files["changed"] == 1
    assert runs.end(first).state == RunState.CANCELLED


def test_a_run_takes_the_files_of_dead_workers_of_a_dead_supervisor(runs: Runs) -> None:
    runs.write(1)
    first = runs.start(options={"seconds": ENDLESS})
    runs.until(lambda: runs.busy(first), "the first run has the file")
    kill(runs.supervisor(first))
    runs.assert_nobody_left()
    assert runs.end(runs.start()).files["changed"] == 1
    runs.wish(first, Wish.CANCEL)
    ensure_supervisor(runs.board, first)
    assert runs.end(first).state == RunState.CANCELLED


@pytest.mark.parametrize("way", ["resume", "cancel"])
def test_a_run_says_that_a_dead_run_keeps_its_files(runs: Runs, way: str) -> None:
    """The first run's task has been handed in and waits for others of its group: it keeps its file."""
    (runs.root / "base.py").write_text("value = 1\n")
    (runs.root / "user.py").write_text("import base\n")
    first = runs.start(options={"order": "needs", "hang": ["user.py"]})
    runs.until(lambda: sorted(runs.states(first)) == [TaskState.CLAIMED, TaskState.SUBMITTED], "half of it is done")
    kill(runs.supervisor(first))
    runs.assert_nobody_left()
    second = runs.start(include=("base.py",))
    assert runs.reach(second, RunState.WAITING).reason == (
        f"run {first} has base.py and does not go on by itself: resume or cancel it"
    )
    if way == "cancel":
        runs.wish(first, Wish.CANCEL)
    ensure_supervisor(runs.board, first)
    runs.reach(second, RunState.RUNNING, RunState.DONE)
    if way == "resume":
        runs.wish(first, Wish.CANCEL)
    assert runs.end(second).files["changed"] == 1
    runs.end(first)


def test_a_task_whose_file_changes_again_and_again_waits_for_the_person(runs: Runs) -> None:
    runs.write(1)
    run = runs.start(workers=1, options={"seconds": 0.4})
    saves = 0
    while runs.run(run).state is not RunState.WAITING:
        saves += 1
        (runs.root / "m0000.py").write_text(f"save = {saves}\n")
        time.sleep(0.02)  # a person who saves at this pace is never outrun by a task of 0.4 s
        assert not runs.run(run).state.ended
    assert runs.states(run) == [TaskState.WAITING]
    assert "m0000.py" in runs.run(run).reason
    assert (runs.root / "m0000.py").read_text() == f"save = {saves}\n"
    runs.wish(run, Wish.RESUME)
    assert runs.end(run).files["changed"] == 1
    assert edits(runs.root / "m0000.py") == 1
    assert not any(task.attempts for task in runs.board.run_tasks(run).values())
