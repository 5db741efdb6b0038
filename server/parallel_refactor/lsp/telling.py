"""Tells what became of each run that was seen going, whoever started it, and when it waits for a person."""

from __future__ import annotations

from functools import partial

from lsprotocol import types

from lockboard.model import RunState
from parallel_refactor.lsp import messages, wording
from parallel_refactor.lsp.folders import Change, Folder
from parallel_refactor.lsp.messages import RunStatus
from parallel_refactor.lsp.session import Session
from parallel_refactor.running.standstill import FOR_REVIEW

_ENDS = frozenset(state.value for state in RunState if state.ended)


def tell_of_runs(session: Session) -> None:
    """Follow every run that is going: also one of a server before this one, which has died."""

    def look(folder: Folder, change: Change) -> None:
        for run, status in change.runs.items():
            if status.state not in _ENDS:
                follow(session, folder, run)

    session.on_change.append(look)


def follow(session: Session, folder: Folder, run: str) -> None:
    """Follow a run to its end, with a message for each wait and for the end."""
    if (folder, run) not in session.followed:
        session.followed.add((folder, run))
        session.start(_tell(session, folder, run))


async def _tell(session: Session, folder: Folder, run: str) -> None:
    told: RunStatus | None = None
    await session.until(lambda: run in folder.runs)
    while True:
        await session.until(partial(_has_news, folder, run, told))
        if run not in folder.runs:  # the board is gone; another may come, with runs of the same names
            session.followed.discard((folder, run))
            return
        status = folder.runs[run]
        told, text = status, _news(status, folder.person)
        waits = status.state == RunState.WAITING and status.files.proposed
        method = messages.ENDED if status.state in _ENDS else messages.PROPOSED if waits else ""
        if method in session.client.takes:
            session.protocol.notify(method, messages.RunNews(folder.uri, run, text))
            if status.state in _ENDS:
                return
            continue
        asked_for = status.state in (RunState.DONE.value, RunState.CANCELLED.value)
        kind = types.MessageType.Info if asked_for else types.MessageType.Warning
        session.window_show_message(types.ShowMessageParams(kind, text))
        if status.state in _ENDS:
            return


def _has_news(folder: Folder, run: str, told: RunStatus | None) -> bool:
    if run not in folder.runs:
        return True
    status = folder.runs[run]
    if told and told.state == status.state and 0 < status.files.proposed <= told.files.proposed:
        return False  # what a person decides is no news to them
    return _news(status, folder.person) not in ("", told and _news(told, folder.person))


def _news(status: RunStatus, person: str) -> str:
    """Say what a person should hear now, what matters first: editors cut it. "" while there is nothing."""
    why = wording.why(status.reason, person)
    name = f"{wording.short(status.title)} ({status.run})"
    if status.state == RunState.WAITING and FOR_REVIEW in status.reason and not status.files.proposed:
        return ""  # all is decided, and its supervisor has not said so yet
    if status.state == RunState.WAITING:
        return f"{why}: {name} waits."
    if status.state == RunState.PAUSED and status.reason:
        return f"{why}: {name} is paused."
    if status.state not in _ENDS:
        return ""
    counts = status.files
    done = f"{wording.count(counts.changed, 'file')} changed"
    done += f", {counts.left} left out" if counts.left else ""
    done += f", {counts.failed} failed" if counts.failed else ""
    reason = f" {why}." if status.reason and status.state == RunState.FAILED else ""
    return f"{done}: {name} is {status.state}.{reason}"
