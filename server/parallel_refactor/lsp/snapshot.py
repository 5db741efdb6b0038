"""All boards as they are, for editors that ask, and what changes on them, for editors that want to be told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from parallel_refactor.lsp.folders import Change, Folder
from parallel_refactor.lsp.messages import BOARD_CHANGED, BoardChange, Boards, BoardStatus, FileLock, RunStatus
from parallel_refactor.lsp.session import Session

_PAUSE = 0.1
"""Seconds between two messages for one folder."""

_MOST = 500
"""Files of one message: more take too long to write at once."""


def boards(session: Session) -> Boards:
    """Give the boards of all folders."""
    return Boards(
        tuple(
            BoardStatus(
                folder.uri,
                folder.seq,
                tuple(folder.runs.values()),
                tuple(lock for owners in folder.owners.values() for lock in owners),
            )
            for folder in session.folders
        )
    )


class Teller:
    """Tells an editor that declared it what changed, at most some times a second."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._pending: dict[Folder, Change] = {}
        self._working = False
        session.on_change.append(self._changed)

    def _changed(self, folder: Folder, change: Change) -> None:
        if (waiting := self._pending.get(folder)) is not None:
            change = Change(change.owners | waiting.owners, waiting.runs | change.runs, waiting.whole or change.whole)
        self._pending[folder] = change
        if not self._working:
            self._working = True
            self._session.start(self._work())

    async def _work(self) -> None:
        try:
            while self._pending:
                for folder in list(self._pending):
                    for part in _parts(folder, self._pending.pop(folder)):
                        self._session.protocol.notify(BOARD_CHANGED, part)
                        await asyncio.sleep(0)
                await asyncio.sleep(_PAUSE)
        finally:
            self._working = False


def _parts(folder: Folder, change: Change) -> Iterator[BoardChange]:
    """Give what changed since `change.owners` were the owners, in messages of a bearable size."""
    keys = [key for key, before in change.owners.items() if before != folder.owners.get(key, ())]
    runs: tuple[RunStatus, ...] = tuple(change.runs.values())
    for start in range(0, max(len(keys), 1), _MOST):
        locks: list[FileLock] = []
        freed: dict[str, None] = {}
        for key in keys[start : start + _MOST]:
            now = folder.owners.get(key, ())
            locks += now
            freed.update(dict.fromkeys(lock.uri for lock in change.owners[key]))
            for lock in now:
                freed.pop(lock.uri, None)
        if runs or locks or freed or change.whole:
            yield BoardChange(folder.uri, folder.seq, runs, tuple(locks), tuple(freed))
        runs = ()
