"""Answers editors that ask for diagnostics, and tells them when to ask again."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice

from lsprotocol import types

from parallel_refactor.lsp.diagnostics import SOURCE, affected, for_file
from parallel_refactor.lsp.folders import Change, Folder
from parallel_refactor.lsp.session import Place, Session

_SLICE = 100
"""Files of one message, and of one turn of the loop."""

OPTIONS = types.DiagnosticOptions(identifier=SOURCE, inter_file_dependencies=False, workspace_diagnostics=True)


class Answerer:
    """Answers for one document, and for all files: there with news until the editor wants no more."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._streams: dict[types.ProgressToken, asyncio.Queue[dict[str, Place]]] = {}
        self._stale = False
        self._asking = False
        session.on_change.append(self._changed)
        session.feature(types.TEXT_DOCUMENT_DIAGNOSTIC, OPTIONS)(partial(self.document))  # pygls marks what it is given
        session.feature(types.WORKSPACE_DIAGNOSTIC)(partial(self.workspace))

    def document(self, params: types.DocumentDiagnosticParams) -> types.DocumentDiagnosticReport:
        """Answer for one document."""
        uri = params.text_document.uri
        place = self._session.place_of(uri)
        found = for_file(self._session, place, uri) if place else []
        name = _name(found)
        if name == params.previous_result_id:
            return types.RelatedUnchangedDocumentDiagnosticReport(name)
        return types.RelatedFullDocumentDiagnosticReport(found, result_id=name)

    async def workspace(self, params: types.WorkspaceDiagnosticParams) -> types.WorkspaceDiagnosticReport:
        """Answer for all files that somebody owns, or owned when the editor asked last.

        An editor that takes the answer in parts gets every change from then on, until it cancels the request.
        """
        known = {previous.uri: previous.value for previous in params.previous_result_ids}
        asked = {uri: place for uri in known if (place := self._session.place_of(uri)) is not None}
        places = asked | self._owned()
        if (token := params.partial_result_token) is None:
            return types.WorkspaceDiagnosticReport(list(self._reports(places, known)))
        news = self._streams[token] = asyncio.Queue()
        try:
            while True:
                for part in _batched(self._reports(places, known)):
                    self._send(token, part)
                    await asyncio.sleep(0)
                places, known = await news.get(), {}
        finally:
            del self._streams[token]

    def _owned(self) -> dict[str, Place]:
        opened = self._session.open_files()
        found: dict[str, Place] = {}
        for folder in self._session.folders:
            for key, owners in folder.owners.items():
                place = Place(folder, key, owners[0].path)
                found.update(dict.fromkeys(opened.get(place, (owners[0].uri,)), place))
        return found

    def _reports(
        self, places: dict[str, Place], known: dict[str, str]
    ) -> Iterator[types.WorkspaceDocumentDiagnosticReport]:
        for uri, place in places.items():
            found = for_file(self._session, place, uri)
            name, document = _name(found), self._session.documents.get(uri)
            version = document.version if document else None
            if known.get(uri) == name:
                yield types.WorkspaceUnchangedDocumentDiagnosticReport(uri, name, version)
            else:
                yield types.WorkspaceFullDocumentDiagnosticReport(uri, found, version, result_id=name)

    def _send(self, token: types.ProgressToken, part: list[types.WorkspaceDocumentDiagnosticReport]) -> None:
        report = self._session.protocol.plain(types.WorkspaceDiagnosticReportPartialResult(part))
        self._session.progress(types.ProgressParams(token, report))

    # ---- news

    def _changed(self, folder: Folder, change: Change) -> None:
        places = affected(self._session, folder, change)
        for news in self._streams.values():
            news.put_nowait(places)
        if places and (not self._streams or any(uri in self._session.documents for uri in places)):
            self._stale = True
            if not self._asking:
                self._asking = True
                self._session.start(self._ask_again())

    async def _ask_again(self) -> None:
        """Have the editor ask again; what changes before it says that it will costs no message more."""
        try:
            while self._stale:
                self._stale = False
                await self._session.workspace_diagnostic_refresh_async(None)
        finally:
            self._asking = False


def _batched(
    reports: Iterable[types.WorkspaceDocumentDiagnosticReport],
) -> Iterator[list[types.WorkspaceDocumentDiagnosticReport]]:
    rest = iter(reports)
    while part := list(islice(rest, _SLICE)):
        yield part


def _name(found: list[types.Diagnostic]) -> str:
    """Give a name that is the same for the same diagnostics."""
    return hashlib.blake2b(repr(found).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
