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

from filelock import FileLock, Timeout

from lockboard.errors import disk_error
from lockboard.model import ProcessKind

_PROBE_WAIT = 10.0


class Life:
    """The own life of a process on the board, from `begin` to `end` or its death."""

    def __init__(self, directory: Path, process: str, kind: ProcessKind) -> None:
        self.process = process
        self._card = directory / f"{process}.json"
        card = {"id": process, "kind": kind, "pid": os.getpid(), "host": socket.gethostname(), "since": time.time()}
        try:
            # Somebody who asks whether we live holds the lock for a moment: wait that out.
            self._lock = take(directory / f"{process}.lock", patience=_PROBE_WAIT)
            self._card.write_text(json.dumps(card) + "\n", encoding="utf-8")
        except OSError as error:
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


def take(path: Path, patience: float = 0.0) -> FileLock:
    """Take a lock for as long as the process lives; raises filelock.Timeout after `patience` seconds."""
    lock = FileLock(path, thread_local=False, fallback_to_soft=False)
    lock.acquire(timeout=patience, poll_interval=0.005)
    return lock


def is_free(path: Path) -> bool:
    """Whether nobody alive holds the lock."""
    if not path.exists():
        return True
    try:
        take(path).release()
    except Timeout:
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
