"""What the board's tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from lockboard.board import Board
from lockboard.life import Life
from lockboard.model import ProcessKind, RunSpec, RunState, TaskSpec
from tests.board.claims import Start


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Begin a run of the given tasks; its files hold their own names."""
    boards = []

    def begin(*tasks: TaskSpec, fingerprint: str = "", review: bool = False) -> tuple[Board, str, Life]:
        board = Board(tmp_path.resolve(), create=True)
        boards.append(board)
        for task in tasks:
            for path in task.files:
                (tmp_path / path).write_text(path)
        run = board.add_run(RunSpec("test", "test", fingerprint=fingerprint, review=review))
        board.set_plan(run, tasks)
        board.move_run(run, RunState.RUNNING)
        return board, run, board.join(ProcessKind.WORKER, os.getpid(), run)

    yield begin
    for board in boards:
        board.close()
