"""Shows every run that is going as progress that can be cancelled, whoever started it."""

from __future__ import annotations

import asyncio
import logging
from functools import partial

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from lockboard.errors import BoardError
from lockboard.model import RunState, Wish
from parallel_refactor.lsp import wording
from parallel_refactor.lsp.folders import Change, Folder
from parallel_refactor.lsp.messages import RunStatus
from parallel_refactor.lsp.session import Session
from parallel_refactor.lsp.steering import ask

_PAUSE = 0.2
"""Seconds between two messages for one run."""

_ENDS = frozenset(state.value for state in RunState if state.ended)

log = logging.getLogger(__name__)


class ProgressShower:
    """Follows each run that is going, from when it is first seen to its end."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._tokens: dict[str, tuple[Folder, str]] = {}
        session.on_change.append(self._changed)
        session.feature(types.WINDOW_WORK_DONE_PROGRESS_CANCEL)(partial(self.cancel))  # pygls marks it

    async def cancel(self, params: types.WorkDoneProgressCancelParams) -> None:
        """End the run whose progress the person cancelled."""
        folder, run = self._tokens.get(str(params.token), (None, ""))
        if folder is not None:
            try:
                await ask(folder, run, Wish.CANCEL)
            except BoardError as error:
                log.info("There is nothing to cancel: %s", error)

    def _changed(self, folder: Folder, change: Change) -> None:
        for run, status in change.runs.items():
            # Zed takes strings only; a run's name alone is not unique among folders.
            token = f"parallel-refactor {run} {folder.uri}"
            if status.state not in _ENDS and token not in self._tokens:
                self._tokens[token] = folder, run
                self._session.start(self._show(token, folder, run))

    async def _show(self, token: str, folder: Folder, run: str) -> None:
        shown = self._session.work_done_progress
        try:
            await shown.create_async(token)
        except JsonRpcException:
            return  # the editor does not want it
        status = folder.runs[run]
        shown.begin(token, _begin(status))
        while status.state not in _ENDS:
            await self._session.until(partial(_is_other, folder, run, status))
            if run not in folder.runs:
                break
            status = folder.runs[run]
            if status.state not in _ENDS:
                shown.report(token, _report(status))
            await asyncio.sleep(_PAUSE)
        shown.end(token, types.WorkDoneProgressEnd(_say(status)))
        shown.tokens.pop(token, None)
        del self._tokens[token]


def _is_other(folder: Folder, run: str, before: RunStatus) -> bool:
    return folder.runs.get(run) != before


def _begin(status: RunStatus) -> types.WorkDoneProgressBegin:
    title = f"Parallel Refactor: {wording.short(status.title)}"
    return types.WorkDoneProgressBegin(title, cancellable=True, message=_say(status), percentage=status.percent)


def _report(status: RunStatus) -> types.WorkDoneProgressReport:
    return types.WorkDoneProgressReport(cancellable=True, message=_say(status), percentage=status.percent)


def _say(status: RunStatus) -> str:
    if status.state == RunState.PLANNING:
        return "planning"
    files = f"{status.files.done:,} of {wording.count(status.files.total, 'file')}"
    if status.state == RunState.RUNNING:
        busy = sum(bool(worker.task) for worker in status.workers)
        return f"{files}, {wording.count(busy, 'worker')} busy"
    return f"{files}, {status.state}"
