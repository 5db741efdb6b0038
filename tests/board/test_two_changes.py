"""A file that two tasks of a run change, one after the other: undo, redo, and the undo of a part."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from lockboard import landing
from lockboard.board import Board
from lockboard.digest import digest, digest_file
from lockboard.errors import BoardError, ConflictError
from lockboard.model import (
    ABSENT,
    FileChange,
    ProcessKind,
    RunKind,
    RunSpec,
    RunState,
    SharedEdit,
    Submission,
    TaskSpec,
    TaskState,
)
from lockboard.undo import Undo

TASKS = (TaskSpec("t1", ("init", "one"), group="g"), TaskSpec("t2", ("two",)))
LAST = TaskSpec("shared", ("init", "list"), after=("t1",), shared=True)
BEFORE = {"init": "i0", "one": "1", "two": "2", "list": "l"}
BETWEEN = {"init": "i1", "one": "1+", "two": "2+", "list": "l"}
AFTER = BETWEEN | {"init": "i2", "list": "l+"}


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Board]:
    """Give a board whose run r1 has changed `init` twice."""
    for path, text in BEFORE.items():
        (tmp_path / path).write_text(text)
    opened = Board(tmp_path.resolve(), create=True)
    opened.set_plan(opened.add_run(RunSpec("test", "test")), TASKS)
    opened.move_run("r1", RunState.RUNNING)
    do(opened, "r1", BETWEEN)
    opened.add_task("r1", LAST)
    do(opened, "r1", AFTER)
    opened.move_run("r1", RunState.DONE)
    yield opened
    opened.close()


def do(board: Board, run: str, texts: dict[str, str], undo: Undo | None = None) -> None:
    """Claim, hand in and land all that a run has to do."""
    worker = board.join(ProcessKind.WORKER, os.getpid(), run)
    spec = board.run(run).spec
    while claim := board.claim(run, worker.process):
        if spec.undoes:
            if board.run(run).tasks[claim.task.id].redos:
                board.end_task(run, claim.task.id, TaskState.SKIPPED, "changed")
                continue
            (undo or Undo(board, spec.undoes, spec.files)).submit(claim)
        else:
            new = {path: texts[path].encode() for path in claim.task.files}
            files = tuple(FileChange(path, digest_file(board.root / path), digest(new[path])) for path in new)
            board.submit(claim, Submission(files), new)
        landing.land_all(board, run, list(board.state.schedules[run].landable))
    board.depart(worker.process, "done")
    worker.end()


def undo(board: Board, run: str, *files: str) -> tuple[str, dict[str, str]]:
    """Undo a run, or of some files; gives the undo and what was left out."""
    undoing = board.add_run(RunSpec("undo", "undo", RunKind.UNDO, undoes=run, files=files))
    plan = Undo(board, run, files).plan()
    board.set_plan(undoing, plan.tasks, plan.left)
    board.move_run(undoing, RunState.RUNNING)
    do(board, undoing, {})
    board.move_run(undoing, RunState.DONE)
    return undoing, {note.path: note.reason for note in plan.left}


def tree(board: Board) -> dict[str, str]:
    """Give what is in the files now."""
    return {path: (board.root / path).read_text() for path in BEFORE}


def test_undo_gives_back_every_byte_and_redo_the_result(board: Board) -> None:
    assert tree(board) == AFTER
    assert board.run("r1").changed == 4
    before, result = BEFORE, AFTER
    for run in ("r1", "r2", "r3", "r4"):
        assert undo(board, run)[1] == {}
        assert tree(board) == before
        assert board.run(f"r{int(run[1]) + 1}").changed == 4
        before, result = result, before


def test_the_later_change_is_put_back_before_the_earlier(board: Board) -> None:
    first, second, third = Undo(board, "r1").plan().tasks
    assert (first.group, first.files, first.after) == ("shared", ("init", "list"), ())
    assert (second.group, second.after) == ("t2", ())
    assert (third.group, third.files, third.after) == ("g", ("init", "one"), ("t1",))


@pytest.mark.parametrize(
    ("edited", "stays"),
    [
        ("init", {"init", "one", "list"}),  # all that hangs together with it
        ("list", {"init", "one", "list"}),  # the second change of init stays, and with it the first
        ("one", {"init", "one"}),  # the second change of init goes
        ("two", {"two"}),
    ],
)
def test_what_a_person_edited_stays_with_what_hangs_together_with_it(
    board: Board, edited: str, stays: set[str]
) -> None:
    (board.root / edited).write_text("typed by a person")
    _, left = undo(board, "r1")
    init = {"one": "i1"}.get(edited, "i2")
    kept = {path: AFTER[path] for path in stays} | ({"init": init} if "init" in stays else {})
    assert tree(board) == BEFORE | kept | {edited: "typed by a person"}
    assert left.keys() == stays
    assert left[edited] == "it was changed after the run"
    if edited == "list":
        assert left["one"] == "it hangs together with init"


def test_an_undo_that_merges_takes_both_changes_out_from_under_what_a_person_wrote(board: Board) -> None:
    (board.root / "init").write_text("i2 typed")
    undoing = board.add_run(RunSpec("undo", "undo", RunKind.UNDO, undoes="r1"))
    merging = Undo(board, "r1", merge=keep_typed)
    plan = merging.plan()
    assert (plan.left, plan.merged) == ((), ("init",))
    assert set(plan.files) == set(BEFORE)
    board.set_plan(undoing, plan.tasks)
    board.move_run(undoing, RunState.RUNNING)
    do(board, undoing, {}, merging)
    assert tree(board) == BEFORE | {"init": "i0 typed"}


def test_what_cannot_be_merged_on_the_way_back_stays(board: Board) -> None:
    (board.root / "init").write_text("i2 typed, but not into i0")
    plan = Undo(board, "r1", merge=keep_typed).plan()
    assert [task.group for task in plan.tasks] == ["shared", "t2"]
    assert {note.path: note.reason for note in plan.left} == {
        "init": "it was changed after the run; it does not go together",
        "one": "it hangs together with init",
    }


def keep_typed(change: FileChange, new: bytes | None, present: bytes | None) -> bytes | None:
    """Put what a person has typed after a text of the run after the new one."""
    assert new
    assert present
    if f"not into {new.decode()}" in present.decode():
        raise ConflictError("it does not go together")
    assert digest(present.partition(b" ")[0]) == change.base
    return new + b" " + present.partition(b" ")[2]


def test_a_person_who_edits_meanwhile_keeps_what_hangs_together(board: Board) -> None:
    undoing = board.add_run(RunSpec("undo", "undo", RunKind.UNDO, undoes="r1"))
    board.set_plan(undoing, Undo(board, "r1").plan().tasks)
    board.move_run(undoing, RunState.RUNNING)
    (board.root / "list").write_text("typed by a person")
    do(board, undoing, {})
    assert tree(board) == AFTER | {"two": "2", "list": "typed by a person"}


@pytest.mark.parametrize(
    ("wanted", "back"),
    [("init", {"init", "one"}), ("one", {"init", "one"}), ("list", {"list"}), ("two", {"two"})],
)
def test_one_file_is_taken_back_with_its_group_and_the_rest_afterwards(
    board: Board, wanted: str, back: set[str]
) -> None:
    part, left = undo(board, "r1", wanted)
    assert tree(board) == AFTER | {path: BEFORE[path] for path in back}
    assert not left
    undoing, left = undo(board, "r1")
    assert tree(board) == BEFORE
    assert not left
    assert undo(board, undoing)[1] == {}
    assert undo(board, part)[1] == {}
    assert tree(board) == AFTER


def test_one_file_is_done_again_after_all_were_undone(board: Board) -> None:
    undo(board, "r1")
    undo(board, "r2", "list")
    assert tree(board) == AFTER | {"two": "2"}  # an undo's tasks are groups: what it put back together


def test_a_task_is_added_once_and_only_after_those_who_have_its_files(board: Board) -> None:
    tasks = set(board.run_tasks("r1"))
    run = board.add_run(RunSpec("test", "test"))
    board.set_plan(run, (TaskSpec("t1", ("one",)), TaskSpec("t2", ("two", "init"))))
    with pytest.raises(BoardError, match="init is in two tasks"):
        board.add_task(run, TaskSpec("t3", ("init",), after=("t1",)))
    with pytest.raises(BoardError, match="waits for a task 't9'"):
        board.add_task(run, TaskSpec("t3", ("list",), after=("t9",)))
    for _ in range(2):
        board.add_task(run, TaskSpec("t3", ("init",), after=("t2",)))
    assert set(board.run(run).tasks) == {"t1", "t2", "t3"}
    board.add_task("r1", TaskSpec("t9", ("two",), after=("t2",)))  # which has ended
    assert set(board.run_tasks("r1")) == tasks


def test_edits_in_files_outside_are_not_taken(board: Board) -> None:
    run = board.add_run(RunSpec("test", "test"))
    board.set_plan(run, (TaskSpec("t1", ("one",)),))
    board.move_run(run, RunState.RUNNING)
    worker = board.join(ProcessKind.WORKER, os.getpid(), run)
    claim = board.claim(run, worker.process)
    assert claim
    for path in ("../outside", ".git/config"):
        with pytest.raises(BoardError):
            board.submit(claim, Submission((), shared_edits=(SharedEdit(path, "a", "b"),)), {})


def test_a_file_that_the_first_made_and_the_second_deleted_is_no_more_after_undo_and_redo(board: Board) -> None:
    run = board.add_run(RunSpec("test", "test"))
    board.set_plan(run, (TaskSpec("t1", ("new/made",)),))
    board.move_run(run, RunState.RUNNING)
    do(board, run, {"new/made": "made"})
    board.add_task(run, TaskSpec("t2", ("new/made",), after=("t1",)))
    worker = board.join(ProcessKind.WORKER, os.getpid(), run)
    claim = board.claim(run, worker.process)
    assert claim
    board.submit(claim, Submission((FileChange("new/made", digest(b"made"), ABSENT),)), {})
    assert landing.land(board, run, "t2").landed
    board.move_run(run, RunState.DONE)
    assert not (board.root / "new/made").exists()
    assert Undo(board, run).plan().tasks == ()
