"""Who is alive: each process holds a file lock for its whole life, and touches a file now and then.

The operating system drops the lock with the process, so a death is known at once, with no heartbeat and no pid reuse.
The touching only shows that a living process still moves.
"""

from __future__ import annotations

import json
import os
import socket
import time
from pathlib import Path

from attrs import define

from lockboard.errors import disk_error
from lockboard.model import ProcessKind
from lockboard.oslock import open_lock, try_lock, unlock

_PROBE_WAIT = 10.0
_PAUSE = 0.005


class Life:
    """The own life of a process on the board, from `begin` to `end` or its death."""

    def __init__(self, directory: Path, process: str, kind: ProcessKind) -> None:
        self.process = process
        self._card = directory / f"{process}.json"
        card = {"id": process, "kind": kind, "pid": os.getpid(), "host": socket.gethostname(), "since": time.time()}
        try:
            # Somebody who asks whether we live holds the lock for a moment: wait that out.
            self._lock = take(directory / f"{process}.lock", patience=_PROBE_WAIT)
        except OSError as error:
            raise disk_error(directory / f"{process}.lock", "lock", error) from error
        try:
            self._card.write_text(json.dumps(card) + "\n", encoding="utf-8")
        except OSError as error:
            self._lock.release()
            raise disk_error(self._card, "write", error) from error

    def beat(self) -> None:
        """Show that the process still moves; raises BoardError."""
        try:
            os.utime(self._card)
        except OSError as error:
            raise disk_error(self._card, "write", error) from error

    def end(self) -> None:
        """Leave: from now on the process counts as gone."""
        self._lock.release()
        self._card.unlink(missing_ok=True)


@define(eq=False)
class Held:
    """A lock that this process has, until `release`, the end of this object, or its own death."""

    _fd: int | None

    def release(self) -> None:
        """Give it back. Twice is no error."""
        fd, self._fd = self._fd, None
        if fd is not None:
            unlock(fd)
            os.close(fd)

    __del__ = release


def take(path: Path, patience: float = 0.0) -> Held:
    """Take a lock for as long as the process lives; raises TimeoutError after `patience` seconds, BoardError."""
    end = time.monotonic() + patience
    fd = open_lock(path)
    while not try_lock(fd):
        if time.monotonic() >= end:
            os.close(fd)
            raise TimeoutError(f"{path} is locked")
        time.sleep(_PAUSE)
    return Held(fd)


def is_free(path: Path) -> bool:
    """Whether nobody alive holds the lock."""
    if not path.exists():
        return True
    try:
        take(path).release()
    except TimeoutError:
        return False
    return True


def last_beat(directory: Path, process: str) -> float:
    """Tell when a process last showed that it moves, by the file system's clock; 0.0 if it never did.

    Only differences between two looks mean anything: the clock may jump.
    """
    try:
        return (directory / f"{process}.json").stat().st_mtime
    except OSError:
        return 0.0
