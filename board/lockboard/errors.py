"""What can go wrong with a board, in words for a person."""

from __future__ import annotations


class BoardError(Exception):
    """Something about the board cannot be done; the message says what, to which file, and what to do."""


class DamagedBoardError(BoardError):
    """A board file does not say what it must. The message names file and line."""


class BusyBoardError(BoardError):
    """The board's mutex could not be had in time. The message names the process that holds it."""


class StaleClaimError(BoardError):
    """The claim's token is no longer the task's newest: the task was released, cancelled, or given to another."""
