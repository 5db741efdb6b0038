"""Shows every run that is going as progress that can be cancelled, whoever started it."""

from __future__ import annotations

import asyncio
import logging
import uuid
from functools import partial

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from lockboard.errors import BoardError
from lockboard.model import RunKind, RunState, Wish
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
        self._shown: dict[str, tuple[Folder, str]] = {}
        session.on_change.append(self._changed)
        session.feature(types.WINDOW_WORK_DONE_PROGRESS_CANCEL)(partial(self.cancel))  # pygls marks it

    async def cancel(self, params: types.WorkDoneProgressCancelParams) -> None:
        """End the run whose progress the person cancelled."""
        if (found := self._shown.get(str(params.token))) is not None:
            try:
                await ask(*found, Wish.CANCEL)
            except BoardError as error:
                log.info("There is nothing to cancel: %s", error)

    def _changed(self, folder: Folder, change: Change) -> None:
        for run, status in change.runs.items():
            if status.state not in _ENDS and (folder, run) not in self._shown.values():
                token = f"parallel-refactor-{uuid.uuid4()}"  # a string: Zed refuses numbers
                self._shown[token] = folder, run
                self._session.start(self._show(token, folder, run))

    async def _show(self, token: str, folder: Folder, run: str) -> None:
        progress = self._session.work_done_progress
        try:
            await progress.create_async(token)
        except JsonRpcException:
            return  # the editor does not want it, and is not asked again for this run
        before: RunStatus | None = None
        while (status := folder.runs.get(run)) is not None and status.state not in _ENDS:
            if before is None:
                progress.begin(token, _begin(status, folder.person))
            else:
                progress.report(token, _report(status, folder.person))
            before = status
            await asyncio.sleep(_PAUSE)
            await self._session.until(partial(_is_other, folder, run, status))
        if before is not None:
            progress.end(token, types.WorkDoneProgressEnd(message=_say(status or before, folder.person)))
        progress.tokens.pop(token, None)
        del self._shown[token]


def _is_other(folder: Folder, run: str, before: RunStatus) -> bool:
    return folder.runs.get(run) != before


def _begin(status: RunStatus, person: str) -> types.WorkDoneProgressBegin:
    title = f"Parallel Refactor: {wording.short(status.title)}"
    message, percent = _say(status, person), _percent(status)
    return types.WorkDoneProgressBegin(title, cancellable=True, message=message, percentage=percent)


def _report(status: RunStatus, person: str) -> types.WorkDoneProgressReport:
    return types.WorkDoneProgressReport(cancellable=True, message=_say(status, person), percentage=_percent(status))


def _percent(status: RunStatus) -> int:
    return 100 * status.files.done // status.files.total if status.files.total else 0


def _say(status: RunStatus, person: str) -> str:
    if status.state == RunState.PLANNING:
        return "planning"
    files = f"{status.files.done:,} of {wording.count(status.files.total, 'file')}"
    if status.kind == RunKind.UNDO.value:
        return files  # its supervisor does it, without workers
    if status.state == RunState.RUNNING and status.reason:
        return f"{files}, {status.reason}"
    if status.state == RunState.RUNNING:
        busy = sum(bool(worker.task) for worker in status.workers)
        return f"{files}, {wording.count(busy, 'worker')} busy"
    return f"{files}, {status.state}. {wording.why(status.reason, person)}".rstrip(". ")
