"""Claims, tokens, groups and dependencies, through the board that every process uses."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lockboard import landing
from lockboard.board import Board
from lockboard.digest import digest
from lockboard.errors import BoardError, BusyBoardError, StaleClaimError, TakenError
from lockboard.model import (
    Claim,
    FileChange,
    ProcessKind,
    RunKind,
    RunSpec,
    RunState,
    Submission,
    TaskSpec,
    TaskState,
    Wish,
)
from lockboard.taking import Taken, take
from tests.board.claims import Start, claimed, submit
from tests.faults import driving


def test_largest_first_and_one_task_per_worker(start: Start) -> None:
    board, run, worker = start(TaskSpec("small", ("a",), 1), TaskSpec("large", ("b",), 9))
    assert claimed(board, run, worker).task.id == "large"
    assert board.claim(run, worker.process) is None


def test_two_processes_never_own_one_file(start: Start, tmp_path: Path) -> None:
    board, run, worker = start(TaskSpec("t1", ("a", "b")))
    other = Board(tmp_path.resolve())
    second = other.add_run(RunSpec("other", "test"))
    other.set_plan(second, (TaskSpec("t1", ("b", "c")), TaskSpec("t2", ("d",))))
    other.move_run(second, RunState.RUNNING)
    rival = other.join(ProcessKind.WORKER, os.getpid(), second)
    first = claimed(board, run, worker)
    assert claimed(other, second, rival).task.id == "t2"
    other.release(Claim(second, TaskSpec("t2", ("d",)), rival.process, other.state.seq), "test")
    board.release(first, "test")
    assert claimed(other, second, rival).task.id == "t1"
    assert board.claim(run, worker.process) is None
    other.close()


def test_one_more_file_is_had_at_once_or_not_at_all(start: Start, tmp_path: Path) -> None:
    board, run, worker = start(TaskSpec("t1", ("a",), 9), TaskSpec("t2", ("b",)))
    other = board.add_run(RunSpec("other", "test"))
    board.set_plan(other, (TaskSpec("t1", ("c", "d")),))
    board.move_run(other, RunState.RUNNING)
    old = claimed(board, run, worker)
    rival = board.join(ProcessKind.WORKER, os.getpid(), other)
    theirs = claimed(board, other, rival)
    person = board.join(ProcessKind.SERVER, os.getpid())
    board.hold("h", "ann", person.process)
    for path, who in (("b", "task t2"), ("c", f"task t1 of run {other}"), ("h", "ann holds h"), ("a", "has a")):
        with pytest.raises(TakenError, match=who):
            board.extend(old, path)
    with pytest.raises(BoardError, match=r"\.\."):
        board.extend(old, "../x")
    (tmp_path / "e").write_text("e")
    new = board.extend(old, "e")
    assert (new.task.files, new.token) == (("a", "e"), old.token)
    with pytest.raises(TakenError, match=f"task t1 of run {run} has e"):
        board.extend(theirs, "e")
    assert (tmp_path / ".task_board" / "locks" / "e.lock").read_text().count('"a","e"') == 1
    board.release(new, "test")
    assert "e" not in board.state.locks
    again = claimed(board, run, worker)
    assert again.task.files == ("a", "e")
    with pytest.raises(StaleClaimError):
        board.extend(new, "f")
    submit(board, again)
    assert landing.land(board, run, "t1").landed


def test_a_stale_token_is_refused_everywhere(start: Start) -> None:
    board, run, worker = start(TaskSpec("t1", ("a",)))
    old = claimed(board, run, worker)
    board.release(old, "taken back")
    new = claimed(board, run, worker)
    assert new.token > old.token
    with pytest.raises(StaleClaimError, match="t1"):
        submit(board, old)
    with pytest.raises(StaleClaimError, match="t1"):
        board.release(old, "too late")
    with pytest.raises(StaleClaimError, match="t1"):
        board.fail(old, "too late")
    submit(board, new)
    assert landing.land(board, run, "t1").landed


def test_a_group_locks_all_its_files_and_lands_whole(start: Start, tmp_path: Path) -> None:
    board, run, worker = start(
        TaskSpec("api", ("api",), 9, group="g"), TaskSpec("user", ("user",), group="g", needs=("api",))
    )
    api = claimed(board, run, worker)
    assert {lock.path for lock in board.state.locks.values()} == {"api", "user"}
    assert board.claim(run, worker.process) is None
    submit(board, api)
    assert not landing.land(board, run, "g").landed
    assert (tmp_path / "api").read_text() == "api"
    submit(board, claimed(board, run, worker))
    assert landing.land(board, run, "g").landed
    assert ((tmp_path / "api").read_bytes(), (tmp_path / "user").read_bytes()) == (b"new", b"new")
    assert not board.state.locks


def test_a_failure_blocks_its_group_and_nothing_of_it_lands(start: Start, tmp_path: Path) -> None:
    board, run, worker = start(
        TaskSpec("api", ("api",), 9, group="g"), TaskSpec("user", ("user",), group="g", needs=("api",))
    )
    submit(board, claimed(board, run, worker))
    board.fail(claimed(board, run, worker), "cannot")
    assert board.run(run).tasks["api"].state is TaskState.BLOCKED
    assert not landing.land(board, run, "g").landed
    assert (tmp_path / "api").read_text() == "api"
    assert not board.state.locks


def test_after_is_order_only(start: Start) -> None:
    board, run, worker = start(TaskSpec("first", ("a",)), TaskSpec("second", ("b",), 9, after=("first",)))
    first = claimed(board, run, worker)
    assert first.task.id == "first"
    board.fail(first, "cannot")
    assert claimed(board, run, worker).task.id == "second"


def test_a_hold_keeps_workers_and_landings_out(start: Start, tmp_path: Path) -> None:
    board, run, worker = start(TaskSpec("t1", ("a",)), TaskSpec("t2", ("b",)))
    editor = board.join(ProcessKind.SERVER, os.getpid())
    board.hold("a", "Ada", editor.process)
    assert claimed(board, run, worker).task.id == "t2"
    board.hold("b", "Ada", editor.process)
    submit(board, Claim(run, TaskSpec("t2", ("b",)), worker.process, board.run(run).tasks["t2"].token))
    outcome = landing.land(board, run, "t2")
    assert not outcome.landed
    assert "Ada" in outcome.notes[0].reason
    assert (tmp_path / "b").read_text() == "b"
    board.unhold("b", editor.process)
    assert landing.land(board, run, "t2").landed
    assert board.claim(run, worker.process) is None
    board.unhold("a", editor.process)
    assert claimed(board, run, worker).task.id == "t1"


def test_a_task_that_was_cancelled_while_it_rested_stays_so(start: Start) -> None:
    board, run, worker = start(TaskSpec("t1", ("a",)))
    board.release(claimed(board, run, worker), "it failed", counts=True, rest=True)
    board.end_task(run, "t1", TaskState.CANCELLED, "cancelled")
    board.ready(run, "t1")
    assert board.claim(run, worker.process) is None
    assert board.run(run).tasks["t1"].state is TaskState.CANCELLED


def test_a_dead_worker_gives_its_task_back_after_a_rest(start: Start) -> None:
    board, run, worker = start(TaskSpec("t1", ("a",)))
    claimed(board, run, worker)
    assert board.is_alive(worker.process)
    worker.end()
    assert not board.is_alive(worker.process)
    board.depart(worker.process, "it died", counts=True)
    assert not board.state.locks
    task = board.run(run).tasks["t1"]
    assert (task.state, task.attempts) == (TaskState.PENDING, 1)
    again = board.join(ProcessKind.WORKER, os.getpid(), run)
    assert board.claim(run, again.process) is None
    board.ready(run, "t1")
    assert claimed(board, run, again).task.id == "t1"


def test_split_goes_on_with_the_other_files(start: Start) -> None:
    board, run, worker = start(TaskSpec("t1", ("a", "b", "c"), 30))
    board.split(claimed(board, run, worker), (("a", "c"), ("b",)), "b is broken")
    assert board.run(run).tasks["t1"].state is TaskState.SPLIT
    first = claimed(board, run, worker)
    assert (first.task.id, first.task.files, first.task.weight) == ("t1.1", ("a", "c"), 20)


def test_a_worker_cannot_hand_in_what_it_does_not_own(start: Start) -> None:
    board, run, worker = start(TaskSpec("t1", ("a",)))
    claim = claimed(board, run, worker)
    foreign = Submission((FileChange("b", digest(b"b"), digest(b"x")),))
    with pytest.raises(BoardError, match="does not own b"):
        board.submit(claim, foreign, {"b": b"x"})
    lying = Submission((FileChange("a", digest(b"a"), digest(b"x")),))
    with pytest.raises(BoardError, match="other contents for a"):
        board.submit(claim, lying, {"a": b"y"})


def test_pause_and_cancel_stop_claims(start: Start) -> None:
    board, run, worker = start(TaskSpec("t1", ("a",)))
    board.wish(run, Wish.PAUSE)
    assert board.claim(run, worker.process) is None
    board.wish(run, Wish.RESUME)
    claim = claimed(board, run, worker)
    assert board.end_task(run, "t1", TaskState.CANCELLED, "by a person")
    assert not board.is_current(claim)
    assert not board.end_task(run, "t1", TaskState.CANCELLED, "twice")


def test_one_supervisor_a_run(start: Start) -> None:
    board, run, _ = start(TaskSpec("t1", ("a",)))
    lock = board.lead(run)
    assert board.has_supervisor(run)
    with pytest.raises(BusyBoardError, match="has a supervisor"):
        board.lead(run)
    lock.release()
    assert not board.has_supervisor(run)


def test_wishes_for_what_is_not_there_are_refused(start: Start) -> None:
    board, run, _ = start(TaskSpec("t1", ("a",)))
    with pytest.raises(BoardError, match="no run 'r9'"):
        board.wish("r9", Wish.CANCEL)
    with pytest.raises(BoardError, match="no worker 'r1-w9'"):
        board.wish(run, Wish.CANCEL_WORKER, worker="r1-w9")
    with pytest.raises(BoardError, match="no task 't9'"):
        board.wish(run, Wish.CANCEL_TASK, task="t9")


def test_take_gives_the_file_at_once_and_the_rest_goes_on(start: Start) -> None:
    board, run, worker = start(TaskSpec("t1", ("a", "b", "c")))
    editor = board.join(ProcessKind.SERVER, os.getpid())
    claim = claimed(board, run, worker)
    taking = take(board, "b", "Ada", editor.process)
    assert (taking.how, taking.task, taking.token) == (Taken.TAKEN, "t1", claim.token)
    assert not board.is_current(claim)
    assert not board.state.locks
    assert claimed(board, run, worker).task.files == ("a", "c")
    assert board.claim(run, worker.process) is None
    assert take(board, "b", "Ada", editor.process).how is Taken.FREE


@pytest.mark.parametrize("submitted", [False, True])
def test_take_returns_a_single_file_or_group_whole(start: Start, submitted: bool) -> None:
    board, run, worker = start(TaskSpec("t1", ("a",)))
    editor = board.join(ProcessKind.SERVER, os.getpid())
    claim = claimed(board, run, worker)
    if submitted:
        submit(board, claim)
    assert take(board, "a", "Ada", editor.process).how is Taken.TAKEN
    task = board.run(run).tasks["t1"]
    assert (task.state, task.attempts, task.redos) == (TaskState.READY, 0, 0)
    assert board.claim(run, worker.process) is None
    board.unhold("a", editor.process)
    assert claimed(board, run, worker).task.id == "t1"


def test_who_loses_a_task_with_its_group_has_it_no_more(start: Start) -> None:
    """Whoever leaves gives back what it has: that must not be a task that another has done meanwhile."""
    board, run, first = start(TaskSpec("t1", ("a",), group="g"), TaskSpec("t2", ("b",), group="g", needs=("t1",)))
    second, editor = board.join(ProcessKind.WORKER, os.getpid(), run), board.join(ProcessKind.SERVER, os.getpid())
    submit(board, claimed(board, run, first))
    lost = claimed(board, run, second)
    assert take(board, "a", "Ada", editor.process).how is Taken.TAKEN
    assert not board.is_current(lost)
    board.unhold("a", editor.process)
    submit(board, claimed(board, run, second))
    submit(board, claimed(board, run, first))
    assert landing.land(board, run, "g").landed
    board.depart(second.process, "it left")
    assert {task.state for task in board.run(run).tasks.values()} == {TaskState.DONE}


def test_a_file_taken_from_an_undo_keeps_what_landed_with_it(tmp_path: Path) -> None:
    board = driving.begin(tmp_path.resolve(), "group")
    driving.go_on(board)
    undo = board.add_run(RunSpec("undo", "undo", RunKind.UNDO, undoes="r1"))
    driving.set_going(board, undo)
    worker, editor = driving.join(board, undo), board.join(ProcessKind.SERVER, os.getpid())
    driving.work(board, claimed(board, undo, worker))
    assert take(board, "uses.py", "Ada", editor.process).how is Taken.TAKEN
    assert not landing.land_all(board, undo, list(board.state.schedules[undo].landable))
    assert board.claim(undo, worker.process) is None
    board.unhold("uses.py", editor.process)
    driving.go_on(board)
    assert driving.tree(tmp_path) == driving.BEFORE
    board.close()
