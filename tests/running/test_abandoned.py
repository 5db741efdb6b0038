"""Holds outlive their server for a while, not for ever."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from lockboard import agents
from lockboard.board import Board
from lockboard.model import ProcessKind
from parallel_refactor.running.abandoned import FORGOTTEN, GRACE, AbandonedHolds
from parallel_refactor.running.clock import Clock


def watched(board: Board) -> Callable[[float], list[str]]:
    """Give what looks at a board at some time, and gives the files that are held then."""
    clock = Clock()
    abandoned = AbandonedHolds(board, clock)

    def held_at(now: float) -> list[str]:
        clock.now = now
        abandoned.look()
        return sorted(board.state.holds)

    return held_at


def test_the_holds_of_a_dead_server_end_after_a_while(tmp_path: Path) -> None:
    board = Board(tmp_path, create=True)
    living, dying = (board.join(ProcessKind.SERVER, os.getpid()) for _ in range(2))
    board.hold("a.py", "anna", living.process)
    board.hold("b.py", "bert", dying.process)
    held_at = watched(board)

    assert held_at(1000) == ["a.py", "b.py"]
    dying.end()
    assert held_at(2000) == ["a.py", "b.py"]
    assert held_at(2000 + GRACE - 1) == ["a.py", "b.py"]
    assert held_at(2000 + GRACE + 1) == ["a.py"]
    assert held_at(9000) == ["a.py"]
    living.end()
    board.close()


def test_a_dead_server_that_holds_nothing_goes_too(tmp_path: Path) -> None:
    board = Board(tmp_path, create=True)
    board.join(ProcessKind.SERVER, os.getpid()).end()
    held_at = watched(board)
    held_at(1000)
    assert board.state.processes
    held_at(1000 + GRACE + 1)
    assert not board.state.processes
    board.close()


def test_an_agent_s_locks_end_an_hour_after_it_last_took_one(tmp_path: Path) -> None:
    board = Board(tmp_path, create=True)
    agents.lock(board, ["a.py"], "agent")
    held_at = watched(board)

    assert held_at(1000) == ["a.py"]
    assert held_at(1000 + FORGOTTEN - 1) == ["a.py"]
    agents.lock(board, ["b.py"], "agent")
    assert held_at(1000 + FORGOTTEN + 1) == ["a.py", "b.py"]
    assert held_at(1000 + 2 * FORGOTTEN + 2) == []
    board.close()
