"""What a person can do about a lock, offered on the first line of the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lsprotocol import types

from parallel_refactor.lsp.diagnostics import SOURCE
from parallel_refactor.lsp.messages import (
    ACCEPT_PROPOSAL,
    CANCEL_RUN,
    CANCEL_WORKER,
    REJECT_PROPOSAL,
    TAKE_FILE,
    FileLock,
)
from parallel_refactor.lsp.session import Session


def actions(session: Session, params: types.CodeActionParams) -> list[types.CodeAction | types.Command]:
    """Offer to take the file from its worker, to cancel the worker or the run, and to decide on what is proposed."""
    uri = params.text_document.uri
    place = session.place_of(uri)
    if place is None or params.range.start.line != 0 or not _wanted(params.context.only):
        return []
    ours = [found for found in params.context.diagnostics if found.source == SOURCE]
    offers = [offer for lock in place.owners for offer in _OFFERS[lock.kind](uri, lock)]
    if not session.client.literals:
        return list(offers)
    return [
        types.CodeAction(offer.title, types.CodeActionKind.QuickFix, diagnostics=ours, command=offer)
        for offer in offers
    ]


def _for_worker(uri: str, lock: FileLock) -> Iterator[types.Command]:
    yield types.Command("Give me this file", TAKE_FILE, arguments=[uri])
    if lock.owner:
        yield types.Command(f"Cancel worker {lock.owner}", CANCEL_WORKER, arguments=[lock.owner])
    yield types.Command(f"Cancel run {lock.run}", CANCEL_RUN, arguments=[lock.run])


def _for_proposal(uri: str, lock: FileLock) -> Iterator[types.Command]:
    for word, command in (("Accept", ACCEPT_PROPOSAL), ("Reject", REJECT_PROPOSAL)):
        this = {"run": lock.run, "files": [uri]}
        yield types.Command(f"{word} the change of this file", command, arguments=[this])
        yield types.Command(f"{word} all that run {lock.run} proposes", command, arguments=[lock.run])


def _for_person(_uri: str, _lock: FileLock) -> Iterator[types.Command]:
    yield from ()


_OFFERS = {"worker": _for_worker, "proposal": _for_proposal, "person": _for_person}


def _wanted(only: Sequence[types.CodeActionKind | str] | None) -> bool:
    """Whether the editor's choice of kinds, if any, takes in quick fixes; "" is all kinds."""
    return only is None or any(kind in ("", types.CodeActionKind.QuickFix) for kind in only)
