"""Landing as results come in, and again later where that is not possible now."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from attrs import define, field

from lockboard import landing
from lockboard.board import Board
from lockboard.errors import disk_error
from lockboard.model import Afterwards, Hold
from parallel_refactor.running.clock import Clock

_SHARE = 0.2  # seconds that landing may take before others have their turn
_AT_ONCE = 16  # units that share an intent
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 2.0
_DISK_PAUSE = 1.0


@define
class Lander:
    """Lands the units of one run that are complete and that `lets` lets pass. Only in the run's supervisor."""

    board: Board
    run: str
    clock: Clock
    lets: Callable[[str], bool]
    _tries: dict[str, tuple[int, float]] = field(factory=dict)
    _broken_until: float | None = 0.0  # what an earlier supervisor left is finished first

    def work(self) -> None:
        """Land what can be landed now, for a short time."""
        if self._broken_until is not None and not self._mend():
            return
        end = time.monotonic() + _SHARE
        units = [unit for unit in self.board.state.schedules[self.run].landable if self._is_due(unit)]
        while units and self._broken_until is None and time.monotonic() < end:
            self._land(units[:_AT_ONCE])
            del units[:_AT_ONCE]

    def held(self) -> dict[str, Hold]:
        """Give the units that are complete and that a person keeps from landing, with who does."""
        landable = self.board.state.schedules[self.run].landable if self.board.state.holds else ()
        found = {unit: self.holds(unit) for unit in landable}
        return {unit: holds[0] for unit, holds in found.items() if holds}

    def holds(self, unit: str) -> list[Hold]:
        """Give the people's holds that keep a complete unit from landing; none does where nothing changes."""
        run = self.board.run(self.run)
        tasks = self.board.state.unit_tasks(run, unit)
        changes = any(change.changed for task in tasks if task.submission for change in task.submission.files)
        return self.board.state.held_in(run, unit) if changes else []

    def _is_due(self, unit: str) -> bool:
        return self.lets(unit) and self.clock.now >= self._tries.get(unit, (0, 0.0))[1] and not self.holds(unit)

    def _land(self, units: Sequence[str]) -> None:
        try:
            results = landing.land_all(self.board, self.run, units)
        except OSError as error:
            self._break(error)
            return
        for unit, result in results.items():
            if result.then is Afterwards.LAND_AGAIN:
                tries = self._tries.get(unit, (0, 0.0))[0]
                self._tries[unit] = (tries + 1, self.clock.now + min(_FIRST_PAUSE * 2**tries, _LONGEST_PAUSE))
            else:
                self._tries.pop(unit, None)

    def _mend(self) -> bool:
        """Finish or roll back what an error of the disk, or the death of a supervisor, cut short."""
        if self._broken_until is None or self.clock.now < self._broken_until:
            return False
        try:
            landing.recover(self.board, self.run)
        except OSError as error:
            self._break(error)
            return False
        self._broken_until = None
        return True

    def _break(self, error: OSError) -> None:
        advice = disk_error(Path(error.filename or self.board.root), "land", error)
        sys.stderr.write(f"landing stopped, and is tried again by itself: {advice}\n")
        sys.stderr.flush()
        self._broken_until = self.clock.now + _DISK_PAUSE
