"""Locks of the operating system on files: they go with the process that has them, so nobody ever breaks one."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from lockboard.errors import disk_error

_LOCKED_BYTE = 1 << 20


def open_lock(path: Path) -> int:
    """Open a file to lock it, made where there is none; raises BoardError."""
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    except OSError as error:
        raise disk_error(path, "open", error) from error


if sys.platform == "win32":
    import msvcrt

    def try_lock(fd: int) -> bool:
        """Lock an open file, unless somebody else has; tells whether it is locked now."""
        os.lseek(fd, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def unlock(fd: int) -> None:
        """Give the lock on an open file back."""
        os.lseek(fd, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(fd, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def try_lock(fd: int) -> bool:
        """Lock an open file, unless somebody else has; tells whether it is locked now. Raises OSError."""
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def unlock(fd: int) -> None:
        """Give the lock on an open file back."""
        fcntl.flock(fd, fcntl.LOCK_UN)
