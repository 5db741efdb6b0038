"""A run from its request to its report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lockboard.model import RunState, TaskState, Wish
from parallel_refactor.running.request import RequestError, RunRequest
from parallel_refactor.running.start import plan_only, start_run
from tests.running.runs import Runs, before, edits


def test_every_file_is_changed_once_and_counted_once(runs: Runs) -> None:
    paths = runs.write(30)
    (runs.root / "done.txt").write_bytes(b"\xff\xfeu\0")
    (runs.root / "blob.bin").write_bytes(b"\0")
    (runs.root / "data.json").write_text("{}")
    run = runs.start(workers=4)
    report = runs.end(run).as_json()
    assert json.loads(json.dumps(report)) == report
    assert (report["run"], report["state"], report["engine"], report["workers"]) == (run, "done", "simulate", 4)
    assert report["tasks"] == {
        "done": len(runs.states(run)), "failed": 0, "skipped": 0, "cancelled": 0, "blocked": 0, "waiting": 0
    }  # fmt: skip
    assert report["files"] == {"changed": 30, "unchanged": 0, "left": 3, "failed": 0}
    assert {note["path"] for note in report["left"]} == {"blob.bin", "data.json", "done.txt"}
    assert all(edits(runs.root / path) == 1 for path in paths)
    assert [(runs.root / path).read_text().startswith(before(number)) for number, path in enumerate(paths)]
    assert "workers start slowly" not in runs.logs()
    assert "Traceback" not in runs.logs()


def test_a_second_run_finds_nothing_to_change(runs: Runs) -> None:
    runs.write(5)
    runs.end(runs.start())
    assert runs.end(runs.start()).files == {"changed": 0, "unchanged": 5, "left": 0, "failed": 0}


def test_a_file_that_fails_does_not_keep_the_others_of_its_task(runs: Runs) -> None:
    runs.write(24)
    report = runs.end(runs.start(workers=1, options={"fail": ["m0003.py", "m0004.py"]}))
    assert report.state == RunState.FAILED
    assert report.files == {"changed": 22, "unchanged": 0, "left": 0, "failed": 2}
    assert {(failure.path, failure.reason) for failure in report.failures} == {
        ("m0003.py", "m0003.py: failed on demand"),
        ("m0004.py", "m0004.py: failed on demand"),
    }


def test_a_file_that_the_engine_refuses_does_not_keep_the_others_of_its_task(runs: Runs) -> None:
    runs.write(24)
    report = runs.end(runs.start(workers=1, options={"refuse": ["m0003.py"]}))
    assert report.files == {"changed": 23, "unchanged": 0, "left": 0, "failed": 1}
    assert [failure.reason for failure in report.failures] == ["m0003.py: refused on demand"]


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("raise", "RuntimeError: raised on demand at m0001.py"),
        ("exit", "its worker ended with status 70"),
        ("kill", "its worker was ended by signal 9"),
    ],
)
def test_a_task_that_never_succeeds_fails_after_its_attempts(runs: Runs, fault: str, reason: str) -> None:
    runs.write(4)
    run = runs.start(options={fault: ["m0001.py"]}, attempts=2)
    report = runs.end(run)
    assert report.state == RunState.FAILED
    assert report.files["failed"] == sum("m0001.py" in task.spec.files for task in runs.board.run_tasks(run).values())
    assert report.failures[0].reason.startswith(reason)
    assert report.failures[0].reason.endswith("(attempt 2 of 2)")
    assert edits(runs.root / "m0001.py") == 0


def test_tasks_that_need_each_other_land_as_one(runs: Runs) -> None:
    (runs.root / "base.py").write_text("value = 1\n")
    (runs.root / "user.py").write_text("import base\n")
    (runs.root / "other.py").write_text("value = 3\n")
    report = runs.end(runs.start(options={"order": "needs", "fail": ["user.py"]}))
    assert report.files == {"changed": 1, "unchanged": 0, "left": 0, "failed": 2}
    assert edits(runs.root / "base.py") == 0
    assert edits(runs.root / "other.py") == 1


def test_a_run_that_is_to_be_confirmed_asks_after_planning(runs: Runs) -> None:
    runs.write(3)
    run = runs.start(confirm=True)
    runs.reach(run, RunState.ASKING)
    assert len(runs.board.run_tasks(run)) > 0
    assert set(runs.states(run)) == {TaskState.READY}
    runs.wish(run, Wish.START)
    assert runs.end(run).state == RunState.DONE


def test_a_run_that_asks_can_be_cancelled(runs: Runs) -> None:
    runs.write(3)
    run = runs.start(confirm=True)
    runs.reach(run, RunState.ASKING)
    runs.wish(run, Wish.CANCEL)
    report = runs.end(run)
    assert report.state == RunState.CANCELLED
    assert report.files == {"changed": 0, "unchanged": 0, "left": 3, "failed": 0}


def test_a_run_over_nothing_fails_and_says_why(runs: Runs) -> None:
    runs.write(1)
    run = runs.start(include=("*.nothing",))
    report = runs.end(run)
    assert report.state == RunState.FAILED
    assert "*.nothing" in runs.run(run).reason
    assert report.files == {"changed": 0, "unchanged": 0, "left": 0, "failed": 0}


def test_a_recipe_run_skips_what_an_earlier_one_left(runs: Runs) -> None:
    (runs.root / "old.py").write_text("import os, sys\nprint(sys.argv)\n")
    (runs.root / "new.py").write_text("value = 1\n")
    request = RunRequest(recipe="modernise", workers=2)
    first = runs.end(start_run(runs.board, request))
    assert first.state == RunState.DONE, first
    assert first.files == {"changed": 1, "unchanged": 1, "left": 0, "failed": 0}
    assert (runs.root / "old.py").read_text() == "import sys\n\nprint(sys.argv)\n"
    second = runs.end(start_run(runs.board, request))
    assert second.files == {"changed": 0, "unchanged": 2, "left": 0, "failed": 0}
    assert second.tasks["done"] == 0


def test_a_plan_alone_makes_no_board(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("a = 1\n")
    plan = plan_only(tmp_path, RunRequest(engine="simulate"))
    assert [task.files for task in plan.tasks] == [("a.py",)]
    assert [path.name for path in tmp_path.iterdir()] == ["a.py"]
    with pytest.raises(RequestError, match="can be changed"):
        plan_only(tmp_path, RunRequest(engine="simulate", include=("*.c",)))
