"""Making durable: what is synced is on the disk when the call returns, and outlives a power loss.

docs/board.md says what is synced when, and what the board counts on.
"""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path
from uuid import uuid4

_NO_SYNC = frozenset({errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP})


def sync(fd: int) -> None:
    """Make an open file durable; raises OSError."""
    if sys.platform == "darwin":
        import fcntl  # noqa: PLC0415  does not exist on Windows

        try:
            fcntl.fcntl(fd, fcntl.F_FULLFSYNC)  # man 2 fsync: a plain one leaves it in the disk's own cache
        except OSError:
            os.fsync(fd)
    else:
        os.fsync(fd)


def sync_file(path: Path) -> None:
    """Make a file durable: its contents, and that it is there; raises OSError."""
    _sync_path(path, os.O_RDWR)


def sync_folder(path: Path) -> None:
    """Make durable which files a folder has; raises OSError. Windows and some network file systems do so unasked."""
    if os.name == "nt":
        return
    try:
        _sync_path(path, os.O_RDONLY)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise


def write_whole(path: Path, text: str) -> None:
    """Write a file that is there complete and durable, or as it was before; raises OSError."""
    fresh = path.with_name(f".{path.name}-{uuid4().hex[:8]}")  # process ids are not unique across containers
    try:
        fresh.write_text(text, encoding="utf-8")
        sync_file(fresh)
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def _sync_path(path: Path, flags: int) -> None:
    fd = os.open(path, flags | getattr(os, "O_CLOEXEC", 0))
    try:
        sync(fd)
    finally:
        os.close(fd)
