"""Ctrl-C and friends while a run is followed: noted, never raised in the middle of reading the board."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any

_LEAVE = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


class Interrupts:
    """Notes Ctrl-C. To end this process otherwise is to leave the run alone: it goes on."""

    def __init__(self) -> None:
        self._count = 0
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Interrupts:
        self._before = {signal.SIGINT: signal.signal(signal.SIGINT, self._note)}
        self._before |= {number: signal.signal(number, _leave) for number in _LEAVE}
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def take(self) -> bool:
        """Whether Ctrl-C was pressed since the last time this was asked."""
        pressed, self._count = self._count > 0, 0
        return pressed

    @contextmanager
    def raised(self) -> Iterator[None]:
        """Let Ctrl-C raise KeyboardInterrupt, which a question waits for."""
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, self._note)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self._count += 1


def _leave(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)  # unwinds, so that the terminal gets its cursor back
