"""A terminal with a person at it: reads what the program shows, and types."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path
from types import TracebackType

from tests.cli.program import PATIENCE, PROGRAM, environment

_ESCAPE = re.compile(r"\x1b(\[[0-9;?]*[A-Za-z]|\][^\x07]*\x07|[=>])")
_TAKE_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
)


class Terminal:
    """A program on a pseudo terminal of its own. `raw` is all that it wrote, `text` the same without escape codes."""

    def __init__(self, *arguments: str | Path, cwd: Path, size: tuple[int, int] = (30, 100), **extra: str) -> None:
        self._own, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
        self.process = subprocess.Popen(
            [sys.executable, "-c", _TAKE_TERMINAL, *PROGRAM, *map(str, arguments)],
            cwd=cwd,
            env=environment(**extra),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self.raw = ""
        self._seen = 0

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._own)

    @property
    def text(self) -> str:
        """Give what was shown so far, one frame after the other."""
        return _ESCAPE.sub("", self.raw).replace("\r\n", "\n")

    def expect(self, pattern: str) -> None:
        """Read until the pattern is shown, after what was expected before."""
        end = time.monotonic() + PATIENCE
        while not (found := re.compile(pattern).search(self.text, self._seen)):
            if not self._read(end - time.monotonic()):
                raise AssertionError(f"{pattern!r} was not shown:\n{self.text[self._seen :]}")
        self._seen = found.end()

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._own, keys.encode())

    def leave(self) -> int:
        """Read until the program ends, and give its exit code."""
        end = time.monotonic() + PATIENCE
        while self._read(end - time.monotonic()):
            pass
        return self.process.wait(timeout=PATIENCE)

    def _read(self, patience: float) -> bool:
        """Read what comes next; False at the end, or when patience is."""
        if not select.select([self._own], [], [], max(0.0, patience))[0]:
            return False
        try:
            more = os.read(self._own, 65536)
        except OSError:  # how Linux tells that nobody is at the other end any more
            return False
        self.raw += more.decode("utf-8", "replace")
        return bool(more)
