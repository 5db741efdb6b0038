"""How contents are named: SHA-256 in hexadecimal, as `sha256sum` prints it."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from pathlib import Path

from lockboard.model import ABSENT

SPECIAL = "special"
"""Stands for the digest of what is not a plain file: a link, a folder, a pipe. It is never read."""


def digest(data: bytes | None) -> str:
    """Name some contents; None is an absent file."""
    return ABSENT if data is None else hashlib.sha256(data).hexdigest()


def digest_file(path: Path | str, *, dir_fd: int | None = None) -> str:
    """Name the contents of a file, never through a link; ABSENT where there is none. Raises OSError."""
    fd = open_plain(path, dir_fd=dir_fd)
    return fd if isinstance(fd, str) else digest_open(fd)


def open_plain(path: Path | str, *, dir_fd: int | None = None) -> int | str:
    """Open a plain file for reading; gives ABSENT or SPECIAL instead where there is none. Raises OSError."""
    flags = os.O_RDONLY
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):
        flags |= getattr(os, name, 0)
    try:
        fd = os.open(path, flags, dir_fd=dir_fd)
    except FileNotFoundError:
        return ABSENT
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):
            return SPECIAL
        raise
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        return SPECIAL
    return fd


def digest_open(fd: int) -> str:
    """Name the contents of an open file, and close it."""
    with open(fd, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
