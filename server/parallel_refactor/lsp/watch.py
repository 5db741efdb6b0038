"""Follows a board's log, and waits for a board where there is none yet: one thread for each root.

The thread reads the board by an object that nothing else uses, so that a long log never stops the loop. What it finds
is taken in on the loop, look by look.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from watchfiles import Change, watch

from lockboard.board import Board
from lockboard.errors import BoardError
from lockboard.paths import BOARD_NAME
from parallel_refactor.lsp.picture import Look, Picture

_STEP, _DEBOUNCE = 5, 20
"""Milliseconds. What watchfiles takes by itself is made for people who save: too slow for locks that come and go."""

_TICK = 500
"""Milliseconds after which the board is looked at without a sign: some file systems give none."""

log = logging.getLogger(__name__)


class Watch:
    """Follows one root's board, until `stop`."""

    def __init__(self, root: Path, picture: Callable[[Board], Picture]) -> None:
        """`picture` makes what looks at a board that has come up."""
        self._root = root
        self._board_dir = root / BOARD_NAME
        self._picture = picture
        self._stopped = threading.Event()
        self._polling = False
        self._unusable: object = None

    def start(self, deliver: Callable[[Look], None], lose: Callable[[], None]) -> None:
        """Follow the board: `deliver` each look, `lose` when it is gone. Both are called on the running loop."""
        loop = asyncio.get_running_loop()

        def run() -> None:
            while not self._stopped.is_set():
                if self._is_usable():
                    self._follow(lambda look: loop.call_soon_threadsafe(deliver, look))
                    loop.call_soon_threadsafe(lose)
                for _ in self._signs():
                    if self._is_usable():
                        break

        threading.Thread(target=run, name=f"board of {self._root}", daemon=True).start()

    def stop(self) -> None:
        """Follow no longer, from soon on."""
        self._stopped.set()

    def _follow(self, deliver: Callable[[Look], object]) -> None:
        """Look at the board as long as it is there and can be read."""
        here = self._marks()[0]
        try:
            with closing(Board(self._root)) as board:
                picture = self._picture(board)
                while self._marks()[0] == here and not self._stopped.is_set():
                    for _ in self._signs():
                        if self._marks()[0] != here:
                            break
                        if (look := picture.look()) is not None:
                            deliver(look)
        except (BoardError, OSError) as error:
            log.warning("The task board cannot be followed: %s", error)
            self._unusable = self._marks()

    def _signs(self) -> Iterator[None]:
        """Give a sign at once, whenever something may have happened to the board, and now and then without a reason.

        Ends when the board's folder comes or goes, and when following does.
        """
        yield
        watched = [path for path in (self._root, self._board_dir) if path.is_dir()]
        try:
            for _ in self._changes(watched):
                yield
                if [path for path in (self._root, self._board_dir) if path.is_dir()] != watched:
                    return
        except FileNotFoundError:
            return  # it went in this moment
        except OSError as error:
            log.warning("The task board is looked at now and then only, as it cannot be watched: %s", error)
            self._polling = True

    def _changes(self, watched: list[Path]) -> Iterator[object]:
        """Give something for each change, or now and then where nothing can be watched."""
        if watched and not self._polling:
            yield from watch(
                *watched,
                watch_filter=_is_sign,
                step=_STEP,
                debounce=_DEBOUNCE,
                rust_timeout=_TICK,
                yield_on_timeout=True,
                recursive=False,
                stop_event=self._stopped,
            )
        while not self._stopped.wait(_TICK / 1000):
            yield None

    def _is_usable(self) -> bool:
        """Whether there is a board, and not the one that could not be read, as it was then."""
        marks = self._marks()
        return marks[0] is not None and marks != self._unusable

    def _marks(self) -> tuple[object, object]:
        """Give what tells one board from another at the same place, and one state of it from another."""
        try:
            card, lines = (self._board_dir / "board.json").stat(), (self._board_dir / "log.jsonl").stat()
        except OSError:
            return None, None
        return (card.st_dev, card.st_ino, lines.st_ino), (card.st_mtime_ns, lines.st_mtime_ns, lines.st_size)


def _is_sign(_: Change, path: str) -> bool:
    return Path(path).name in (BOARD_NAME, "board.json", "log.jsonl")
