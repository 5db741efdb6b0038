"""An event loop that tells when one of its turns took too long: nobody is answered during a turn."""

from __future__ import annotations

import asyncio
import logging
import selectors
import time

LONGEST_TURN = 0.1
"""Seconds: more than this a turn must never take."""

log = logging.getLogger(__name__)


class Turns(selectors.DefaultSelector):
    """Waits for events, and measures the time from one wait to the next: what the loop did in between.

    `doing` says what that is, for the log; `longest` is the longest turn so far, in seconds.
    """

    def __init__(self) -> None:
        super().__init__()
        self.doing = "starting"
        self.longest = 0.0
        self._began: tuple[float, float] | None = None

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait for events, after judging the turn that is over."""
        if self._began is not None:
            self._judge(*self._began)
        found = super().select(timeout)
        self._began = time.perf_counter(), time.thread_time()
        return found

    def _judge(self, began: float, busy: float) -> None:
        took = time.perf_counter() - began
        self.longest = max(self.longest, took)
        if took > LONGEST_TURN:
            busy = time.thread_time() - busy
            log.warning("The loop stood still for %.3f s (%.3f s of them busy) at: %s", took, busy, self.doing)
        self.doing = "background work"


def new_loop(turns: Turns) -> asyncio.AbstractEventLoop:
    """Make an event loop that `turns` watches, on every platform: nothing here needs Windows' other kind of loop."""
    return asyncio.SelectorEventLoop(turns)
