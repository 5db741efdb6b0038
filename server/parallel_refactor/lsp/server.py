"""Puts the server together: what it answers, what it follows, what it keeps."""

from __future__ import annotations

import asyncio
from importlib.metadata import version

from lsprotocol import types

from parallel_refactor.lsp import commands, lifetime, messages
from parallel_refactor.lsp.actions import actions
from parallel_refactor.lsp.client import read_client
from parallel_refactor.lsp.hover import hover
from parallel_refactor.lsp.messages import Boards, Dirty, FileName
from parallel_refactor.lsp.progress import ProgressShower
from parallel_refactor.lsp.publishing import Publisher
from parallel_refactor.lsp.pulling import Answerer
from parallel_refactor.lsp.session import Session
from parallel_refactor.lsp.snapshot import Teller, boards
from parallel_refactor.lsp.telling import tell_of_runs
from parallel_refactor.lsp.turns import Turns
from parallel_refactor.lsp.warning import Warner


def make_session(turns: Turns, loop: asyncio.AbstractEventLoop) -> Session:
    """Make a server for one editor, ready for its first message."""
    session = Session(version("parallel-refactor"), turns, loop)
    session.feature(types.INITIALIZE)(initialize)
    session.feature(types.INITIALIZED)(initialized)
    session.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)(change_folders)
    session.feature(types.TEXT_DOCUMENT_WILL_SAVE)(will_save)
    session.feature(types.TEXT_DOCUMENT_DID_SAVE)(save)
    session.feature(types.TEXT_DOCUMENT_HOVER)(hover)
    session.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions([types.CodeActionKind.QuickFix]))(actions)
    session.feature(messages.BOARD)(board)
    session.feature(messages.DIRTY)(dirty)
    session.feature(messages.VIEW_FILE_TEXT)(view_file_text)
    commands.register(session)
    return session


def initialize(session: Session, params: types.InitializeParams) -> None:
    """Find out what the editor can do, and follow accordingly."""
    client = session.client = read_client(params)
    if client.pulls:
        Answerer(session)
    else:
        Publisher(session)
    Warner(session)
    tell_of_runs(session)
    if client.progress:
        ProgressShower(session)
    if messages.BOARD_CHANGED in client.takes:
        Teller(session)
    folders = [folder.uri for folder in params.workspace_folders or ()]
    session.first_folders = folders or [uri for uri in (params.root_uri,) if uri]
    if client.process is not None:
        session.start(_end_with(session, client.process))


def initialized(session: Session, _params: types.InitializedParams) -> None:
    """Open the folders: only from now on the editor takes messages."""
    for uri in session.first_folders:
        session.add_folder(uri)


def change_folders(session: Session, params: types.DidChangeWorkspaceFoldersParams) -> None:
    """Follow the editor's list of folders."""
    for removed in params.event.removed:
        session.remove_folder(removed.uri)
    for added in params.event.added:
        session.add_folder(added.uri)


def will_save(session: Session, params: types.WillSaveTextDocumentParams) -> None:
    """Note whether the person saves, or the editor by itself after a while."""
    session.will_save_document(params.text_document.uri, params.reason)


def save(session: Session, params: types.DidSaveTextDocumentParams) -> None:
    """Look at a file again: it is on disk as the person wants it."""
    session.save_document(params.text_document.uri)


def dirty(session: Session, params: Dirty) -> None:
    """Take the editor's word for whether a file has unsaved changes."""
    session.tell_dirty(params.uri, dirty=params.dirty)


def board(session: Session, _params: None) -> Boards:
    """Give all boards as they are."""
    return boards(session)


def view_file_text(session: Session, params: FileName) -> str | None:
    """Give a document's text as the server has it; null for one that is not open."""
    document = session.documents.get(params.uri)
    return document.text if document else None


async def _end_with(session: Session, process: int) -> None:
    await lifetime.until_gone(process)
    session.end()
