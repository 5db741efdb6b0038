"""Undo as a run."""

from __future__ import annotations

import pytest

from lockboard.errors import BoardError
from lockboard.model import RunState
from parallel_refactor.running.start import ensure_supervisor, start_undo
from tests.running.runs import Runs, before, edits, kill


def test_undo_gives_back_every_file_and_undoing_that_the_result(runs: Runs) -> None:
    paths = runs.write(12)
    (runs.root / paths[3]).chmod(0o755)
    run = runs.start()
    runs.end(run)
    undo = start_undo(runs.board, run)
    report = runs.end(undo)
    assert (report.engine, report.state) == ("undo", RunState.DONE)
    assert report.files == {"changed": 12, "unchanged": 0, "left": 0, "failed": 0}
    assert [(runs.root / path).read_text() for path in paths] == [before(number) for number in range(12)]
    assert (runs.root / paths[3]).stat().st_mode & 0o777 == 0o755
    assert runs.run(run).state is RunState.UNDONE
    redo = start_undo(runs.board, undo)
    assert runs.end(redo).state == RunState.DONE
    assert all(edits(runs.root / path) == 1 for path in paths)
    assert runs.run(run).state is RunState.DONE


def test_undo_cancels_a_run_that_is_going(runs: Runs) -> None:
    paths = runs.write(8)
    run = runs.start(options={"hang": ["m0007.py"]})
    runs.until(lambda: runs.board.run(run).changed == 7, "all but one file landed")
    undo = start_undo(runs.board, run)
    assert runs.end(undo).files["changed"] == 7
    assert runs.run(run).state is RunState.UNDONE
    assert [(runs.root / path).read_text() for path in paths] == [before(number) for number in range(8)]


def test_undo_ends_a_run_whose_supervisor_is_dead(runs: Runs) -> None:
    runs.write(4)
    run = runs.start(options={"hang": ["m0003.py"]})
    runs.until(lambda: runs.board.run(run).changed == 3, "all but one file landed")
    kill(runs.supervisor(run))
    assert runs.end(start_undo(runs.board, run)).files["changed"] == 3


def test_undo_leaves_out_what_a_person_changed_later(runs: Runs) -> None:
    paths = runs.write(6)
    run = runs.start(workers=3)
    runs.end(run)
    (runs.root / paths[2]).write_text("mine = 1\n")
    report = runs.end(start_undo(runs.board, run))
    assert report.state == RunState.DONE
    assert report.files == {"changed": 5, "unchanged": 0, "left": 1, "failed": 0}
    assert [note.path for note in report.left] == [paths[2]]
    assert (runs.root / paths[2]).read_text() == "mine = 1\n"


def test_an_undo_goes_on_after_its_supervisor_was_killed(runs: Runs) -> None:
    paths = runs.write(150)
    run = runs.start(workers=4)
    runs.end(run)
    undo = start_undo(runs.board, run)
    runs.until(lambda: runs.board.run(undo).changed > 0, "something is put back")
    kill(runs.supervisor(undo))
    runs.until(lambda: not runs.board.has_supervisor(undo), "the supervisor is dead")
    ensure_supervisor(runs.board, undo)
    assert runs.end(undo).files["changed"] == 150
    assert [(runs.root / path).read_text() for path in paths] == [before(number) for number in range(150)]


def test_what_is_being_undone_cannot_be_undone_again(runs: Runs) -> None:
    runs.write(2)
    run = runs.start()
    runs.end(run)
    undo = start_undo(runs.board, run)
    with pytest.raises(BoardError, match=f"undone .*by run {undo}"):
        start_undo(runs.board, run)
    runs.end(undo)
    with pytest.raises(BoardError, match=f"undone by run {undo}"):
        start_undo(runs.board, run)


def test_one_file_is_taken_back_and_the_run_s_undo_then_needs_only_the_others(runs: Runs) -> None:
    paths = runs.write(4)
    run = runs.start()
    runs.end(run)
    back = start_undo(runs.board, run, (paths[1],))
    assert runs.end(back).files == {"changed": 1, "unchanged": 0, "left": 0, "failed": 0}
    assert [edits(runs.root / path) for path in paths] == [1, 0, 1, 1]
    assert runs.run(run).state is RunState.DONE
    again = start_undo(runs.board, back)
    runs.end(again)
    assert edits(runs.root / paths[1]) == 1
    runs.end(start_undo(runs.board, run, (paths[2], paths[3])))
    undo = start_undo(runs.board, run)
    assert runs.end(undo).files == {"changed": 2, "unchanged": 0, "left": 0, "failed": 0}
    assert [(runs.root / path).read_text() for path in paths] == [before(number) for number in range(4)]
    assert runs.run(run).state is RunState.UNDONE


def test_a_file_that_the_run_did_not_change_cannot_be_taken_back(runs: Runs) -> None:
    runs.write(1)
    run = runs.start()
    runs.end(run)
    with pytest.raises(BoardError, match=r"changed none of these files: other\.py"):
        start_undo(runs.board, run, ("other.py",))


def test_undo_merges_what_a_person_changed_later_when_told(runs: Runs) -> None:
    paths = runs.write(3)
    run = runs.start()
    runs.end(run)
    landed = [(runs.root / path).read_text() for path in paths]
    (runs.root / paths[1]).write_text(f"mine = 1\n\n{landed[1]}")
    (runs.root / paths[2]).write_text(f"{landed[2]}mine = 2\n")
    undo = start_undo(runs.board, run, merge=True)
    report = runs.end(undo)
    assert report.files == {"changed": 2, "unchanged": 0, "left": 1, "failed": 0}
    [left] = report.left
    assert (left.path, left.reason.partition(";")[0]) == (paths[2], "it was changed after the run")
    assert "about the same lines" in left.reason
    assert (runs.root / paths[0]).read_text() == before(0)
    assert (runs.root / paths[1]).read_text() == f"mine = 1\n\n{before(1)}"
    assert (runs.root / paths[2]).read_text() == f"{landed[2]}mine = 2\n"
    (runs.root / paths[0]).write_text(f"mine = 0\n\n{before(0)}")
    runs.end(start_undo(runs.board, undo, merge=True))
    assert (runs.root / paths[0]).read_text() == f"mine = 0\n\n{landed[0]}"
    assert (runs.root / paths[1]).read_text() == f"mine = 1\n\n{landed[1]}"
