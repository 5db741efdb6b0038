"""Which workers wait for a model's server, or for room in their run's budget."""

from __future__ import annotations

from lockboard.board import Board
from parallel_refactor.running.ledger import Ledger, opened


class Waits:
    """Follows the books of all runs of a board that are going."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._ledgers: dict[str, Ledger] = {}
        self._known: dict[str, tuple[str, str]] = {}

    def look(self) -> set[str]:
        """Read what is new; gives the workers that wait no longer, or for something else. Raises BoardError."""
        for run in self._board.state.runs.values():
            ledger = self._ledgers.get(run.id)
            if run.state.ended:
                if ledger:
                    self._ledgers.pop(run.id).close()
            elif ledger := ledger or opened(self._board, run.id):
                self._ledgers[run.id] = ledger
                ledger.refresh()
        now = {
            worker: (entry.task, entry.why)
            for ledger in self._ledgers.values()
            for worker, (entry, _) in ledger.books.waiting.items()
        }
        before, self._known = self._known, now
        return {worker for worker in before | now if before.get(worker) != now.get(worker)}

    def of(self, worker: str, task: str) -> str:
        """Say what a worker waits for with a task; "" where it does not."""
        found, why = self._known.get(worker, ("", ""))
        return why if found == task else ""
