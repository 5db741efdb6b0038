"""Review: what a run proposes, through the board that every process uses."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from lockboard import agents, landing
from lockboard.board import Board
from lockboard.digest import digest
from lockboard.errors import BoardError, StaleClaimError
from lockboard.model import FileChange, ProcessKind, RunSpec, RunState, Submission, TaskSpec, TaskState
from lockboard.review import Proposal, accept, proposals, reject
from lockboard.taking import Taken, take
from tests.board.claims import Start, claimed, submit

_GROUP = (TaskSpec("api", ("api",), 9, group="g"), TaskSpec("user", ("user",), group="g", needs=("api",)))


def one(board: Board, run: str) -> Proposal:
    """Give what is proposed; it must be one."""
    [proposal] = proposals(board, run)
    return proposal


def states(board: Board, run: str) -> dict[str, TaskState]:
    """Give the states of a run's tasks."""
    return {name: task.state for name, task in board.run_tasks(run).items()}


def test_nothing_lands_before_a_person_has_accepted_it(start: Start, tmp_path: Path) -> None:
    board, run, worker = start(TaskSpec("t1", ("a",)), review=True)
    submit(board, claimed(board, run, worker))
    assert states(board, run) == {"t1": TaskState.PROPOSED}
    assert not landing.land(board, run, "t1").landed
    accept(Board(tmp_path.resolve()), one(board, run), "ann")
    board.refresh()
    assert landing.land(board, run, "t1").landed
    assert (tmp_path / "a").read_text() == "new"


def test_what_changes_nothing_needs_no_review(start: Start) -> None:
    board, run, worker = start(TaskSpec("a", ("a",)), review=True)
    same = FileChange("a", digest(b"a"), digest(b"a"))
    board.submit(claimed(board, run, worker), Submission((same,)), {})
    assert not proposals(board, run)
    assert landing.land(board, run, "a").landed


def test_other_runs_stay_out_of_what_is_proposed_and_people_do_not(start: Start, tmp_path: Path) -> None:
    board, run, worker = start(TaskSpec("t1", ("a",)), review=True)
    submit(board, claimed(board, run, worker))
    other = board.add_run(RunSpec("other", "test"))
    board.set_plan(other, (TaskSpec("t1", ("a",)),))
    board.move_run(other, RunState.RUNNING)
    rival = board.join(ProcessKind.WORKER, os.getpid(), other)
    assert board.claim(other, rival.process) is None
    assert not agents.lock(board, ["a"], "an agent")
    shown = json.loads((tmp_path / ".task_board/locks/a.lock").read_text())
    assert (shown["owner"], shown["kind"], shown["proposed"]) == ("an agent", "person", f"{run}/t1")
    agents.unlock(board, None, "an agent")
    person = board.join(ProcessKind.SERVER, os.getpid())
    assert take(board, "a", "ann", person.process).how is Taken.FREE
    proposal = one(board, run)
    accept(board, proposal, "ann")
    assert not landing.land(board, run, "t1").landed
    assert (tmp_path / "a").read_text() == "a"
    board.unhold("a", person.process)
    assert landing.land(board, run, "t1").landed
    board.unhold("a", person.process)
    assert board.claim(other, rival.process) is not None


def test_a_part_goes_on_alone_and_the_rest_stays_proposed(start: Start) -> None:
    board, run, worker = start(TaskSpec("t1", ("a", "b", "c")), review=True)
    submit(board, claimed(board, run, worker))
    seen = one(board, run)
    accept(board, seen, "ann", ["b"])
    parts = [board.run(run).tasks[name] for name in ("t1.1", "t1.2")]
    assert [part.spec.files for part in parts] == [("b",), ("a", "c")]
    assert [part.accepted for part in parts] == [True, False]
    for part in parts:
        assert part.draft
        assert (part.draft.task, part.draft.token) == ("t1", seen.tokens["t1"])


def test_what_is_accepted_lands_when_it_is_handed_in_again_and_the_rest_is_proposed(start: Start) -> None:
    board, run, worker = start(TaskSpec("t1", ("a", "b")), review=True)
    submit(board, claimed(board, run, worker))
    accept(board, one(board, run), "ann", ["b"])
    submit(board, claimed(board, run, worker))
    submit(board, claimed(board, run, worker))
    assert states(board, run) == {"t1": TaskState.SPLIT, "t1.1": TaskState.SUBMITTED, "t1.2": TaskState.PROPOSED}
    reject(board, one(board, run), "ann")
    assert states(board, run)["t1.2"] is TaskState.SKIPPED
    assert landing.land(board, run, "t1.1").landed


def test_what_is_accepted_and_whose_file_a_person_changes_is_handed_in_again(start: Start, tmp_path: Path) -> None:
    board, run, worker = start(TaskSpec("t1", ("a",)), review=True)
    submit(board, claimed(board, run, worker))
    accept(board, one(board, run), "ann")
    (tmp_path / "a").write_text("mine")
    landing.land(board, run, "t1")
    claim = claimed(board, run, worker)
    task = board.run(run).tasks["t1"]
    assert task.accepted
    assert task.draft
    submit(board, claim)
    assert states(board, run) == {"t1": TaskState.SUBMITTED}
    landing.land(board, run, "t1")
    board.submit(claimed(board, run, worker), task.draft.submission, {"a": b"new"}, doubt="a: it does not fit")
    assert one(board, run).doubt == "a: it does not fit"


def test_a_result_that_changes_more_than_was_accepted_is_proposed_again(start: Start, tmp_path: Path) -> None:
    board, run, worker = start(TaskSpec("t1", ("a", "b")), review=True)
    for name in ("a", "b"):
        (tmp_path / name).write_text("old")
    old, new = digest(b"old"), digest(b"new")
    first = Submission((FileChange("a", old, new), FileChange("b", old, old)))
    board.submit(claimed(board, run, worker), first, {"a": b"new"})
    accept(board, one(board, run), "ann")
    (tmp_path / "a").write_text("ann's")
    landing.land(board, run, "t1")
    second = Submission((FileChange("a", digest(b"ann's"), new), FileChange("b", old, new)))
    board.submit(claimed(board, run, worker), second, {"a": b"new", "b": b"new"})
    assert one(board, run).doubt == "b: nobody has accepted a change of it"
    assert (tmp_path / "b").read_text() == "old"


def test_only_what_was_seen_can_be_accepted_or_rejected(start: Start) -> None:
    board, run, worker = start(TaskSpec("t1", ("a",)), review=True)
    submit(board, claimed(board, run, worker))
    old = one(board, run)
    accept(board, old, "ann")
    for decide in (accept, reject):
        with pytest.raises(StaleClaimError, match=f"Task t1 of run {run} .* look at it again"):
            decide(board, old, "ben")
    board.end_task(run, "t1", TaskState.CANCELLED, "cancelled")
    with pytest.raises(StaleClaimError):
        accept(board, old, "ann")


def test_a_group_is_reviewed_when_all_of_it_is_there_and_as_one(start: Start, tmp_path: Path) -> None:
    board, run, worker = start(*_GROUP, review=True)
    submit(board, claimed(board, run, worker))
    with pytest.raises(BoardError, match=f"Group g of run {run} is not complete"):
        accept(board, one(board, run), "ann")
    submit(board, claimed(board, run, worker))
    with pytest.raises(BoardError, match="user lands with all other files of its group"):
        accept(board, one(board, run), "ann", ["user"])
    accept(board, one(board, run), "ann")
    assert landing.land(board, run, "g").landed
    assert (tmp_path / "api").read_text() == (tmp_path / "user").read_text() == "new"


def test_who_rejects_one_of_a_group_rejects_all(start: Start) -> None:
    board, run, worker = start(*_GROUP, review=True)
    submit(board, claimed(board, run, worker))
    reject(board, one(board, run), "ann")
    assert set(states(board, run).values()) == {TaskState.SKIPPED}
    assert not board.state.locks


def test_files_that_are_not_proposed_cannot_be_decided(start: Start) -> None:
    board, run, worker = start(TaskSpec("t1", ("a",)), review=True)
    submit(board, claimed(board, run, worker))
    with pytest.raises(BoardError, match="does not propose to change z"):
        reject(board, one(board, run), "ann", ["z"])
