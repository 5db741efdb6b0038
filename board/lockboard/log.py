"""A file of checksummed lines: appended under a mutex, read by anyone at any time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Generic, TypeVar

from lockboard.durable import sync
from lockboard.errors import DamagedBoardError, disk_error

_CHUNK = 1 << 20

One = TypeVar("One")
"""What one line says."""


class Log(Generic[One]):
    """One process's view of such a file: what it has read, and from where it reads on."""

    def __init__(self, path: Path, decode: Callable[[bytes, int], One]) -> None:
        """`decode` reads a line, without its newline, that starts at a byte; raises DamagedBoardError."""
        self._path = path
        self._decode = decode
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
        try:
            self._fd = os.open(path, flags, 0o600)
        except OSError as error:
            raise disk_error(path, "open", error) from error
        self.offset = 0

    def close(self) -> None:
        """Give the descriptor back."""
        os.close(self._fd)

    def behind(self) -> bool:
        """Whether there is something to read."""
        return os.fstat(self._fd).st_size != self.offset

    def read(self) -> Iterator[One]:
        """Give the complete lines after the last one read; raises DamagedBoardError for rubbish between lines.

        What follows the last good line is the torn end of a writer that died (or is still writing), or what a power
        loss left of it: it is not read, and `mend` cuts it off.
        """
        while chunk := self._rest():
            complete = chunk.rfind(b"\n") + 1
            if not complete:
                return
            for raw in chunk[:complete].split(b"\n")[:-1]:
                try:
                    line = self._decode(raw, self.offset)
                except DamagedBoardError as error:
                    if not self._any_good_line(self.offset + len(raw) + 1):
                        return
                    if not self._rest().startswith(raw):
                        return  # somebody has just cut it off and written on
                    raise DamagedBoardError(f"{self._path}, at byte {self.offset}: {error}.") from error
                self.offset += len(raw) + 1
                yield line

    def mend(self) -> None:
        """Cut off a torn end. Only under the mutex, after everything complete has been read."""
        if self.behind():
            os.ftruncate(self._fd, self.offset)

    def sync(self) -> None:
        """Make durable what has been written; raises OSError."""
        sync(self._fd)

    def append(self, raw: bytes) -> None:
        """Write a line at the end, which must have been read. Raises BoardError, and leaves no half line behind."""
        try:
            _write_at(self._fd, raw, self.offset)
        except OSError as error:
            with suppress(OSError):  # then the half line is a torn end, which the next writer cuts off
                os.ftruncate(self._fd, self.offset)
            raise disk_error(self._path, "write", error) from error
        self.offset += len(raw)

    def _rest(self) -> bytes:
        """Read from where it was read to, at least one whole line of any length."""
        try:
            return _read_at(self._fd, self.offset)
        except OSError as error:
            raise disk_error(self._path, "read", error) from error

    def _any_good_line(self, offset: int) -> bool:
        while b"\n" in (chunk := _read_at(self._fd, offset)):
            for raw in chunk.split(b"\n")[:-1]:
                with suppress(DamagedBoardError):
                    self._decode(raw, offset)
                    return True
                offset += len(raw) + 1
        return False


def _read_at(fd: int, offset: int) -> bytes:
    """Read from `offset` to the end, but at least one whole line of any length."""
    os.lseek(fd, offset, os.SEEK_SET)
    data = os.read(fd, _CHUNK)
    while data and b"\n" not in data:
        more = os.read(fd, len(data))
        if not more:
            break
        data += more
    return data


def _write_at(fd: int, data: bytes, offset: int) -> None:
    os.lseek(fd, offset, os.SEEK_SET)
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
