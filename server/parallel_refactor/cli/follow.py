"""Follows a run on the board until it ends, waits for a person, or is left alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from enum import Enum, auto
from typing import Protocol

from rich.console import Console

from lockboard.board import Board
from lockboard.entries import Line
from lockboard.errors import BoardError
from lockboard.model import RunState, Wish
from parallel_refactor.cli.interrupts import Interrupts
from parallel_refactor.cli.plain import Plain
from parallel_refactor.cli.terminal import can_ask, confirm, is_live
from parallel_refactor.cli.view import View

_TICK = 0.05
_PULSE = 2.0
_MOMENT = 1.0


class Why(Enum):
    """Why following came to its end: the run did, or is in a state asked for; or we left it; or nobody drives it."""

    REACHED = auto()
    LEFT = auto()
    LOST = auto()


class Screen(Protocol):
    """What shows a run to a person: the live view, or lines of text."""

    def update(self, lines: Sequence[Line]) -> None:
        """Take in what is new on the board."""
        ...

    def aside(self) -> AbstractContextManager[None]:
        """Leave the terminal to a question."""
        ...


def follow(board: Board, run: str, to: Console, interrupts: Interrupts, answer: Callable[[], None]) -> Why:
    """Show a run until it has ended or waits for a person. Ctrl-C asks, then cancels it.

    `answer` is called where the run asks whether to start, and sees to it that somebody says so.
    """
    with View(board, run, to) if is_live(to) else Plain(board, run, to) as screen:
        lost, waits, answered = _Pulse(board, run), _Patience(), False
        while True:
            screen.update(board.refresh())
            found = board.run(run)
            state = found.state
            needs_person = state is RunState.WAITING or (state is RunState.PAUSED and bool(found.reason))
            if state.ended or waits.enough(waiting=needs_person):
                return Why.REACHED
            if state is RunState.ASKING and not answered:
                with screen.aside(), interrupts.raised():
                    answer()
                answered = True
            if interrupts.take() and not _cancel(board, run, screen, interrupts):
                return Why.LEFT
            if lost():
                return Why.LOST
            time.sleep(_TICK)


def cancel_run(board: Board, run: str) -> None:
    """Ask for a run to be cancelled, unless it has ended."""
    try:
        board.wish(run, Wish.CANCEL)
    except BoardError:
        if not board.run(run).state.ended:
            raise


def _cancel(board: Board, run: str, screen: Screen, interrupts: Interrupts) -> bool:
    """Cancel if the person wants it, or cannot be asked; False to leave the run alone."""
    if board.run(run).wish is Wish.CANCEL:
        return False  # asked for already: whoever insists wants the prompt back
    if can_ask():
        with screen.aside(), interrupts.raised():
            try:
                if not confirm("Cancel the run? It goes on without this window otherwise."):
                    return False
            except KeyboardInterrupt:
                pass
    cancel_run(board, run)
    return True


class _Pulse:
    """Tells when a run has had no supervisor at two looks in a row: between them one may just start or end."""

    def __init__(self, board: Board, run: str) -> None:
        self._board = board
        self._run = run
        self._next = time.monotonic() + _PULSE
        self._missed = False

    def __call__(self) -> bool:
        if time.monotonic() < self._next:
            return False
        self._next = time.monotonic() + _PULSE
        missed, self._missed = self._missed, not self._board.has_supervisor(self._run)
        return missed and self._missed


class _Patience:
    """Tells when a run has been waiting for a person for a moment on end: it may be just about to go on."""

    def __init__(self) -> None:
        self._since = time.monotonic()

    def enough(self, *, waiting: bool) -> bool:
        if not waiting:
            self._since = time.monotonic()
        return time.monotonic() - self._since > _MOMENT
