"""A file of checksummed lines: appended under a mutex, read by anyone at any time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Generic, TypeVar

from lockboard.errors import BoardError, DamagedBoardError

_CHUNK = 1 << 20

One = TypeVar("One")
"""What one line says."""


class Log(Generic[One]):
    """One process's view of such a file: what it has read, and from where it reads on."""

    def __init__(self, path: Path, decode: Callable[[bytes, int], One]) -> None:
        """`decode` reads a line, without its newline, that starts at a byte; raises DamagedBoardError."""
        self._path = path
        self._decode = decode
        self._fd = os.open(
            path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0), 0o600
        )
        self.offset = 0

    def close(self) -> None:
        """Give the descriptor back."""
        os.close(self._fd)

    def behind(self) -> bool:
        """Whether there is something to read."""
        return os.fstat(self._fd).st_size != self.offset

    def read(self) -> Iterator[One]:
        """Give the complete lines after the last one read; raises DamagedBoardError for rubbish between lines.

        What follows the last newline, or a last line with a wrong checksum, is the torn end of a writer that died (or
        is still writing): it is not read, and `mend` cuts it off.
        """
        while chunk := _read_at(self._fd, self.offset):
            complete = chunk.rfind(b"\n") + 1
            if not complete:
                return
            for raw in chunk[:complete].split(b"\n")[:-1]:
                try:
                    line = self._decode(raw, self.offset)
                except DamagedBoardError as error:
                    if self.offset + len(raw) + 1 >= os.fstat(self._fd).st_size:
                        return
                    raise DamagedBoardError(f"{self._path}, at byte {self.offset}: {error}.") from error
                self.offset += len(raw) + 1
                yield line

    def mend(self) -> None:
        """Cut off a torn end. Only under the mutex, after everything complete has been read."""
        if self.behind():
            os.ftruncate(self._fd, self.offset)

    def sync(self) -> None:
        """Make durable what has been written; raises OSError."""
        os.fsync(self._fd)

    def append(self, raw: bytes) -> None:
        """Write a line at the end, which must have been read. Raises BoardError, and leaves no half line behind."""
        try:
            _write_at(self._fd, raw, self.offset)
        except OSError as error:
            os.ftruncate(self._fd, self.offset)
            raise BoardError(f"{self._path}: cannot write: {error.strerror}. Free some space and try again.") from error
        self.offset += len(raw)


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
