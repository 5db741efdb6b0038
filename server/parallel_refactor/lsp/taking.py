"""Gives a file back from a worker, and tells where what the worker had done of it is kept."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from lsprotocol import types

from lockboard.board import Board
from lockboard.taking import Taken, take
from parallel_refactor.lsp import messages
from parallel_refactor.lsp.arguments import is_text, read, required
from parallel_refactor.lsp.messages import Taking
from parallel_refactor.lsp.protocol import RequestFailedError
from parallel_refactor.lsp.session import Place, Session
from parallel_refactor.running.keeping import keep, patch_file, submitted

_PATIENCE = 10.0
_LOOK = 0.1
"""Seconds to wait for a worker to stop and leave a patch, and between two looks for it."""


async def take_file(session: Session, *given: Any) -> Taking:
    """Make a file the person's, until they save or close it; what a worker had done of it is kept as a patch."""
    uri = required(messages.TAKE_FILE, read(messages.TAKE_FILE, given, {"uri": is_text}), "uri")
    place = session.place_of(uri)
    if place is None:
        raise RequestFailedError(f"{uri} is in no folder that is open here.")
    if not place.folder.has_board():
        return Taking("free", uri)
    try:
        taking, patch = await place.folder.write(lambda board: _take(board, place, uri))
    finally:
        session.take_file(place)
    if taking.how == "taken":
        session.start(_tell(session, place, patch))
    return taking


def _take(board: Board, place: Place, uri: str) -> tuple[Taking, Path]:
    board.refresh()
    lock = board.state.locks.get(place.key)
    handed_in = board.run(lock.run).tasks[lock.task].submission if lock else None
    taken = take(board, place.name, place.folder.person, place.folder.process())
    patch = patch_file(board, taken.run, taken.task, taken.token)
    kept = False
    if taken.how is Taken.TAKEN and lock and handed_in and (lock.task, lock.token) == (taken.task, taken.token):
        after = submitted(board, taken.run, taken.task, taken.token, handed_in)
        mine = {path: data for path, data in after.items() if board.state.fold(path) == place.key}
        kept = keep(patch, {path: _read(board.root / path) for path in mine}, mine)
    return Taking(taken.how.value, uri, taken.run, taken.task, str(patch) if kept else ""), patch


async def _tell(session: Session, place: Place, patch: Path) -> None:
    """Tell of the patch that the worker leaves when it stops, if it had done anything."""
    for _ in range(round(_PATIENCE / _LOOK)):
        if await asyncio.to_thread(patch.exists):
            text = f"{place.name} is yours. What the worker had done of it is kept in {patch}."
            session.window_show_message(types.ShowMessageParams(types.MessageType.Info, text))
            return
        await asyncio.sleep(_LOOK)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
