"""The hands of an undo run: the supervisor itself hands in what the undone run had displaced."""

from __future__ import annotations

import time
from contextlib import suppress
from functools import partial

from attrs import define

from lockboard.board import Board
from lockboard.errors import BoardError, BusyBoardError, ConflictError, StaleClaimError
from lockboard.model import ABSENT, Claim, FileChange, TaskState
from lockboard.undo import Merge, Undo, UndoPlan
from parallel_refactor.running.clock import Clock
from parallel_refactor.running.merging import bring_up
from parallel_refactor.running.report import kept_files
from parallel_refactor.running.start import MERGE, ensure_supervisor
from parallel_refactor.running.texts import find_text, keep_texts

_SHARE = 0.2  # seconds of a turn that handing in may take before landing has its own
_NUDGE = 1.0  # seconds between two looks whether the run to undo still has a supervisor


def merge_back(board: Board, run: str) -> Merge:
    """Give how files that a run changed, and then a person, become as before the run and keep the person's edits."""

    def merge(change: FileChange, new: bytes | None, present: bytes | None) -> bytes | None:
        from parallel_refactor.engines.claude.checks import find_damage  # noqa: PLC0415  slow, and seldom needed

        merged = bring_up(change, new, present, partial(find_text, board, run))
        if merged is not None and (damage := find_damage(change.path, present, merged)):
            raise ConflictError(f"line {damage.line}: {damage.reason}")
        return merged

    return merge


def mergeable(board: Board, run: str, plan: UndoPlan, files: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Give the files that a plan to undo a run, or some files of it, leaves out, and that a merge could put back."""
    return Undo(board, run, files, merge_back(board, run)).plan().merged if plan.left else ()


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
            self._keep_texts(claim)
        except (BusyBoardError, StaleClaimError):
            raise
        except ConflictError as error:  # somebody changed it once more
            self.board.end_task(self.run, claim.task.id, TaskState.SKIPPED, str(error))
        except (BoardError, OSError) as error:
            self.board.fail(claim, f"what it was before is gone from the board: {error}")

    def _keep_texts(self, claim: Claim) -> None:
        """Keep what was handed in, for an undo of this undo that merges."""
        task = self.board.run(self.run).tasks[claim.task.id]
        places = [place for change, place in kept_files(self.board, self.run, task).values() if change.new != ABSENT]
        keep_texts(self.board, self.run, (place.read_bytes() for place in places))

    def _undoing(self) -> Undo:
        if self._undo is None:
            spec = self.board.run(self.run).spec
            merge = merge_back(self.board, spec.undoes) if spec.options.get(MERGE) else None
            self._undo = Undo(self.board, spec.undoes, spec.files, merge)
        return self._undo
