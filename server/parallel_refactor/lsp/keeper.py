"""Keeps the board's holds as the person's buffers are: text that the disk does not have is the person's.

The loop says which files to look at again. One thread at a time compares them with the disk and writes holds, in order;
what is said meanwhile is done in the next go, so a burst of typing costs one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from attrs import frozen

from lockboard.board import Board
from lockboard.errors import BoardError
from lockboard.model import Lock
from parallel_refactor.lsp.disk import Disk
from parallel_refactor.lsp.folders import Folder

_PAUSE = 1.0

log = logging.getLogger(__name__)


@frozen
class Buffer:
    """What the editor has of one file: its texts (one for each name that it is open under), or none.

    `fresh`: nobody has typed since it was opened. `told`: whether the editor itself counts it as changed, None where it
    did not say. `taken`: the person took the file from a worker and has not given it back.
    """

    texts: tuple[str, ...] = ()
    fresh: bool = False
    told: bool | None = None
    taken: bool = False


class Keeper:
    """Keeps the holds of one folder."""

    def __init__(self, folder: Folder, buffer_of: Callable[[str], Buffer], contest: Callable[[Lock], None]) -> None:
        """`buffer_of` tells what the editor has of a file, by its name on the board.

        `contest` is called on the loop with a worker's lock on a file that has just become the person's.
        """
        self.unsaved: frozenset[str] = frozenset()
        self._folder = folder
        self._buffer_of = buffer_of
        self._contest = contest
        self._contested: list[Lock] = []
        self._touched: dict[str, None] = {}
        self._disks: dict[str, Disk] = {}
        self._held: set[str] = set()
        self._going: asyncio.Task[None] | None = None

    def touch(self, *names: str) -> None:
        """Look at files again, soon."""
        self._touched.update(dict.fromkeys(names))
        if self._going is None or self._going.done():
            self._going = asyncio.create_task(self._go())

    def names(self) -> frozenset[str]:
        """Give the files that are held here."""
        return frozenset(self._held)

    def forget(self) -> None:
        """Take in that the board is gone, and all holds with it."""
        self._held = set()

    async def settled(self) -> None:
        """Wait until all that was touched is on the board."""
        while self._going is not None and not self._going.done():
            await asyncio.shield(self._going)

    async def _go(self) -> None:
        while self._touched:
            buffers = {name: self._buffer_of(name) for name in self._touched}
            self._touched.clear()
            try:
                self.unsaved = await asyncio.to_thread(self._settle, buffers)
                while self._contested:
                    self._contest(self._contested.pop())
            except (BoardError, OSError) as error:
                log.warning("Holds cannot be written, and are tried again: %s", error)
                self._touched.update(dict.fromkeys(buffers))
                await asyncio.sleep(_PAUSE)

    # ---- in a thread

    def _settle(self, buffers: dict[str, Buffer]) -> frozenset[str]:
        board = self._folder.board() if self._folder.has_board() else None
        unsaved = set(self.unsaved)
        for name, buffer in buffers.items():
            if self._is_unsaved(name, buffer):
                unsaved.add(name)
            else:
                unsaved.discard(name)
            if board is not None:
                lock = self._write(board, name, hold=name in unsaved or buffer.taken)
                contested = lock and not (buffer.taken or board.state.is_proposed(lock))
                self._contested += [lock] if lock and contested else []
        return frozenset(unsaved)

    def _is_unsaved(self, name: str, buffer: Buffer) -> bool:
        if not buffer.texts:
            self._disks.pop(name, None)
            return buffer.told is True
        disk = self._disks.setdefault(name, Disk(self._folder.root / name))
        displaced = self._folder.displaced.get(self._folder.fold(name), ())
        try:
            differs = not all(disk.has(text, displaced, fresh=buffer.fresh) for text in buffer.texts)
        except OSError:
            return buffer.told is True  # what cannot be read, nobody changes either
        return differs and buffer.told is not False

    def _write(self, board: Board, name: str, *, hold: bool) -> Lock | None:
        """Hold a file or give it back; gives the worker's lock on a file that was not held before."""
        if hold and name not in self._held:
            board.hold(name, self._folder.person, self._folder.process())
            self._adopt(board, name)
            self._held.add(name)
            return board.state.locks.get(board.state.fold(name))
        if not hold and name in self._held:
            board.unhold(name, self._folder.process())
            self._held.discard(name)
        return None

    def _adopt(self, board: Board, name: str) -> None:
        """Let what a dead server held for its person go, now that this one holds the file."""
        for process in list(board.state.holds.get(board.state.fold(name), {})):
            if process != self._folder.process() and not board.is_alive(process):
                board.unhold(name, process)
