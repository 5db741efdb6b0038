"""Follows what a run of a model spends while it goes on, and which of its workers wait for the server."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from lockboard.board import Board
from parallel_refactor.cli.text import count, duration

if TYPE_CHECKING:
    from parallel_refactor.running.ledger import Ledger
    from parallel_refactor.running.spent import Spent


class Costs:
    """Reads a run's books; says nothing for one that costs nothing."""

    def __init__(self, board: Board, run: str) -> None:
        self._board = board
        self._run = run
        self._ledger: Ledger | None = None
        self._spent: Spent | None = None

    def look(self) -> None:
        """Read what is new."""
        run = self._board.run(self._run)
        if run.spec.engine != "claude":
            return
        from parallel_refactor.running.ledger import opened  # noqa: PLC0415  only what asks a model needs them
        from parallel_refactor.running.spent import spent_by  # noqa: PLC0415

        self._ledger = self._ledger or opened(self._board, self._run)
        if self._ledger:
            self._ledger.refresh()
            self._spent = spent_by(self._board, run, self._ledger.books)

    def line(self) -> str:
        """Say what the run has spent so far."""
        return self._spent.line() if self._spent else ""

    def of_task(self, task: str) -> str:
        """Say in short what a task has cost so far."""
        return self._spent.of_task(task) if self._spent else ""

    def of_worker(self, worker: str, task: str) -> str:
        """Say in short what a worker has spent on its task, and on all it had: `$0.03, $0.12 in all`."""
        if self._spent is None or not (total := self._spent.of_worker(worker)):
            return ""
        now = self._spent.of_task(task)
        return total if now == total else f"{now}, {total} in all" if now else f"{total} in all"

    def wait(self, worker: str, task: str) -> str:
        """Say what a worker waits for and for how long, as `waiting for the rate limit, 12 s`; "" where it does not."""
        found = self._spent.wait(worker, task) if self._spent else None
        return f"waiting for {found[0]}, {duration(time.time() - found[1])}" if found else ""

    def waiting(self) -> str:
        """Say how many workers wait, and what for; "" where none does."""
        waits = list(self._spent.books.waiting.values()) if self._spent else []
        return f"{count(len(waits), 'worker')} waiting for {waits[0][0].why}" if waits else ""
