"""Landing, through the board that every process uses: all files of a unit or none, and never over a person's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lockboard import landing
from lockboard.digest import digest
from lockboard.model import (
    ABSENT,
    Afterwards,
    FileChange,
    ProcessKind,
    RunSpec,
    RunState,
    Submission,
    TaskSpec,
    TaskState,
)
from tests.board.claims import Start, claimed, submit


def test_a_changed_base_sends_the_task_back(start: Start, tmp_path: Path) -> None:
    board, run, worker = start(TaskSpec("t1", ("a",)))
    submit(board, claimed(board, run, worker))
    (tmp_path / "a").write_text("typed by a person")
    assert not landing.land(board, run, "t1").landed
    task = board.run(run).tasks["t1"]
    assert (task.state, task.attempts, task.redos) == (TaskState.READY, 0, 1)
    assert "a: it was changed" in task.reason
    assert (tmp_path / "a").read_text() == "typed by a person"


@pytest.mark.parametrize("mutual", [False, True])
def test_of_two_that_depend_on_each_other_the_second_sees_what_the_first_changed(start: Start, mutual: bool) -> None:
    board, run, worker = start(TaskSpec("t1", ("a",)), TaskSpec("t2", ("b",)), TaskSpec("t3", ("c",)))
    relied = {"t1": {"b": digest(b"b")} if mutual else {}, "t2": {"a": digest(b"a")}, "t3": {}}
    for name, files in relied.items():
        submit(board, claimed(board, run, worker), relied=files)
        assert board.run(run).tasks[name].state is TaskState.SUBMITTED
    results = landing.land_all(board, run, ("t1", "t2", "t3"))
    assert {name: result.landed for name, result in results.items()} == {"t1": True, "t3": True}
    assert landing.land(board, run, "t2").then is Afterwards.REDO


def test_a_unit_that_cannot_land_whole_leaves_no_file_in(start: Start, tmp_path: Path) -> None:
    board, run, worker = start(TaskSpec("t1", ("a", "b")))
    submit(board, claimed(board, run, worker))
    with (tmp_path / "b").open("ab"):  # somebody may write into it yet
        assert landing.land(board, run, "t1").then is Afterwards.LAND_AGAIN
        assert ((tmp_path / "a").read_bytes(), (tmp_path / "b").read_bytes()) == (b"a", b"b")
    assert landing.land(board, run, "t1").landed


def test_a_task_whose_file_never_rests_waits_for_a_person(start: Start, tmp_path: Path) -> None:
    board, run, worker = start(TaskSpec("t1", ("a",)))
    for number in range(landing.REDOS + 1):
        submit(board, claimed(board, run, worker))
        (tmp_path / "a").write_text(f"typed {number}")
        landing.land(board, run, "t1")
    assert board.run(run).tasks["t1"].state is TaskState.WAITING
    assert board.claim(run, worker.process) is None
    board.ready(run, "t1")
    assert claimed(board, run, worker).task.id == "t1"


def test_create_delete_and_rename(start: Start, tmp_path: Path) -> None:
    board, run, worker = start(TaskSpec("t1", ("old",)))
    board.move_run(run, RunState.DONE)
    run = board.add_run(RunSpec("rename", "test"))
    board.set_plan(run, (TaskSpec("t1", ("old", "new/name")),))
    board.move_run(run, RunState.RUNNING)
    worker = board.join(ProcessKind.WORKER, os.getpid(), run)
    claim = claimed(board, run, worker)
    files = (FileChange("old", digest(b"old"), ABSENT), FileChange("new/name", ABSENT, digest(b"old"), 0o755))
    board.submit(claim, Submission(files), {"new/name": b"old"})
    assert landing.land(board, run, "t1").landed
    assert not (tmp_path / "old").exists()
    assert (tmp_path / "new/name").read_text() == "old"
    assert (tmp_path / "new/name").stat().st_mode & 0o777 == 0o755
