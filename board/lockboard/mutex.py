"""The board's short critical section, and the number of the last log line that the views show since the last start.

An operating system lock on one open file: it goes with its holder's death, so nobody ever breaks it. `filelock` would
serve, at seventy times the cost of a lock on a descriptor that stays open. Who finds it taken queues up in the system,
in a thread, because only a thread can be waited for with a time limit; polling would let the unlucky wait for seconds.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

from lockboard.errors import BusyBoardError, disk_error
from lockboard.holders import holder

UNKNOWN = -1
"""Stands for a line where nobody knows up to which one the views are right."""

_RECORD = 69
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_LOCKED_BYTE = 1 << 20
_SLICE = 0.03  # seconds of waiting between two calls of what may be done meanwhile


class Mutex:
    """Excludes all other processes, and other Mutex objects of this one. Not for two threads on one object."""

    def __init__(self, path: Path, patience: float) -> None:
        """`patience`: seconds to wait for the holder before BusyBoardError."""
        self._path = path
        self._patience = patience
        self._fd = self._locked_fd = _open(path)
        self._queue: _Queue | None = None

    def close(self) -> None:
        """Give the descriptors back."""
        os.close(self._fd)
        if self._queue:
            self._queue.close()

    def acquire(self, meanwhile: Callable[[], object] = lambda: None) -> int:
        """Enter, and tell up to which log line the views were right when the last holder left, or UNKNOWN.

        `meanwhile` is called again and again while others have it.
        """
        try:
            self._locked_fd = self._fd if _try_lock(self._fd) else self._wait(meanwhile)
            shown = self._record()[1]
        except OSError as error:
            raise disk_error(self._path, "lock", error) from error
        self._write(os.getpid(), shown)
        return shown

    def release(self, shown: int) -> None:
        """Leave; the views are right up to log line `shown`."""
        self._write(0, shown)  # so that whoever has left is not named for one who was stopped on entering
        _unlock(self._locked_fd)

    def _wait(self, meanwhile: Callable[[], object]) -> int:
        self._queue = self._queue or _Queue(self._path)
        if self._queue.lock(self._patience, meanwhile):
            return self._queue.fd
        pid = holder(self._path, self._record()[0])
        who = f"process {pid}" if pid else "somebody"
        way = f"kill -CONT {pid}, or kill {pid}" if pid else "`parallel-refactor doctor` names who is"
        raise BusyBoardError(
            f"{self._path}: {who} has held the board for over {self._patience:.0f} s. "
            f"If it is stopped, continue or end it ({way}) and try again."
        )

    def _record(self) -> tuple[int, int]:
        os.lseek(self._fd, 0, os.SEEK_SET)
        try:
            pid, shown, boot = os.read(self._fd, _RECORD).split()
            return int(pid), int(shown) if boot == _boot() else UNKNOWN
        except (ValueError, OSError):  # then the views are made anew
            return 0, UNKNOWN

    def _write(self, pid: int, shown: int) -> None:
        with suppress(OSError):  # on a full disk the old record stays, and the next holder makes the views anew
            os.lseek(self._fd, 0, os.SEEK_SET)
            os.write(self._fd, b"%10d %20d %36s\n" % (pid, shown, _boot()))


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    except OSError as error:
        raise disk_error(path, "open", error) from error


@cache
def _boot() -> bytes:
    """Name the time since the machine started: views are not synced, so a power loss may take some of them away.

    "-" where the system does not tell.
    """
    return _BOOT_ID.read_bytes().strip() if _BOOT_ID.exists() else b"-"


if sys.platform == "win32":
    import msvcrt
    import random

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

    class _Queue:
        """Tries again and again: this system has no queue for locks that one could leave."""

        def __init__(self, path: Path) -> None:
            self.fd = _open(path)

        def close(self) -> None:
            os.close(self.fd)

        def lock(self, seconds: float, meanwhile: Callable[[], object]) -> bool:
            deadline, pause = time.monotonic() + seconds, 0.0005
            while not _try_lock(self.fd):
                meanwhile()
                if time.monotonic() > deadline:
                    return False
                time.sleep(pause * (0.5 + random.random()))  # noqa: S311  only spreads the waiting processes
                pause = min(pause * 2, 0.02)
            return True

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

    class _Queue:
        """A thread that waits for the lock, with a descriptor of its own: who has lost patience can leave it alone.

        When it gets a lock that nobody waits for any more, it gives it back at once.
        """

        def __init__(self, path: Path) -> None:
            self.fd = _open(path)
            self._changed = threading.Condition()
            self._wanted = self._locked = self._closed = False
            threading.Thread(target=self._run, name="mutex", daemon=True).start()

        def close(self) -> None:
            """Have the thread end, as soon as it no longer waits for the lock, and close its descriptor."""
            with self._changed:
                self._closed = True
                self._changed.notify_all()

        def lock(self, seconds: float, meanwhile: Callable[[], object]) -> bool:
            """Lock `fd` for the caller; False where that takes too long."""
            deadline = time.monotonic() + seconds
            with self._changed:
                self._wanted, self._locked = True, False
                self._changed.notify_all()
            try:
                while not self._is_locked_within(_SLICE) and time.monotonic() < deadline:
                    meanwhile()
            except BaseException:  # a signal's handler may raise
                if self._is_locked_after_all():
                    _unlock(self.fd)
                raise
            return self._is_locked_after_all()

        def _is_locked_within(self, seconds: float) -> bool:
            with self._changed:
                return self._changed.wait_for(lambda: self._locked, seconds)

        def _is_locked_after_all(self) -> bool:
            """Want the lock no longer, and tell whether it has come."""
            with self._changed:
                self._wanted = False
                return self._locked

        def _run(self) -> None:
            while self._is_wanted():
                fcntl.flock(self.fd, fcntl.LOCK_EX)
                with self._changed:
                    if self._wanted:
                        self._wanted, self._locked = False, True
                        self._changed.notify_all()
                    else:
                        _unlock(self.fd)
            os.close(self.fd)

        def _is_wanted(self) -> bool:
            with self._changed:
                self._changed.wait_for(lambda: self._wanted or self._closed)
                return not self._closed
