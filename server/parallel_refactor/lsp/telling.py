"""Tells what became of a run that was started here, and when it waits for a person."""

from __future__ import annotations

from functools import partial

from lsprotocol import types

from lockboard.model import RunState
from parallel_refactor.lsp import wording
from parallel_refactor.lsp.folders import Folder
from parallel_refactor.lsp.messages import RunStatus
from parallel_refactor.lsp.session import Session

_ENDS = frozenset(state.value for state in RunState if state.ended)


async def tell(session: Session, folder: Folder, run: str) -> None:
    """Follow a run to its end, with a message for each wait and for the end."""
    told = ""
    while True:
        await session.until(partial(_has_news, folder, run, told))
        status = folder.runs[run]
        told = _news(status)
        kind = types.MessageType.Info if status.state == RunState.DONE else types.MessageType.Warning
        session.window_show_message(types.ShowMessageParams(kind, told))
        if status.state in _ENDS:
            return


def _has_news(folder: Folder, run: str, told: str) -> bool:
    return run in folder.runs and _news(folder.runs[run]) not in ("", told)


def _news(status: RunStatus) -> str:
    """Say what a person should hear now; "" while there is nothing."""
    name = f"{wording.short(status.title)} ({status.run})"
    if status.state == RunState.WAITING:
        return f"{name} waits: {status.reason}."
    if status.state not in _ENDS:
        return ""
    counts = status.files
    done = f"{wording.count(counts.changed, 'file')} changed"
    done += f", {counts.left} left out" if counts.left else ""
    done += f", {counts.failed} failed" if counts.failed else ""
    reason = f" {status.reason}." if status.reason and status.state == RunState.FAILED else ""
    return f"{name} is {status.state}: {done}.{reason}"
