"""What can go wrong with a board, in words for a person."""

from __future__ import annotations

import errno
from pathlib import Path


class BoardError(Exception):
    """Something about the board cannot be done; the message says what, to which file, and what to do."""


class DamagedBoardError(BoardError):
    """A board file does not say what it must. The message names file and line."""


class BusyBoardError(BoardError):
    """The board's mutex could not be had in time. The message names the process that holds it."""


class StaleClaimError(BoardError):
    """The claim's token is no longer the task's newest: the task was released, cancelled, or given to another."""


class TakenError(BoardError):
    """A file cannot be taken into a task now. The message says who has it."""


class ConflictError(BoardError):
    """Two changes of one file do not go together. The message says why, and where that is in the person's text."""


def disk_error(path: Path, action: str, error: OSError) -> BoardError:
    """Say what could not be done to a file because of the disk or the system, and what to do about it."""
    return BoardError(f"{path}: cannot {action}: {error.strerror}. {_ADVICE.get(error.errno or 0, _TRY_AGAIN)}")


_TRY_AGAIN = "When that is mended, try again."
_MAY_NOT = "Give yourself the right to read and write there, and try again."
_TOO_MANY = "End programs that have many files open, or allow more (ulimit -n), and try again."
_ADVICE = {
    errno.ENOSPC: "Free some space and try again.",
    errno.EDQUOT: "Free some space of your share and try again.",
    errno.EFBIG: "Allow larger files (ulimit -f) and try again.",
    errno.EIO: "Look whether the disk is sound before you try again.",
    errno.EROFS: "Make it writable and try again.",
    errno.EACCES: _MAY_NOT,
    errno.EPERM: _MAY_NOT,
    errno.EMFILE: _TOO_MANY,
    errno.ENFILE: _TOO_MANY,
}
