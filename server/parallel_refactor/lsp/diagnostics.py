"""Who owns which file, as diagnostics on its first line. `publishing` sends them, `pulling` is asked for them."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types

from parallel_refactor.lsp.folders import Change, Folder
from parallel_refactor.lsp.messages import FileLock
from parallel_refactor.lsp.session import Place, Session

SOURCE = "parallel-refactor"
_CODES = {"worker": "locked", "person": "held", "proposal": "proposed"}

_MOST_RELATED = 20


def for_file(session: Session, place: Place, uri: str) -> list[types.Diagnostic]:
    """Make the diagnostics of a file: one for each owner but the person in front of this editor.

    A file that is open under another URI has none under this one.
    """
    document = session.documents.get(uri)
    if document is None and place in session.open_files():
        return []
    # One character: editors underline all of it, and a lock is no fault of the line.
    end = document.first_character_length() if document else 0
    span = types.Range(types.Position(0, 0), types.Position(0, end))
    return [_diagnostic(session, place.folder, lock, span) for lock in place.owners if not lock.mine]


def affected(session: Session, folder: Folder, change: Change) -> dict[str, Place]:
    """Give the URIs of all files whose owners changed: those that the editor knows, and those of closed files."""
    opened = session.open_files()
    found: dict[str, Place] = {}
    for key, before in change.owners.items():
        locks = (*before, *folder.owners.get(key, ()))
        place = Place(folder, key, locks[0].path)
        found.update(dict.fromkeys((*opened.get(place, ()), *(lock.uri for lock in locks)), place))
    return found


def _diagnostic(session: Session, folder: Folder, lock: FileLock, span: types.Range) -> types.Diagnostic:
    return types.Diagnostic(
        range=span,
        message=lock.text,
        severity=types.DiagnosticSeverity.Information,
        code=_CODES[lock.kind],
        source=SOURCE,
        related_information=list(_related(folder, lock)) if session.client.related else None,
    )


def _related(folder: Folder, lock: FileLock) -> Iterator[types.DiagnosticRelatedInformation]:
    start = types.Range(types.Position(0, 0), types.Position(0, 0))
    others = [uri for uri in folder.tasks.get((lock.run, lock.task), ()) if uri != lock.uri]
    for uri in others[:_MOST_RELATED]:
        yield types.DiagnosticRelatedInformation(types.Location(uri, start), "This file belongs to the same task.")
