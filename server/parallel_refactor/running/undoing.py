"""The hands of an undo run: the supervisor itself hands in what the undone run had displaced."""

from __future__ import annotations

import time
from contextlib import suppress

from attrs import define

from lockboard.board import Board
from lockboard.errors import BoardError, BusyBoardError, StaleClaimError
from lockboard.model import Claim, TaskState
from lockboard.undo import Undo
from parallel_refactor.running.clock import Clock
from parallel_refactor.running.start import ensure_supervisor

_SHARE = 0.2  # seconds of a turn that handing in may take before landing has its own
_NUDGE = 1.0  # seconds between two looks whether the run to undo still has a supervisor


@define
class UndoHands:
    """Claims and hands in the tasks of an undo run, one after the other."""

    board: Board
    run: str
    process: str
    clock: Clock
    _undo: Undo | None = None
    _claim: Claim | None = None
    _next_nudge: float = 0.0

    def plan(self) -> bool:
        """Give the run its tasks once the run to undo has ended; raises BoardError where it cannot be undone."""
        spec = self.board.run(self.run).spec
        undone = self.board.run(spec.undoes)
        if not (undone.state.ended or spec.files):
            if self.clock.now >= self._next_nudge:
                self._next_nudge = self.clock.now + _NUDGE
                ensure_supervisor(self.board, undone.id)
            return False
        plan = self._undoing().plan()
        self.board.set_plan(self.run, plan.tasks, plan.left)
        return True

    def tend(self) -> None:
        """Look after nobody: there are no workers."""

    def staff(self) -> None:
        """Hand in tasks for a short time."""
        end = time.monotonic() + _SHARE
        while time.monotonic() < end:
            self._claim = self._claim or self.board.claim(self.run, self.process)
            if self._claim is None:
                return
            with suppress(StaleClaimError):
                self._do(self._claim)
            self._claim = None

    def dismiss(self) -> bool:
        """Nobody has to go."""
        return True

    def halted(self) -> str:
        """Nothing costs money."""
        return ""

    def wait(self, seconds: float) -> None:
        """Wait some seconds."""
        time.sleep(seconds)

    def kill(self) -> None:
        """Nobody has to be ended."""

    def _do(self, claim: Claim) -> None:
        task = self.board.run(self.run).tasks[claim.task.id]
        if task.redos:
            # Somebody changed a file after the plan: that text stays, and what hangs together with it.
            self.board.end_task(self.run, claim.task.id, TaskState.SKIPPED, task.reason)
            return
        try:
            self._undoing().submit(claim)
        except (BusyBoardError, StaleClaimError):
            raise
        except (BoardError, OSError) as error:
            self.board.fail(claim, f"what it was before is gone from the board: {error}")

    def _undoing(self) -> Undo:
        if self._undo is None:
            spec = self.board.run(self.run).spec
            self._undo = Undo(self.board, spec.undoes, spec.files)
        return self._undo
