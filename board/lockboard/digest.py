"""How contents are named: SHA-256 in hexadecimal, as `sha256sum` prints it."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from lockboard.model import ABSENT


def digest(data: bytes | None) -> str:
    """Name some contents; None is an absent file."""
    return ABSENT if data is None else hashlib.sha256(data).hexdigest()


def digest_file(path: Path | str, *, dir_fd: int | None = None) -> str:
    """Name the contents of a file, never through a link; ABSENT where there is none. Raises OSError."""
    try:
        fd = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0), dir_fd=dir_fd)
    except FileNotFoundError:
        return ABSENT
    with open(fd, "rb") as file:  # noqa: PTH123  from a descriptor
        return hashlib.file_digest(file, "sha256").hexdigest()
