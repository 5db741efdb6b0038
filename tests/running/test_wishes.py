"""What a person may ask of a run that is going."""

from __future__ import annotations

import psutil
import pytest

from lockboard.model import RunState, TaskState, Wish
from tests.running.runs import Runs, edits

ENDLESS = 1000.0
"""Seconds that no test waits for."""


@pytest.mark.parametrize("deaf", [False, True], ids=["cooperative", "deaf"])
def test_a_cancelled_run_ends_and_changes_nothing_more(runs: Runs, deaf: bool) -> None:
    paths = runs.write(6)
    run = runs.start(options={"seconds": ENDLESS, "ignore_stop": float(deaf)})
    runs.until(lambda: len(runs.busy(run)) == 2, "two workers are busy")
    runs.wish(run, Wish.CANCEL)
    report = runs.end(run)
    assert report.state == RunState.CANCELLED
    assert report.tasks["cancelled"] == len(runs.states(run))
    assert report.files == {"changed": 0, "unchanged": 0, "left": 6, "failed": 0}
    assert not any(edits(runs.root / path) for path in paths)


def test_what_had_landed_before_the_cancel_stays(runs: Runs) -> None:
    runs.write(20)
    run = runs.start(options={"hang": [f"m{number:04}.py" for number in range(10)]})
    runs.until(lambda: runs.board.run(run).changed > 0 and len(runs.busy(run)) == 2, "something landed, two hang")
    runs.wish(run, Wish.CANCEL)
    report = runs.end(run)
    assert report.state == RunState.CANCELLED
    assert report.files["changed"] > 0
    assert sum(edits(path) for path in runs.root.glob("*.py")) == report.files["changed"]
    assert sum(report.files.values()) == 20


@pytest.mark.parametrize("deaf", [False, True], ids=["cooperative", "deaf"])
def test_the_task_of_a_cancelled_worker_goes_to_another(runs: Runs, deaf: bool) -> None:
    runs.write(1)
    run = runs.start(workers=1, options={"seconds": ENDLESS, "ignore_stop": float(deaf)})
    runs.until(lambda: runs.busy(run), "a worker is busy")
    [worker] = runs.busy(run)
    runs.wish(run, Wish.CANCEL_WORKER, worker=worker.id)
    runs.until(lambda: [other.id != worker.id for other in runs.busy(run)] == [True], "another has the task")
    [task] = runs.run(run).tasks.values()
    assert (task.state, task.attempts) == (TaskState.CLAIMED, 0)
    assert not psutil.pid_exists(worker.pid)
    runs.wish(run, Wish.CANCEL)
    runs.end(run)


def test_a_cancelled_task_ends_and_its_worker_takes_the_next(runs: Runs) -> None:
    runs.write(2)
    run = runs.start(workers=1, options={"seconds": ENDLESS})
    runs.until(lambda: runs.busy(run), "a worker is busy")
    [worker] = runs.busy(run)
    runs.wish(run, Wish.CANCEL_TASK, task=worker.task)
    runs.until(lambda: [other.task != worker.task for other in runs.busy(run)] == [True], "it has the other task")
    assert [other.id for other in runs.busy(run)] == [worker.id]
    assert runs.run(run).tasks[worker.task].state is TaskState.CANCELLED
    runs.wish(run, Wish.CANCEL)
    assert runs.end(run).tasks["cancelled"] == 2


def test_a_cancelled_task_ends_although_its_engine_never_asks(runs: Runs) -> None:
    runs.write(4)
    run = runs.start(options={"hang": ["m0002.py"]})
    runs.until(lambda: runs.board.run(run).changed == 3 and len(runs.busy(run)) == 1, "only one hangs")
    [worker] = runs.busy(run)
    runs.wish(run, Wish.CANCEL_TASK, task=worker.task)
    report = runs.end(run)
    assert report.state == RunState.DONE
    assert report.tasks == {"done": 3, "failed": 0, "skipped": 0, "cancelled": 1, "blocked": 0, "waiting": 0}
    assert not any(task.attempts for task in runs.board.run_tasks(run).values())


def test_a_paused_run_finishes_what_it_does_and_rests_until_resumed(runs: Runs) -> None:
    paths = runs.write(12)
    run = runs.start(options={"seconds": 0.3})
    runs.until(lambda: len(runs.busy(run)) == 2, "two workers are busy")
    runs.wish(run, Wish.PAUSE)
    runs.reach(run, RunState.PAUSED)
    assert runs.workers(run) == []
    assert TaskState.CLAIMED not in runs.states(run)
    assert TaskState.SUBMITTED not in runs.states(run)
    changed = sum(edits(runs.root / path) for path in paths)
    assert 2 <= changed < 12
    assert runs.board.has_supervisor(run)
    runs.wish(run, Wish.RESUME)
    assert runs.end(run).files["changed"] == 12
    assert all(edits(runs.root / path) == 1 for path in paths)


def test_a_run_can_be_paused_while_it_is_planned(runs: Runs) -> None:
    runs.write(2)
    run = runs.start()
    runs.wish(run, Wish.PAUSE)
    if not runs.run(run).state.ended:
        runs.reach(run, RunState.PAUSED, RunState.DONE)
    if runs.run(run).state is RunState.PAUSED:
        runs.wish(run, Wish.RESUME)
    assert runs.end(run).files["changed"] == 2


def test_a_paused_run_can_be_cancelled(runs: Runs) -> None:
    runs.write(4)
    run = runs.start(options={"seconds": 0.2})
    runs.wish(run, Wish.PAUSE)
    runs.reach(run, RunState.PAUSED)
    runs.wish(run, Wish.CANCEL)
    assert runs.end(run).state == RunState.CANCELLED
