"""Whether the server's prompt cache has what all requests of a run share, and which request is to write it.

The cache keeps it for five minutes after it was read last. Where it may be gone, one request goes ahead and the others
wait until its answer begins: until then each of them would write it too, and pay for that.
"""

from __future__ import annotations

from attrs import define, field

LIFETIME = 270.0
"""Seconds after a request for which what it read or wrote is certainly there: a little less than the server's own."""


@define
class Warmth:
    """`until` is the moment up to which it is there, in seconds since the epoch; `first` the line of who goes ahead."""

    until: float = 0.0
    first: int = 0
    _asked: dict[int, float] = field(factory=dict)

    def must_wait(self, now: float) -> bool:
        """Tell whether a request has to wait for the one that goes ahead."""
        return bool(self.first) and not self._is_warm(now)

    def asked(self, line: int, now: float) -> None:
        """Take in a request: the first that finds the cache cold goes ahead."""
        self._asked[line] = now
        if not (self.first or self._is_warm(now)):
            self.first = line

    def begun(self, line: int, now: float) -> None:
        """Take in that the answer to a request has begun: the cache has what it wrote."""
        self.until = max(self.until, now + LIFETIME)
        self._end(line)

    def ended(self, line: int, *, served: bool) -> None:
        """Take in the end of a request; one that was `served` has read or written the cache when it was asked."""
        if served and line in self._asked:
            self.until = max(self.until, self._asked[line] + LIFETIME)
        self._asked.pop(line, None)
        self._end(line)

    def _end(self, line: int) -> None:
        if self.first == line:
            self.first = 0

    def _is_warm(self, now: float) -> bool:
        return 0.0 < self.until - now <= LIFETIME  # more: the clock was put back
