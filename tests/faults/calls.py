"""Every call by which the board reads or changes its disk, one by one as it is made: to record it, or to let it fail.

Seen are the functions of `os`, files that Python opens by name, and the board's own way to `renameat2`. That nothing
else changes the disk is shown where calls are recorded: played again, they make the same folder.
"""

from __future__ import annotations

import builtins
import ctypes
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any, cast
from unittest import mock

from attrs import frozen

from lockboard import exchange

_ON_FILES = ("read", "pread", "write", "pwrite", "ftruncate", "fsync")
_ON_NAMES = ("unlink", "remove", "mkdir", "rmdir", "chmod", "chown", "utime", "listdir")
_ON_TWO_NAMES = ("rename", "replace", "link")
_BUFFER = 1 << 20


@frozen
class Call:
    """A call: what it is called, its file's path, and what else it is given.

    `other` is the second path of rename, exchange and link; `data` what is written at `at`, which is also the new size
    of a file that is cut off; `creates` and `empties` are what the opening of a file does beside.
    """

    name: str
    path: str
    other: str = ""
    at: int = 0
    data: bytes = b""
    fd: int = -1
    creates: bool = False
    empties: bool = False


Name = str | bytes | os.PathLike[str] | int
"""How files are named to functions of `os`."""

Watcher = Callable[[Call, Callable[[], Any]], Any]
"""Gets each call and a function that makes it; gives what that gave, or raises OSError instead."""


@contextmanager
def watched(watcher: Watcher) -> Iterator[None]:
    """Show all calls that this process makes inside to `watcher`; files opened before have no names then."""
    calls = _Calls(watcher)
    names = ("open", *_ON_FILES, *_ON_NAMES, *_ON_TWO_NAMES)
    ours: dict[str, Any] = {name: partial(calls.make, name, getattr(os, name)) for name in names}
    opening = partial(calls.open_file, io.open)
    with (
        mock.patch.multiple(os, **ours),
        mock.patch.object(os, "supports_follow_symlinks", os.supports_follow_symlinks | set(ours.values())),
        mock.patch.object(io, "open", opening),
        mock.patch.object(builtins, "open", opening),
        mock.patch.object(exchange, "_rename", partial(calls.rename, cast("Callable[..., int]", exchange._rename))),
    ):
        yield


class _Calls:
    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self._paths: dict[int, str] = {}

    def make(self, name: str, real: Callable[..., Any], *args: Any, **named: Any) -> object:
        """Stand in for a function of `os`."""
        done = self._watcher(self._describe(name, args, named), lambda: real(*args, **named))
        if name == "open":
            self._paths[done] = self._full(args[0], named.get("dir_fd"))
        return done

    def open_file(self, real: Callable[..., IO[Any]], file: Name, mode: str = "r", *args: Any, **named: Any) -> IO[Any]:
        """Stand in for `open`: what is written goes through `os.write`, in the pieces that a file object makes."""
        if isinstance(file, int) or not set(mode) & set("wax+"):
            return real(file, mode, *args, **named)
        raw = _Written(os.fspath(file), mode.replace("b", "").replace("t", ""), opener=os.open)
        buffered = io.BufferedWriter(raw, _BUFFER)
        return buffered if "b" in mode else io.TextIOWrapper(buffered, *args[1:], **named)

    def rename(self, real: Callable[..., int], *args: Any) -> int:
        """Stand in for `renameat2`."""
        from_fd, from_name, to_fd, to_name, flag = args
        name = "exchange" if flag == exchange._EXCHANGE else "move"
        call = Call(name, self._full(from_name, from_fd), self._full(to_name, to_fd))
        failed = 0

        def move() -> None:
            nonlocal failed
            failed = real(*args)
            if failed:
                raise OSError(ctypes.get_errno(), "as the system says")

        try:
            self._watcher(call, move)
        except OSError as error:
            ctypes.set_errno(error.errno or 0)
            return -1
        return 0

    def _describe(self, name: str, args: tuple[Any, ...], named: dict[str, Any]) -> Call:
        if name in _ON_FILES:
            return self._describe_file_call(name, *args)
        if name in _ON_TWO_NAMES:
            source, target = (self._full(args[at], named.get(f"{end}_dir_fd")) for at, end in enumerate(("src", "dst")))
            return Call("rename" if name == "replace" else name, source, target)
        path = self._full(args[0] if args else ".", named.get("dir_fd"))
        if name == "open":
            flags = args[1]
            return Call(name, path, creates=bool(flags & os.O_CREAT), empties=bool(flags & os.O_TRUNC))
        return Call("unlink" if name == "remove" else name, path)

    def _describe_file_call(self, name: str, fd: int, *args: Any) -> Call:
        path = self._full(fd)
        if name in ("write", "pwrite"):
            at = args[1] if name == "pwrite" else os.lseek(fd, 0, os.SEEK_CUR)
            return Call("write", path, at=at, data=bytes(args[0]), fd=fd)
        if name == "ftruncate":
            return Call(name, path, at=args[0], fd=fd)
        return Call("read" if name == "pread" else name, path, fd=fd)

    def _full(self, name: Name, dir_fd: int | None = None) -> str:
        if isinstance(name, int):
            return self._paths.get(name, "")
        return str(Path(self._paths.get(dir_fd, "") if dir_fd is not None else "", os.fsdecode(name)))


class _Written(io.FileIO):
    """A file whose writing can be seen."""

    def write(self, data: Any) -> int:  # noqa: ANN401  whatever has bytes
        return os.write(self.fileno(), data)
