"""What a dead supervisor leaves on the board: workers that may still be ending, and their claims."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from contextlib import suppress

import psutil

from lockboard.board import Board
from lockboard.model import Process, ProcessKind
from parallel_refactor.running import trees

_PATIENCE = 2.0  # seconds that workers have to notice by themselves that their supervisor is dead


def clear_away(board: Board, run: str, own: str) -> None:
    """End and depart all of a run's processes but the supervisor `own`; no death counts against a task.

    Only for the run's present supervisor: nobody else may own anything of the run.
    """
    old = [process for process in board.state.processes.values() if process.run == run and process.id != own]
    _wait_until_dead(board, old)
    for process in old:
        if process.kind is ProcessKind.WORKER and board.is_alive(process.id):
            with suppress(psutil.NoSuchProcess):
                if pid := board.pid_of(process):
                    trees.kill_tree(psutil.Process(pid))
    _wait_until_dead(board, old)
    for process in old:
        if board.is_alive(process.id):
            sys.stderr.write(f"{process.id} (process {process.pid}) cannot be ended; its task goes to another\n")
        board.depart(process.id, "its supervisor died")


def _wait_until_dead(board: Board, processes: Sequence[Process]) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and any(board.is_alive(process.id) for process in processes):
        time.sleep(0.02)
