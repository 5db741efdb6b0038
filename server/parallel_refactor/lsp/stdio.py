"""The two streams to the editor: kept out of everybody else's reach, and never waited for by the event loop.

A thread reads messages and hands them to the loop; a thread writes. Only so can an editor that does not read, or a
descriptor that cannot be polled (Windows), never stop the loop.
"""

from __future__ import annotations

import asyncio
import logging
import os
import queue
import re
import sys
import threading
from collections.abc import Callable
from typing import BinaryIO

_LENGTH = re.compile(rb"content-length:\s*(\d{1,10})\s*", re.IGNORECASE)
_LONGEST_HEADER = 1 << 16
_LONGEST_BODY = 1 << 30
_CHUNK = 1 << 20

log = logging.getLogger(__name__)


def take_over() -> tuple[BinaryIO, BinaryIO]:
    """Take standard input and output for the protocol alone; gives the streams to read and to write.

    From then on this process and its children read nothing from standard input, and what they print goes to standard
    error: a stray `print` would be junk in the middle of a message.
    """
    source, sink = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    sys.stdout.flush()
    os.dup2(2, 1)
    if sys.platform != "win32":
        for fd in (source, sink):
            os.set_blocking(fd, True)  # whoever made them may have left them otherwise
    return os.fdopen(source, "rb"), os.fdopen(sink, "wb", buffering=0)


class Reader:
    """Reads messages from the editor in a thread of its own."""

    def __init__(self, source: BinaryIO, receive: Callable[[bytes], None], end: Callable[[], None]) -> None:
        """`receive` is called on the running loop with the body of each message, `end` when no more will come."""
        self._source = source
        self._receive = receive
        self._end = end
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._run, name="from the editor", daemon=True).start()

    def _run(self) -> None:
        try:
            while (body := read_message(self._source)) is not None:
                self._loop.call_soon_threadsafe(self._receive, body)
        except OSError as error:
            log.warning("The editor cannot be read: %s", error)
        self._loop.call_soon_threadsafe(self._end)


class Writer:
    """Writes to the editor in a thread of its own, in order; what cannot be written any more is dropped."""

    def __init__(self, sink: BinaryIO) -> None:
        self._sink = sink
        self._queue: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="to the editor", daemon=True)
        self._thread.start()

    def write(self, data: bytes) -> None:
        """Write a message soon."""
        self._queue.put(data)

    def close(self, patience: float = 1.0) -> None:
        """Write what is left, for at most some seconds."""
        self._queue.put(None)
        self._thread.join(patience)

    def _run(self) -> None:
        while (data := self._queue.get()) is not None:
            try:
                view = memoryview(data)
                while view:
                    view = view[self._sink.write(view) :]
            except OSError as error:
                log.warning("The editor cannot be written to: %s", error)
                return


def read_message(source: BinaryIO) -> bytes | None:
    """Read the body of the next message; None at the end of the input.

    Lines that are no header are passed over until one gives a length: so a reader finds its way back after junk.
    Raises OSError.
    """
    length = 0
    while line := source.readline(_LONGEST_HEADER):
        if found := _LENGTH.fullmatch(line):
            length = int(found[1])
        if line.strip() or not length:
            continue
        if length <= _LONGEST_BODY:
            return _read(source, length)
        log.warning("A message of %d bytes is refused.", length)
        length = 0
    return None


def _read(source: BinaryIO, length: int) -> bytes | None:
    """Read so many bytes, without believing beforehand that they will come."""
    body = bytearray()
    while len(body) < length:
        part = source.read(min(length - len(body), _CHUNK))
        if not part:
            return None
        body += part
    return bytes(body)
