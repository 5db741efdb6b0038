"""The log as the truth: no line that was altered is believed, and a short cut leaves nothing out."""

from __future__ import annotations

import json
import os
import zlib
from pathlib import Path

import pytest

from lockboard.board import Board
from lockboard.errors import DamagedBoardError
from lockboard.model import ProcessKind, RunSpec, RunState, TaskSpec


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


@pytest.mark.parametrize("spoilt", ["runs", "processes", "holds", "left_behind"])
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
