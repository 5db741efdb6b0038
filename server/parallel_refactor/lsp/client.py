"""What the editor can do, found out once."""

from __future__ import annotations

import getpass
from typing import Any

from attrs import frozen
from lsprotocol import types
from pygls.capabilities import get_capability

from parallel_refactor.lsp.messages import SENT

_OURS = "parallelRefactor"


@frozen
class Client:
    """The editor, and what it declared. `person` is how the board calls whoever sits in front of it.

    `pulls`: it asks for diagnostics, also when told to ask again; without the latter, locks would not show until the
    next edit, so such an editor is sent them like all others. `takes` are those of our own messages that it
    declared under `experimental.parallelRefactor`. `trusted`, declared there too: the person trusts the workspace, so
    that runs may start what its settings name.
    """

    person: str
    process: int | None
    pulls: bool
    related: bool
    literals: bool
    markdown: bool
    progress: bool
    takes: frozenset[str]
    trusted: bool


def read_client(params: types.InitializeParams) -> Client:
    """Read what the editor declared when it introduced itself."""
    known = params.capabilities
    asks = get_capability(known, "text_document.diagnostic") is not None
    pulls = asks and get_capability(known, "workspace.diagnostics.refresh_support", False)
    reports = "text_document.diagnostic" if pulls else "text_document.publish_diagnostics"
    ours = _ours(known.experimental)
    return Client(
        person=f"{_user()} ({params.client_info.name})" if params.client_info else _user(),
        process=params.process_id,
        pulls=pulls,
        related=bool(get_capability(known, f"{reports}.related_information")),
        literals=get_capability(known, "text_document.code_action.code_action_literal_support") is not None,
        markdown=types.MarkupKind.Markdown in get_capability(known, "text_document.hover.content_format", ()),
        progress=get_capability(known, "window.work_done_progress", False),
        takes=frozenset(method for method in SENT if ours.get(method.rpartition("/")[2]) is True),
        trusted=ours.get("trusted") is True,
    )


def _ours(experimental: Any) -> dict[str, Any]:  # noqa: ANN401  (whatever the editor sent)
    found = experimental.get(_OURS) if isinstance(experimental, dict) else None
    return found if isinstance(found, dict) else {}


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "somebody"
