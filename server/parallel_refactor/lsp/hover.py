"""Who owns a file, on its first line, for those who point at it."""

from __future__ import annotations

from lsprotocol import types

from parallel_refactor.lsp import wording
from parallel_refactor.lsp.messages import FileLock
from parallel_refactor.lsp.session import Place, Session


def hover(session: Session, params: types.HoverParams) -> types.Hover | None:
    """Tell who owns the file, for which task of which run, since when, and what happens to it now."""
    place = session.place_of(params.text_document.uri)
    if place is None or params.position.line != 0:
        return None
    told = [_tell(place, lock, markdown=session.client.markdown) for lock in place.owners if not lock.mine]
    if not told:
        return None
    kind = types.MarkupKind.Markdown if session.client.markdown else types.MarkupKind.PlainText
    return types.Hover(types.MarkupContent(kind, "\n\n".join(told)))


def _tell(place: Place, lock: FileLock, *, markdown: bool) -> str:
    """Say it fact by fact: editors show the diagnostic's sentence beside it."""
    owner, facts = lock.owner, dict[str, str]()
    if lock.kind != "person":
        owner = f"Run {lock.run}" if lock.kind == "proposal" else wording.worker(lock.owner)
        files = wording.count(len(place.folder.tasks.get((lock.run, lock.task), ())), "file")
        facts |= {"Run": f"{lock.run}, {wording.short(lock.title)}", "Task": f"{lock.task} ({files})"}
    facts["Since"] = wording.moment(lock.since)
    if not markdown:
        return "\n".join((f"{owner} {lock.now}.", *(f"{name}: {fact}" for name, fact in facts.items())))
    head = f"**{_escape(owner)}** {lock.now}."
    return "\n".join((head, "", *(f"- {name}: {_escape(fact)}" for name, fact in facts.items())))


def _escape(text: str) -> str:
    """Keep names and prompts from being taken for Markdown or HTML."""
    return "".join(f"\\{char}" if char in r"\`*_[]<>&~|" else char for char in text)
