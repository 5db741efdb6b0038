"""Ends the holds of an editor that died and did not come back, also where no run does it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from lockboard.board import Board
from lockboard.errors import BoardError
from parallel_refactor.lsp.folders import Folder
from parallel_refactor.running.abandoned import AbandonedHolds
from parallel_refactor.running.clock import Clock

_PAUSE = 1.0


async def end_abandoned_holds(folder: Folder, is_open: Callable[[], bool]) -> None:
    """Look after all holds on a folder's board as long as the folder is open."""
    clock = Clock()
    known: dict[Board, AbandonedHolds] = {}

    def look(board: Board) -> None:
        board.refresh()
        known.setdefault(board, AbandonedHolds(board, clock)).look()

    while is_open():
        await asyncio.sleep(_PAUSE)
        clock.tick()
        if any(lock.kind == "person" for owners in folder.owners.values() for lock in owners):
            with contextlib.suppress(BoardError):  # the board may be going in this moment
                await folder.write(look)
