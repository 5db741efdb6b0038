"""A run's spending.jsonl: what all of its workers share about requests to a model, in one file under one lock.

Not in the board's log, which every process has to read: only who asks a model, or shows what it costs, reads this one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lockboard.board import Board
from lockboard.log import Log
from lockboard.mutex import Mutex
from parallel_refactor.running.books import Books
from parallel_refactor.running.spending import Capped, Entry, Line, Lost, decode, encode

Write = Callable[[Entry], Line]

_PATIENCE = 2.0  # seconds to wait for the lock: who has it too long is stopped, and its supervisor ends it


class Ledger:
    """One process's part in it. Not for two threads; must not cross a fork."""

    def __init__(self, folder: Path, *, in_detail: bool = True) -> None:
        """`folder` is the run's, on the board; `in_detail`: whether the books have sums by task and worker."""
        self.books = Books(in_detail)
        self._log = Log(folder / _NAME, decode)
        self._mutex = Mutex(folder / "spending.mutex", _PATIENCE)
        self.refresh()

    def close(self) -> None:
        """Give the descriptors back."""
        self._log.close()
        self._mutex.close()

    def refresh(self) -> None:
        """Read what is new. Raises DamagedBoardError."""
        for line in self._log.read():
            self.books.apply(line)

    @contextmanager
    def changing(self) -> Iterator[Write]:
        """Enter the critical section: the books are up to date, and the function given writes lines.

        Raises BusyBoardError when the lock cannot be had in time, BoardError when the disk does not take a line.
        """
        self._mutex.acquire()
        try:
            self.refresh()
            self._log.mend()
            yield self._write
        finally:
            self._mutex.release(self.books.seq)

    def sync(self) -> None:
        """Make durable what has been written; raises OSError."""
        self._log.sync()

    def lose(self, *workers: str) -> None:
        """Let dead workers' requests count as the most that they can have cost; all of them where none is named."""
        with self.changing() as write:
            owners = {asked.worker for asked in self.books.under_way.values()} | self.books.waiting.keys()
            for worker in owners.intersection(workers) if workers else owners:
                write(Lost(worker))

    def cap(self, dollars: float | None, tokens: int | None) -> None:
        """Set limits anew, where they are not None."""
        with self.changing() as write:
            old = self.books.cap or Capped()
            write(Capped(old.dollars if dollars is None else dollars, old.tokens if tokens is None else tokens))

    def _write(self, entry: Entry) -> Line:
        seq, at = self.books.seq + 1, time.time()
        self._log.append(encode(seq, at, entry))
        line = Line(seq, at, entry)
        self.books.apply(line)
        return line


def opened(board: Board, run: str) -> Ledger | None:
    """Open the ledger of a run; None where it has none, because it asks no model or has not begun to."""
    folder = board.layout.run(run)
    return Ledger(folder) if (folder / _NAME).exists() else None


def books_of(board: Board, run: str) -> Books:
    """Read what a run has spent, nothing where it asks no model. Raises DamagedBoardError."""
    ledger = opened(board, run)
    if ledger is None:
        return Books()
    ledger.close()
    return ledger.books


_NAME = "spending.jsonl"
