"""The rate gate: how many requests all workers of a run may have on their way at once, and from when on.

Additive increase, multiplicative decrease, as Chiu and Jain showed it to be stable and fair (1989) and TCP does it: the
server's "too much" halves the number, once for all requests that were on their way then; each answer after that lets
it grow by one in as many answers. Without a "too much" there is no limit.
"""

from __future__ import annotations

import math

from attrs import define

LONGEST = 3600.0
"""No server closes the gate for more than so many seconds."""

LOOK = 0.05
"""Seconds until somebody who found no room looks again."""


@define
class Gate:
    """Where the limit stands. `opens` is a moment of the machine's monotonic clock, the same for all processes.

    `shrunk` is the number of the line at which it shrank last: what was asked before that says nothing new.
    """

    limit: float = math.inf
    opens: float = 0.0
    shrunk: int = 0

    def answered(self, asked: int, line: int, under_way: int, *, busy: bool, opens: float) -> None:
        """Take in an answer. `asked` and `line` are the lines of request and answer; `under_way` includes it."""
        self.opens = max(self.opens, opens)
        if not busy:
            self.limit += 1 / self.limit
        elif asked > self.shrunk:
            self.limit = max(1.0, min(self.limit, under_way) / 2)
            self.shrunk = line

    def wait(self, under_way: int, now: float) -> float:
        """Give the seconds until somebody may ask, or look again; 0.0 where it may be now."""
        closed = self.opens - now
        if 0.0 < closed <= LONGEST:  # more is a moment from before the machine was started anew
            return closed
        return LOOK if under_way + 1 > self.limit else 0.0
