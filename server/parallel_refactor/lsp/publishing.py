"""Sends diagnostics as they change, to editors that do not ask for them."""

from __future__ import annotations

import asyncio
import time

from lsprotocol import types

from parallel_refactor.lsp.diagnostics import affected, for_file
from parallel_refactor.lsp.folders import Change, Folder
from parallel_refactor.lsp.session import Place, Session

_SLICE = 0.02
"""Seconds of a turn of the loop: thousands of locks must not stop it."""


class Publisher:
    """Keeps the editor's diagnostics as the locks are."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._pending: dict[str, Place] = {}
        self._shown: dict[str, list[types.Diagnostic]] = {}
        self._working = False
        session.on_change.append(self._changed)
        session.on_open.append(self._reopened)
        session.on_close.append(self._reopened)

    def _changed(self, folder: Folder, change: Change) -> None:
        self._touch(affected(self._session, folder, change))

    def _reopened(self, uri: str) -> None:
        """Show the same under the editor's own spelling of the URI, and in its units."""
        if (place := self._session.place_of(uri)) is not None and (place.owners or uri in self._shown):
            self._touch({uri: place, **{lock.uri: place for lock in place.owners}})

    def _touch(self, places: dict[str, Place]) -> None:
        self._pending.update(places)
        if self._pending and not self._working:
            self._working = True
            self._session.start(self._work())

    async def _work(self) -> None:
        end = time.monotonic() + _SLICE
        try:
            while self._pending:
                uri = next(iter(self._pending))
                self._show(uri, self._pending.pop(uri))
                if time.monotonic() > end:
                    await asyncio.sleep(0)
                    end = time.monotonic() + _SLICE
        finally:
            self._working = False

    def _show(self, uri: str, place: Place) -> None:
        found = for_file(self._session, place, uri)
        if found == self._shown.get(uri, []):
            return
        self._session.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, found))
        if found:
            self._shown[uri] = found
        else:
            del self._shown[uri]
