"""What a person can do about a lock, offered on the first line of the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lsprotocol import types

from parallel_refactor.lsp.diagnostics import SOURCE
from parallel_refactor.lsp.messages import CANCEL_RUN, CANCEL_WORKER, TAKE_FILE
from parallel_refactor.lsp.session import Session


def actions(session: Session, params: types.CodeActionParams) -> list[types.CodeAction | types.Command]:
    """Offer to take the file from its worker, to cancel the worker, and to cancel the run."""
    uri = params.text_document.uri
    place = session.place_of(uri)
    if place is None or params.range.start.line != 0 or not _wanted(params.context.only):
        return []
    ours = [found for found in params.context.diagnostics if found.source == SOURCE]
    offers = [offer for lock in place.owners if lock.kind == "worker" for offer in _offers(uri, lock.owner, lock.run)]
    if not session.client.literals:
        return list(offers)
    return [
        types.CodeAction(offer.title, types.CodeActionKind.QuickFix, diagnostics=ours, command=offer)
        for offer in offers
    ]


def _offers(uri: str, worker: str, run: str) -> Iterator[types.Command]:
    yield types.Command("Give me this file", TAKE_FILE, arguments=[uri])
    if worker:
        yield types.Command(f"Cancel worker {worker}", CANCEL_WORKER, arguments=[worker])
    yield types.Command(f"Cancel run {run}", CANCEL_RUN, arguments=[run])


def _wanted(only: Sequence[types.CodeActionKind | str] | None) -> bool:
    """Whether the editor's choice of kinds, if any, takes in quick fixes; "" is all kinds."""
    return only is None or any(kind in ("", types.CodeActionKind.QuickFix) for kind in only)
