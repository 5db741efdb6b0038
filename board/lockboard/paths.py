"""Where a board is, and how a file is called on it.

A file has one name on the board: its real path relative to the workspace's root, with `/`. Two spellings of one file
(case, `..`, a link on the way) must come to one key, or two owners could hold it.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from functools import lru_cache
from pathlib import Path, PurePosixPath
from urllib.parse import quote
from uuid import uuid4

from lockboard.errors import BoardError

BOARD_NAME = ".task_board"

_LONGEST_NAME = 180
_TASK_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")


def workspace_root(folder: Path) -> Path:
    """Find the root that `folder` belongs to: the nearest with a board, else the git top level, else the folder.

    Raises BoardError where `folder` is not a folder, or lies inside a board.
    """
    try:
        here = folder.resolve(strict=True)
    except OSError as error:
        raise BoardError(f"{folder}: {error.strerror}. Give a folder that exists.") from error
    if not here.is_dir():
        raise BoardError(f"{folder} is not a folder.")
    if BOARD_NAME in here.parts:
        raise BoardError(f"{folder} lies inside a task board. Give the workspace's folder.")
    ancestors = (here, *here.parents)
    for mark in (f"{BOARD_NAME}/board.json", ".git"):
        for ancestor in ancestors:
            if (ancestor / mark).exists():
                return ancestor
    return here


def relative_name(root: Path, path: Path) -> str:
    """Give the board's name of a file, which need not exist; raises BoardError for one outside the root.

    Links on the way are resolved, the last part is not: a link is a name of its own.
    """
    absolute = path if path.is_absolute() else root / path
    real = Path(os.path.realpath(absolute.parent)) / absolute.name
    try:
        inside = real.relative_to(root)
    except ValueError:
        raise BoardError(f"{path} is outside the workspace {root}.") from None
    check_name(inside.as_posix())
    return inside.as_posix()


def check_name(name: str) -> None:
    """Raise BoardError for a name that is not a plain relative path inside the workspace, or is the board's own."""
    parts = PurePosixPath(name).parts
    plain = parts and "/".join(parts) == name and ".." not in parts and not name.startswith("/") and "\0" not in name
    if not plain or (os.name == "nt" and ("\\" in name or ":" in name)):
        raise BoardError(f"{name!r} is not a path inside the workspace.")
    if parts[0].casefold() in (BOARD_NAME, ".git"):
        raise BoardError(f"{name!r} is not a file of the workspace's own.")


def check_task_id(name: str) -> None:
    """Raise BoardError for a task's id that could lead elsewhere: files are named after it."""
    if not _TASK_ID.fullmatch(name):
        raise BoardError(f"{name!r} is no id for a task: letters, digits, '.', '_' and '-' make one.")


def folded(name: str) -> str:
    """Give the same for all spellings of a name that a file system takes for one file, if it ignores case."""
    return unicodedata.normalize("NFC", name).casefold()


@lru_cache(maxsize=10_000)
def lock_file_name(key: str) -> str:
    """Give the name of a key's lock file: readable, and never longer than file systems allow."""
    quoted = quote(key.encode("utf-8", "surrogateescape"), safe=" ()+,=@")
    if len(quoted) > _LONGEST_NAME:
        digest = hashlib.sha256(key.encode("utf-8", "surrogateescape")).hexdigest()[:16]
        quoted = f"{quoted[: _LONGEST_NAME - 20]}~{digest}"
    return f"{quoted}.lock"


def probe_case(directory: Path) -> bool:
    """Find out whether the file system of `directory` takes two cases of a name for one file."""
    probe = directory / f"Case-{uuid4().hex}.probe"
    probe.touch()
    try:
        return (directory / probe.name.swapcase()).exists()
    finally:
        probe.unlink()
