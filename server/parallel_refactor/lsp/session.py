"""The server's state for one editor. Changed on the loop only; what waits for a disk or a board runs in threads."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from attrs import field, frozen
from lsprotocol import types
from pygls.lsp.server import LanguageServer

from lockboard.errors import BoardError
from lockboard.model import Lock
from lockboard.state import Key
from parallel_refactor.lsp.abandoned import end_abandoned_holds
from parallel_refactor.lsp.client import Client
from parallel_refactor.lsp.documents import Document
from parallel_refactor.lsp.folders import Change, Folder, open_folder
from parallel_refactor.lsp.keeper import Buffer, Keeper
from parallel_refactor.lsp.messages import make_converter
from parallel_refactor.lsp.picture import Look, Owners, Picture
from parallel_refactor.lsp.protocol import Protocol
from parallel_refactor.lsp.turns import Turns
from parallel_refactor.lsp.uris import path_of
from parallel_refactor.lsp.watch import Watch

log = logging.getLogger(__name__)


@frozen
class Place:
    """Where a file lies: in which folder, and how the board calls it. `key` is the name as the board compares names."""

    folder: Folder
    key: Key
    name: str = field(eq=False)

    @property
    def owners(self) -> Owners:
        """Who owns the file."""
        return self.folder.owners.get(self.key, ())


class Session(LanguageServer):
    """One editor and what it has open.

    `on_change` are called when a look at a folder's board found something, `on_open` and `on_close` with the URI of a
    document, `on_contest` with the lock of a worker on a file that the person begins to change. `followed` are the
    runs of which the person will hear how they ended.
    """

    protocol: Protocol

    def __init__(self, version: str, turns: Turns, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__("parallel-refactor", version, protocol_cls=Protocol, converter_factory=make_converter)
        self.turns = turns
        self.client: Client
        self.first_folders: list[str] = []
        self.documents: dict[str, Document] = {}
        self.keepers: dict[Folder, Keeper] = {}
        self.on_change: list[Callable[[Folder, Change], None]] = []
        self.on_open: list[Callable[[str], None]] = []
        self.on_close: list[Callable[[str], None]] = []
        self.on_contest: list[Callable[[Folder, Lock], None]] = []
        self.taken: set[Place] = set()
        self.followed: set[tuple[Folder, str]] = set()
        self.ended: asyncio.Future[None] = loop.create_future()
        self._told: dict[str, bool] = {}
        self._saves_itself: set[str] = set()
        self._places: dict[str, Place | None] = {}
        self._watches: dict[Folder, Watch] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._waiting: list[asyncio.Future[None]] = []

    def report_server_error(self, error: Exception, source: object) -> None:  # noqa: ARG002  (whose it is)
        """Log what went wrong with a message, and leave the person alone with it."""
        log.warning("A message could not be handled (%s).", type(error).__name__)

    # ---- the end

    def end(self) -> None:
        """End the session; what is at work may still be answered."""
        if not self.ended.done():
            self.ended.set_result(None)

    async def leave(self) -> None:
        """Take leave of the boards where nothing is held for the person; a hold is there for the server after this."""
        for folder, keeper in self.keepers.items():
            await keeper.settled()
            if not keeper.names():
                with contextlib.suppress(BoardError):
                    await asyncio.to_thread(folder.leave)

    def start(self, work: Coroutine[Any, Any, Any]) -> None:
        """Do something beside everything else; a failure goes to the log."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("Something went wrong in the background.", exc_info=error)

    async def until(self, met: Callable[[], bool]) -> None:
        """Wait until something is so that a look at a board may change."""
        while not met():
            waiting = asyncio.get_running_loop().create_future()
            self._waiting.append(waiting)
            await waiting

    # ---- folders

    @property
    def folders(self) -> list[Folder]:
        """The workspace roots, in the order in which they were opened."""
        return list(self.keepers)

    def add_folder(self, uri: str) -> None:
        """Open a workspace folder; one that cannot be worked in is logged."""
        place = path_of(uri)
        if place is None:
            return
        try:
            folder = open_folder(uri, place, self.client.person)
        except BoardError as error:
            log.warning("A folder is left out: %s", error)
            return
        if any(folder.root == known.root for known in self.folders):
            return
        self.keepers[folder] = Keeper(
            folder, lambda name: self._buffer(folder, name), lambda lock: self._contested(folder, lock)
        )
        watch = Watch(folder.root, lambda board: Picture(board, folder.uri_of, folder.is_mine))
        self._watches[folder] = watch
        self._places.clear()
        watch.start(lambda look: self._looked(folder, look), lambda: self._lost(folder))
        self.start(end_abandoned_holds(folder, lambda: folder in self.keepers))
        self._touch_all(folder)

    def remove_folder(self, uri: str) -> None:
        """Close a workspace folder, and give back what is held there for the person."""
        for folder in [folder for folder in self.folders if folder.uri == uri.rstrip("/")]:
            self._watches.pop(folder).stop()
            self.taken = {place for place in self.taken if place.folder is not folder}
            keeper = self.keepers.pop(folder)
            self._places.clear()
            keeper.touch(*keeper.names())
            self._lost(folder)

    def place_of(self, uri: str) -> Place | None:
        """Find a document's place; None for one that lies in no open folder."""
        if uri not in self._places:
            path = path_of(uri)
            roots = sorted(self.folders, key=lambda folder: len(folder.root.parts), reverse=True)
            found = ((folder, folder.name_of(path)) for folder in roots if path is not None)
            self._places[uri] = next((Place(folder, folder.fold(name), name) for folder, name in found if name), None)
        return self._places[uri]

    def open_files(self) -> dict[Place, list[str]]:
        """Give the files of the workspace that the editor has open, each with the URIs that it is open under."""
        found: dict[Place, list[str]] = {}
        for uri in self.documents:
            if (place := self.place_of(uri)) is not None:
                found.setdefault(place, []).append(uri)
        return found

    def _looked(self, folder: Folder, look: Look) -> None:
        self.turns.doing = "a look at the board"
        self._tell(folder, folder.take(look))
        if look.whole:
            self._places.clear()  # only now it is known how this board compares names
            self._touch_all(folder)

    def _lost(self, folder: Folder) -> None:
        if folder in self.keepers:
            self.keepers[folder].forget()
        self._tell(folder, folder.lose())

    def _tell(self, folder: Folder, change: Change) -> None:
        for place in self.open_files():
            if place.folder is folder and place.key in change.owners:
                self.keepers[folder].touch(place.name)  # something may have landed: that text is not the person's
        for listener in self.on_change:
            listener(folder, change)
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            if not one.done():
                one.set_result(None)

    # ---- documents

    def open_document(self, opened: types.TextDocumentItem) -> None:
        """Take in a document that the editor opened."""
        encoding = self.server_capabilities.position_encoding or types.PositionEncodingKind.Utf16
        self.documents[opened.uri] = Document(opened.uri, opened.version, opened.text, encoding)
        self._told.pop(opened.uri, None)
        self._touch(opened.uri)
        for listener in self.on_open:
            listener(opened.uri)

    def change_document(self, params: types.DidChangeTextDocumentParams) -> None:
        """Take in an edit."""
        document = self.documents.get(params.text_document.uri)
        if document is None:
            log.warning("An edit of a document that is not open is ignored.")
            return
        document.apply(params.content_changes, params.text_document.version)
        self._told.pop(document.uri, None)
        self._touch(document.uri)

    def will_save_document(self, uri: str, reason: types.TextDocumentSaveReason) -> None:
        """Take in who will save a document: the person, or their editor by itself."""
        if reason is not types.TextDocumentSaveReason.Manual:
            self._saves_itself.add(uri)

    def save_document(self, uri: str) -> None:
        """Take in that a document was saved. A file that was taken from a worker is given back if the person did it."""
        if uri in self._saves_itself:
            self._saves_itself.discard(uri)
        else:
            self._give_back(uri)
        self._touch(uri)

    def close_document(self, uri: str) -> None:
        """Take in that a document was closed; unsaved text went with it."""
        if self.documents.pop(uri, None) is not None:
            self._told.pop(uri, None)
            self._saves_itself.discard(uri)
            self._give_back(uri)
            self._touch(uri)
            for listener in self.on_close:
                listener(uri)

    def tell_dirty(self, uri: str, *, dirty: bool) -> None:
        """Take in whether the editor counts a file as changed; until the next edit its word goes before ours."""
        self._told[uri] = dirty
        self._touch(uri)
        if not dirty and uri not in self.documents:
            del self._told[uri]

    def _contested(self, folder: Folder, lock: Lock) -> None:
        for listener in self.on_contest:
            listener(folder, lock)

    async def settle(self, folder: Folder) -> None:
        """Have all that the person has in this folder on the board."""
        self._touch_all(folder)
        await self.keepers[folder].settled()

    def take_file(self, place: Place) -> None:
        """Hold a file for the person until it is saved or closed, whatever its text is."""
        self.taken.add(place)
        self.keepers[place.folder].touch(place.name)

    def _give_back(self, uri: str) -> None:
        if (place := self.place_of(uri)) is not None:
            self.taken.discard(place)

    def _touch(self, uri: str) -> None:
        if (place := self.place_of(uri)) is not None:
            self.keepers[place.folder].touch(place.name)

    def _touch_all(self, folder: Folder) -> None:
        for uri in (*self.documents, *self._told):
            if (place := self.place_of(uri)) is not None and place.folder is folder:
                self._touch(uri)

    def _buffer(self, folder: Folder, name: str) -> Buffer:
        place = Place(folder, folder.fold(name), name)
        documents = [self.documents[uri] for uri in self.open_files().get(place, ())]
        told = {dirty for uri, dirty in self._told.items() if self.place_of(uri) == place}
        return Buffer(
            texts=tuple(document.text for document in documents),
            fresh=all(document.fresh for document in documents),
            told=None if not told else True in told,
            taken=place in self.taken,
        )
