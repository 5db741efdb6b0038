"""The board's short critical section, and the number of the last log line that the views show.

An operating system lock on one open file: it goes with its holder's death, so nobody ever breaks it. `filelock` would
serve, at seventy times the cost of a lock on a descriptor that stays open.
"""

from __future__ import annotations

import os
import random
import sys
import time
from pathlib import Path

from lockboard.errors import BusyBoardError

_RECORD = 32
_LOCKED_BYTE = 1 << 20


class Mutex:
    """Excludes all other processes, and other Mutex objects of this one. Not for two threads on one object."""

    def __init__(self, path: Path, patience: float) -> None:
        """`patience`: seconds to wait for the holder before BusyBoardError."""
        self._path = path
        self._patience = patience
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)

    def close(self) -> None:
        """Give the descriptor back."""
        os.close(self._fd)

    def acquire(self) -> int:
        """Enter, and tell up to which log line the views were right when the last holder left (-1: unknown)."""
        if not _try_lock(self._fd):
            self._wait()
        shown = self._record()[1]
        self._write(shown)
        return shown

    def release(self, shown: int) -> None:
        """Leave; the views are right up to log line `shown`."""
        self._write(shown)
        _unlock(self._fd)

    def _wait(self) -> None:
        deadline = time.monotonic() + self._patience
        pause = 0.0005
        while not _try_lock(self._fd):
            if time.monotonic() > deadline:
                pid = self._record()[0]
                raise BusyBoardError(
                    f"{self._path}: process {pid} has held the board for over {self._patience:.0f} s. "
                    f"If it is stopped, continue or end it (kill -CONT {pid}, or kill {pid}) and try again."
                )
            time.sleep(pause * (0.5 + random.random()))  # noqa: S311  only spreads the waiting processes
            pause = min(pause * 2, 0.02)

    def _record(self) -> tuple[int, int]:
        os.lseek(self._fd, 0, os.SEEK_SET)
        try:
            pid, shown = os.read(self._fd, _RECORD).split()
            return int(pid), int(shown)
        except ValueError:
            return 0, -1

    def _write(self, shown: int) -> None:
        os.lseek(self._fd, 0, os.SEEK_SET)
        os.write(self._fd, b"%10d %20d\n" % (os.getpid(), shown))


if sys.platform == "win32":
    import msvcrt

    def _try_lock(fd: int) -> bool:
        os.lseek(fd, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _unlock(fd: int) -> None:
        os.lseek(fd, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(fd, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _try_lock(fd: int) -> bool:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _unlock(fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_UN)
