"""Time as a process lives it."""

from __future__ import annotations

import time

_LONGEST_STEP = 2.0


class Clock:
    """Seconds of this process's own life, as of the last `tick`.

    Where the process itself, or the whole machine, was stopped, the time it missed counts only a little: nobody is
    late who had no chance to be seen in time. Wall time, which may jump, plays no part.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self._last = time.monotonic()

    def tick(self) -> None:
        """Bring `now` up; call it often."""
        present = time.monotonic()
        self.now += min(present - self._last, _LONGEST_STEP)
        self._last = present
