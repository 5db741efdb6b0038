"""Warns a person who begins to type in a file that a worker is changing: once, and without getting in the way."""

from __future__ import annotations

from lsprotocol import types

from lockboard.model import Lock
from parallel_refactor.lsp.folders import Folder
from parallel_refactor.lsp.messages import CONTESTED, Contest
from parallel_refactor.lsp.session import Session


class Warner:
    """Remembers what was said: one message for each file and run."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._warned: set[tuple[Folder, str, str]] = set()
        session.on_contest.append(self._warn)

    def _warn(self, folder: Folder, lock: Lock) -> None:
        known = (folder, lock.path, lock.run)
        if known in self._warned:
            return
        self._warned.add(known)
        who = f"Worker {lock.worker}" if lock.worker else f"Run {lock.run}"
        if CONTESTED in self._session.client.takes:
            text = f"{who} is changing {lock.path}. Your text is safe: nothing lands there before you save."
            contest = Contest(folder.uri_of(lock.path), lock.run, lock.task, lock.worker, text)
            self._session.protocol.notify(CONTESTED, contest)
            return
        text = (
            f"{who} is changing {lock.path}. Type on: nothing lands there before you save, and then it is done again "
            'on your text. Or take the file: "Give me this file" on its first line.'
        )
        self._session.window_show_message(types.ShowMessageParams(types.MessageType.Warning, text))
