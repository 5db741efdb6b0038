"""Holds that nobody is there to end: of editors that died and did not come back, and of agents that forgot."""

from __future__ import annotations

from attrs import define, field

from lockboard.board import Board
from lockboard.model import ProcessKind
from parallel_refactor.running.clock import Clock

GRACE = 60.0
"""Seconds that a hold outlives its server: time enough for an editor to start another, which adopts it."""

FORGOTTEN = 3600.0
"""Seconds after which an agent's locks go that were not taken again."""

_LOOK = 1.0


@define
class AbandonedHolds:
    """Ends holds that nobody is there to end. Every supervisor does this; once is enough, twice no harm."""

    board: Board
    clock: Clock
    _next_look: float = 0.0
    _due: dict[str, float] = field(factory=dict)

    def look(self) -> None:
        """Find the holders that are dead, or may never end, and depart those that have been for long."""
        if self.clock.now < self._next_look:
            return
        self._next_look = self.clock.now + _LOOK
        holders = {process for holds in list(self.board.state.holds.values()) for process in list(holds)}
        holders |= {process.id for process in self.board.state.processes.values() if process.kind is ProcessKind.SERVER}
        terms = {process: term for process in holders if (term := self._term(process)) is not None}
        self._due = {process: self._due.get(process, self.clock.now + term) for process, term in terms.items()}
        for process, due in self._due.items():
            if self.clock.now > due:
                self.board.depart(process, f"nobody ended its holds for {terms[process]:.0f} s")

    def _term(self, process: str) -> float | None:
        """Tell how long a holder's files stay held from now on; None for ever."""
        if self.board.state.is_agent(process):
            return FORGOTTEN
        return None if self.board.is_alive(process) else GRACE
