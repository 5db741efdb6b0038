"""Warns a person who types in a file that a worker is changing: once, and without getting in the way."""

from __future__ import annotations

from lsprotocol import types

from parallel_refactor.lsp.folders import Folder
from parallel_refactor.lsp.session import Session


class Warner:
    """Remembers what was said: one message for each file and task."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._warned: set[tuple[Folder, str, str, str]] = set()
        session.on_settled.append(self._look)

    def _look(self, folder: Folder) -> None:
        for name in self._session.keepers[folder].unsaved:
            for lock in folder.owners.get(folder.fold(name), ()):
                known = (folder, name, lock.run, lock.task)
                if lock.kind == "worker" and known not in self._warned:
                    self._warned.add(known)
                    self._warn(name, lock.owner)

    def _warn(self, name: str, worker: str) -> None:
        text = (
            f"{f'Worker {worker}' if worker else 'A run'} is changing {name}. Type on: nothing lands there before you "
            'save, and then it is done again on your text. Or take the file: "Give me this file" on its first line.'
        )
        self._session.window_show_message(types.ShowMessageParams(types.MessageType.Warning, text))
