"""The log as the truth: no line that was altered is believed, and a short cut leaves nothing out."""

from __future__ import annotations

import json
import os
import zlib
from pathlib import Path

import pytest

from lockboard.board import Board
from lockboard.digest import digest
from lockboard.errors import DamagedBoardError
from lockboard.landing import land
from lockboard.model import ProcessKind, RunSpec, RunState, TaskSpec, TaskState
from tests.board.claims import Start, claimed, submit


def test_a_line_that_was_altered_is_refused(tmp_path: Path) -> None:
    board = Board(tmp_path.resolve(), create=True)
    run = board.add_run(RunSpec("test", "test"))
    board.set_plan(run, (TaskSpec("t1", ("a.py",)),))
    board.move_run(run, RunState.RUNNING)
    log = tmp_path / ".task_board/log.jsonl"
    first, plan, *rest = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join((first, plan.replace(b"a.py", b"b.py"), *rest)))
    with pytest.raises(DamagedBoardError, match=rf"log.jsonl, at byte {len(first)}: the checksum does not match"):
        Board(tmp_path.resolve())
    board.close()


def test_a_snapshot_has_who_holds_what_and_who_takes_part(tmp_path: Path) -> None:
    board = Board(tmp_path.resolve(), create=True)
    person = board.join(ProcessKind.SERVER, os.getpid())
    board.hold("a.py", "Ada", person.process)
    board.save_snapshot()
    (tmp_path / ".task_board/log.jsonl").touch()
    other = Board(tmp_path.resolve())
    assert other.state.holds == board.state.holds != {}
    assert other.state.processes == board.state.processes != {}
    for each in (board, other):
        each.close()


@pytest.mark.parametrize("spoilt", ["runs", "processes", "holds"])
@pytest.mark.parametrize("rubbish", [[], 5, "x", {"r1": 5}, {"r1": []}, {"r1": {"id": []}}])
def test_a_snapshot_of_another_form_counts_as_none(tmp_path: Path, spoilt: str, rubbish: object) -> None:
    board = Board(tmp_path.resolve(), create=True)
    run = board.add_run(RunSpec("test", "test"))
    board.move_run(run, RunState.CANCELLED)
    board.save_snapshot()
    snapshot = tmp_path / ".task_board/snapshot.json"
    facts = json.loads(snapshot.read_text().split(" ", 1)[1]) | {spoilt: rubbish}
    text = json.dumps(facts)
    snapshot.write_text(f"{zlib.crc32(text.encode()):08x} {text}")
    other = Board(tmp_path.resolve())
    assert other.run(run).state is RunState.CANCELLED
    for each in (board, other):
        each.close()


def test_what_a_run_left_behind_is_known_later_whatever_became_of_its_short_form(start: Start, tmp_path: Path) -> None:
    board, run, worker = start(TaskSpec("t1", ("a.py",)), TaskSpec("t2", ("b.py",)), fingerprint="once")
    submit(board, claimed(board, run, worker))
    assert board.left_behind("once") == {}, "nothing has landed"
    land(board, run, "t1")
    board.end_task(run, "t2", TaskState.FAILED, "it does not parse")
    board.move_run(run, RunState.FAILED)
    left = {"a.py": digest(b"new")}
    assert (board.left_behind("once"), board.left_behind("other"), board.left_behind("")) == (left, {}, {})
    board.save_snapshot()
    short = board.layout.left_behind(run)
    assert json.loads(short.read_text()) == left
    for spoil in (lambda: None, lambda: short.write_text('{"a.py": 5}'), lambda: short.write_text("{"), short.unlink):
        spoil()
        other = Board(tmp_path.resolve())
        assert not other.run(run).tasks
        assert other.left_behind("once") == left
        other.close()
