"""One process's part in the log: a state that is kept up to date, and a critical section in which to add lines.

Every change is one line, written under the mutex after all earlier lines have been read. Reading needs no lock.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from lockboard import entries as e
from lockboard import history, snapshot
from lockboard.entries import Entry, Line
from lockboard.errors import DamagedBoardError
from lockboard.layout import Layout
from lockboard.log import Log
from lockboard.mutex import UNKNOWN, Mutex
from lockboard.reducer import apply
from lockboard.state import State
from lockboard.views import Views

Write = Callable[[Entry], Line]


class Journal:
    """The log, the state that it tells, and the views that show it. Serves all threads; must not cross a fork."""

    def __init__(self, root: Path, *, create: bool = False, patience: float = 10.0) -> None:
        """Open the board of a workspace. `patience`: seconds to wait for whoever is changing it.

        Raises BoardError where there is none (and `create` is not given), or it cannot be used.
        """
        self.root = root
        self.layout = Layout(root)
        ignores_case = self.layout.create() if create else self.layout.check()
        self._thread_lock = threading.RLock()
        self._views = Views(self.layout)
        with ExitStack() as opened:
            self._mutex = opened.enter_context(closing(Mutex(self.layout.board / "mutex", patience)))
            self._log = opened.enter_context(closing(Log(self.layout.board / "log.jsonl", e.decode)))
            self.state, self._log.offset = snapshot.load(self.layout.board, ignores_case=ignores_case)
            self.refresh()
            opened.pop_all()  # they stay open, unless the board is damaged

    def close(self) -> None:
        """Give the descriptors back."""
        self._log.close()
        self._mutex.close()

    def refresh(self) -> list[Line]:
        """Read what is new in the log, and return it."""
        with self._thread_lock:
            return self._read()

    def behind(self) -> bool:
        """Whether there is something new in the log."""
        return self._log.behind()

    @contextmanager
    def changing(self) -> Iterator[Write]:
        """Enter the critical section: the state is up to date, and the function given writes lines.

        Raises BusyBoardError when the mutex cannot be had in time.
        """
        with self._thread_lock:
            self._read()  # here and meanwhile, so that little is left to read while others wait
            shown = self._mutex.acquire(self._read)
            try:
                self._read()
                self._log.mend()
                right = shown == self.state.seq or self._show(self._views.rebuild)
                shown = self.state.seq if right else shown
                self._forget_touched()
                try:
                    yield self._write
                finally:
                    if right and shown != self.state.seq and self._show(self._views.show):
                        shown = self.state.seq
                        self._forget_touched()
            finally:
                self._mutex.release(shown)

    def save_snapshot(self) -> None:
        """Spare later readers the log up to here, if no run is going; raises BoardError."""
        history.keep(self.layout, self.state)
        with self.changing():
            snapshot.save(self.layout.board, self.state, self._log.offset)

    def rebuild_views(self) -> None:
        """Make the views anew, whatever is there; where that is cut short, the next holder of the mutex does it."""
        with self._thread_lock:
            self._mutex.acquire()
            self._mutex.release(UNKNOWN)
        with self.changing():
            pass

    def sync(self) -> None:
        """Make the log durable as far as it is written. Not under the mutex: a busy disk would hold up everybody."""
        self._log.sync()

    def _read(self) -> list[Line]:
        lines = []
        for line in self._log.read():
            if line.seq != self.state.seq + 1:
                self._log.offset = line.offset
                place = f"{self.layout.board / 'log.jsonl'}, at byte {line.offset}"
                raise DamagedBoardError(f"{place}: line {line.seq} comes after line {self.state.seq}.")
            apply(self.state, line)
            lines.append(line)
        return lines

    def _write(self, entry: Entry) -> Line:
        seq, at, start = self.state.seq + 1, time.time(), self._log.offset
        self._log.append(e.encode(seq, at, entry))
        line = Line(seq, at, entry, start, self._log.offset)
        apply(self.state, line)
        return line

    def _show(self, views: Callable[[State], None]) -> bool:
        """Bring views up. Where the disk fails they stay behind the log, which decides, and the next holder tries."""
        try:
            views(self.state)
        except OSError:
            return False
        return True

    def _forget_touched(self) -> None:
        self.state.touched_locks.clear()
        self.state.touched_tasks.clear()
