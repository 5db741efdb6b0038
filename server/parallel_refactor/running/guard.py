"""Keeps a worker process from writing the workspace: only landing does that, and landing is not done by workers.

A guard against mistakes of engines in Python, not against malice: C code and child processes are not seen.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lockboard.paths import BOARD_NAME

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

# Audit event -> (position of a path, position of its directory descriptor or None) among the event's arguments.
_CHANGES: dict[str, tuple[tuple[int, int | None], ...]] = {
    "os.chflags": ((0, None),),
    "os.chmod": ((0, 2),),
    "os.chown": ((0, 3),),
    "os.link": ((0, 2), (1, 3)),
    "os.mkdir": ((0, 2),),
    "os.remove": ((0, 1),),
    "os.removexattr": ((0, None),),
    "os.rename": ((0, 2), (1, 3)),
    "os.rmdir": ((0, 1),),
    "os.setxattr": ((0, None),),
    "os.symlink": ((1, 2),),
    "os.truncate": ((0, None),),
    "os.utime": ((0, 3),),
}


class Guard:
    """Refuses every change below the workspace's root but in its board; `refused` lists what was tried."""

    def __init__(self, root: Path) -> None:
        self._root = _folded(os.path.realpath(root))
        self._board = os.path.join(self._root, _folded(BOARD_NAME))  # noqa: PTH118  strings, on every opened file
        self.refused: list[str] = []

    def install(self) -> None:
        """Watch this process from now on; there is no way back."""
        sys.addaudithook(self._hook)

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "open":
            if args[2] & _WRITING:
                self._judge(args[0], None)
        elif event in _CHANGES:
            for path_at, folder_at in _CHANGES[event]:
                self._judge(args[path_at], None if folder_at is None else args[folder_at])

    def _judge(self, path: Any, folder: int | None) -> None:  # noqa: ANN401  whatever os functions take
        if self._is_the_boards(path):
            return
        for place in _places(path, folder):
            folded = _folded(place)
            if _is_below(folded, self._root) and not _is_below(folded, self._board):
                self.refused.append(place)
                raise PermissionError(f"{place}: an engine must not write the workspace; it hands its results in")

    def _is_the_boards(self, path: Any) -> bool:  # noqa: ANN401
        """Whether a path is plainly one of the board's: nearly all are, and finding out where links lead takes long."""
        if isinstance(path, int):
            return False
        name = _folded(os.fsdecode(path))
        return name.startswith(self._board + os.sep) and ".." not in name and not os.path.islink(name)  # noqa: PTH114


def _places(path: Any, folder: int | None) -> Iterator[str]:  # noqa: ANN401
    """Give the real places that a change of `path` may touch: the name itself, and where a link of it leads."""
    name = _descriptor_path(path) if isinstance(path, int) else os.fsdecode(path)
    if folder is not None and folder >= 0 and not os.path.isabs(name):  # noqa: PTH117
        name = os.path.join(_descriptor_path(folder), name)  # noqa: PTH118
    if name:
        head, tail = os.path.split(name)
        yield os.path.join(os.path.realpath(head), tail)  # noqa: PTH118
        yield os.path.realpath(name)


if sys.platform == "linux":

    def _descriptor_path(fd: int) -> str:
        try:
            return os.readlink(f"/proc/self/fd/{fd}")  # noqa: PTH115
        except OSError:
            return ""  # the call that is being judged fails by itself

elif sys.platform == "darwin":
    import fcntl

    def _descriptor_path(fd: int) -> str:
        try:
            return os.fsdecode(fcntl.fcntl(fd, fcntl.F_GETPATH, bytes(1024)).rstrip(b"\0"))
        except OSError:
            return ""

else:

    def _descriptor_path(fd: int) -> str:  # noqa: ARG001
        return ""


def _folded(place: str) -> str:
    """Give one spelling for all that the usual file system of this platform takes for one."""
    return place.casefold() if sys.platform in ("darwin", "win32") else place


def _is_below(place: str, folder: str) -> bool:
    return place == folder or place.startswith(folder + os.sep)
