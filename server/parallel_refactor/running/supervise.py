"""The supervisor process: `main` with the workspace's root and the run's name as arguments."""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
from pathlib import Path

from lockboard.board import Board
from lockboard.errors import BoardError, BusyBoardError
from lockboard.model import ProcessKind, RunKind, RunState
from parallel_refactor.running import trees
from parallel_refactor.running.choice import resolve
from parallel_refactor.running.clock import Clock
from parallel_refactor.running.crew import Crew
from parallel_refactor.running.leftovers import clear_away
from parallel_refactor.running.request import RequestError, RunRequest, from_options
from parallel_refactor.running.shadow import delete_shadows
from parallel_refactor.running.supervisor import Supervisor
from parallel_refactor.running.undoing import UndoHands

_BOARD_PATIENCE = 2.0  # seconds; short, so that a worker that is stopped while it changes the board is found out


def main() -> int:
    """Supervise a run until it ends; a second supervisor leaves it to the first."""
    root, run = Path(sys.argv[1]), sys.argv[2]
    faulthandler.enable()
    for name in ("SIGINT", "SIGHUP"):  # the terminal's business, not ours
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    trees.become_reaper()
    board = Board(root, patience=_BOARD_PATIENCE)
    os.chdir(board.layout.run(run))  # relative paths, also an engine's, lead nowhere near the workspace's files
    try:
        lead = board.lead(run)
    except BusyBoardError:
        return 0
    _supervise(board, run)
    lead.release()
    board.close()
    return 0


def _supervise(board: Board, run: str) -> None:
    board.refresh()
    if board.run(run).state.ended:
        return
    life = board.join(ProcessKind.SUPERVISOR, os.getpid(), run)
    try:
        clear_away(board, run, life.process)
        if board.run(run).spec.kind is RunKind.UNDO:
            _undo(board, run, life.process)
        else:
            _refactor(board, run)
    finally:
        board.depart(life.process, "the supervisor left")
        life.end()
    try:
        board.save_snapshot()
    except BoardError as error:  # it only spares others time
        sys.stderr.write(f"{error}\n")


def _undo(board: Board, run: str, process: str) -> None:
    clock = Clock()
    supervisor = Supervisor(board, run, RunRequest(), UndoHands(board, run, process, clock), clock)
    signal.signal(signal.SIGTERM, lambda *_: supervisor.go())
    supervisor.supervise()


def _refactor(board: Board, run: str) -> None:
    try:
        request = from_options(board.run(run).spec.options)
        choice = resolve(request, board.root)
    except RequestError as error:
        board.move_run(run, RunState.FAILED, str(error))
        return
    clock = Clock()
    if request.programs:
        delete_shadows(board.root, run)  # of workers whose supervisor died
    crew = Crew(board, run, request, choice, clock)
    supervisor = Supervisor(board, run, request, crew, clock)
    signal.signal(signal.SIGTERM, lambda *_: supervisor.go())
    try:
        supervisor.supervise()
    finally:
        crew.kill()
        if request.programs:
            delete_shadows(board.root, run)
