"""Tells what became of each run that was seen going, whoever started it, and when it waits for a person."""

from __future__ import annotations

from functools import partial

from lsprotocol import types

from lockboard.model import RunState
from parallel_refactor.lsp import messages, wording
from parallel_refactor.lsp.folders import Change, Folder
from parallel_refactor.lsp.messages import RunStatus
from parallel_refactor.lsp.session import Session
from parallel_refactor.running.report import one_line

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
    told = ""
    await session.until(lambda: run in folder.runs)
    while True:
        await session.until(partial(_has_news, folder, run, told))
        if run not in folder.runs:  # the board is gone; another may come, with runs of the same names
            session.followed.discard((folder, run))
            return
        status = folder.runs[run]
        told = _news(status)
        if status.state in _ENDS and messages.ENDED in session.client.takes:
            session.protocol.notify(messages.ENDED, messages.RunNews(folder.uri, run, told))
            return
        asked_for = status.state in (RunState.DONE.value, RunState.CANCELLED.value)
        kind = types.MessageType.Info if asked_for else types.MessageType.Warning
        session.window_show_message(types.ShowMessageParams(kind, told))
        if status.state in _ENDS:
            return


def _has_news(folder: Folder, run: str, told: str) -> bool:
    return run not in folder.runs or _news(folder.runs[run]) not in ("", told)


def _news(status: RunStatus) -> str:
    """Say what a person should hear now, what matters first: editors cut it. "" while there is nothing."""
    name = f"{wording.short(status.title)} ({status.run})"
    if status.state == RunState.WAITING:
        return f"{status.reason}: {name} waits."
    if status.state == RunState.PAUSED and status.reason:
        return f"{one_line(status.reason)}: {name} is paused."
    if status.state not in _ENDS:
        return ""
    counts = status.files
    done = f"{wording.count(counts.changed, 'file')} changed"
    done += f", {counts.left} left out" if counts.left else ""
    done += f", {counts.failed} failed" if counts.failed else ""
    reason = f" {one_line(status.reason)}." if status.reason and status.state == RunState.FAILED else ""
    return f"{done}: {name} is {status.state}.{reason}"
