"""Holds of people whose editor's server died and did not come back."""

from __future__ import annotations

from attrs import define, field

from lockboard.board import Board
from parallel_refactor.running.clock import Clock

GRACE = 60.0
"""Seconds that a hold outlives its server: time enough for an editor to start another, which adopts it."""

_LOOK = 1.0


@define
class AbandonedHolds:
    """Ends holds that nobody is there to end. Every supervisor does this; once is enough, twice no harm."""

    board: Board
    clock: Clock
    _next_look: float = 0.0
    _dead_since: dict[str, float] = field(factory=dict)

    def look(self) -> None:
        """Find the servers that are dead, and depart those that have been for long."""
        if self.clock.now < self._next_look:
            return
        self._next_look = self.clock.now + _LOOK
        holders = {process for holds in list(self.board.state.holds.values()) for process in list(holds)}
        dead = [process for process in holders if not self.board.is_alive(process)]
        self._dead_since = {process: self._dead_since.get(process, self.clock.now) for process in dead}
        for process, since in self._dead_since.items():
            if self.clock.now - since > GRACE:
                self.board.depart(process, f"its process ended {GRACE:.0f} s ago")
