"""A workspace root that the editor has open: where its files are, what its board shows, and how to write to it."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote_from_bytes

from attrs import frozen

from lockboard.board import Board
from lockboard.errors import BoardError
from lockboard.layout import Layout
from lockboard.life import Life
from lockboard.model import Hold, ProcessKind
from lockboard.paths import relative_name, workspace_root
from lockboard.state import Key
from parallel_refactor.lsp.messages import RunStatus
from parallel_refactor.lsp.picture import Look, Owners

Value = TypeVar("Value")

_KEPT = 3
"""So many earlier texts of a file are looked at, besides the last one."""


@frozen
class Change:
    """What a look at a board changed for the editor: files with their owners before, and runs."""

    owners: dict[Key, Owners]
    runs: dict[str, RunStatus]
    whole: bool


class Folder:
    """One root. What it shows belongs to the loop; `write` and what it calls run in threads."""

    def __init__(self, uri: str, place: Path, root: Path, person: str) -> None:
        """`uri` and `place`: the folder as the editor names it; `root`: the root of its workspace, at or above it.

        `person`: how the board calls whoever sits in front of the editor.
        """
        self.uri = uri.rstrip("/")
        self.root = root
        self.person = person
        self.seq = 0
        self.owners: dict[Key, Owners] = {}
        self.tasks: dict[tuple[str, str], tuple[str, ...]] = {}
        self.runs: dict[str, RunStatus] = {}
        self.displaced: dict[Key, tuple[Path, ...]] = {}
        self.fold: Callable[[str], Key] = str
        self._place = Path(os.path.realpath(place))
        self._opening = threading.Lock()
        self._board: Board | None = None
        self._life: Life | None = None

    # ---- names

    def name_of(self, path: Path) -> str | None:
        """Give the board's name of a file; None for one that is not of this workspace."""
        try:
            return relative_name(self.root, path)
        except (BoardError, OSError):
            return None

    def uri_of(self, name: str) -> str:
        """Give the URI of a file by its name on the board, spelled as the editor spells its folder."""
        path = self.root / name
        if path.is_relative_to(self._place):
            return f"{self.uri}/{quote_from_bytes(os.fsencode(path.relative_to(self._place).as_posix()))}"
        return path.as_uri()

    @property
    def scope(self) -> str:
        """The part of the workspace that the editor has open, "" for all of it."""
        return self.part_of(self._place) or ""

    def part_of(self, path: Path) -> str | None:
        """Give a folder's or file's place below the root, "" for the root itself, None outside."""
        real = Path(os.path.realpath(path))
        if not real.is_relative_to(self.root):
            return None
        part = real.relative_to(self.root)
        return "" if part == Path() else part.as_posix()

    # ---- what the board shows

    def take(self, look: Look) -> Change:
        """Take in what a look at the board found."""
        before = dict(self.owners) if look.whole else {key: self.owners.get(key, ()) for key in look.owners}
        if look.whole:
            self.owners, self.tasks, self.runs, self.displaced = {}, {}, {}, {}
            before |= dict.fromkeys(look.owners.keys() - before.keys(), ())
            self.fold = look.fold
        self.seq = look.seq
        self.owners = {key: owners for key, owners in (self.owners | look.owners).items() if owners}
        self.tasks = {task: files for task, files in (self.tasks | look.tasks).items() if files}
        self.runs.update(look.runs)
        self.displaced.update(
            {key: (*self.displaced.get(key, ())[-_KEPT:], path) for key, path in look.displaced.items()}
        )
        changed = {key: owners for key, owners in before.items() if owners != self.owners.get(key, ())}
        return Change(changed, look.runs, look.whole)

    def lose(self) -> Change:
        """Take in that there is no board any more."""
        self._board = self._life = None
        return self.take(Look(0, whole=True, fold=self.fold))

    def is_mine(self, hold: Hold) -> bool:
        """Whether a hold is that of the person in front of this editor, through this server or a dead one before it."""
        if self._life is not None and hold.process == self._life.process:
            return True
        return hold.owner == self.person and not self.board().is_alive(hold.process)

    # ---- the board, for threads

    async def write(self, change: Callable[[Board], Value]) -> Value:
        """Do something with the board in a thread, where it may wait; raises BoardError, also where there is none."""
        return await asyncio.to_thread(lambda: change(self.board()))

    def board(self, *, create: bool = False) -> Board:
        """Give this folder's board for writing; raises BoardError."""
        with self._opening:
            if self._board is None:
                self._board = Board(self.root, create=create)
            return self._board

    def has_board(self) -> bool:
        """Whether there is a board."""
        return Layout(self.root).exists

    def process(self) -> str:
        """Give this server's name on the board; it joins when it is first needed."""
        board = self.board()
        with self._opening:
            if self._life is None:
                self._life = board.join(ProcessKind.SERVER, os.getpid())
            return self._life.process

    def leave(self) -> None:
        """Take this server off the board, where it holds nothing; raises BoardError."""
        with self._opening:
            if self._board is not None and self._life is not None:
                self._board.depart(self._life.process, "its editor has closed")


def open_folder(uri: str, place: Path, person: str) -> Folder:
    """Find the root that a folder belongs to; raises BoardError for one that cannot be worked in."""
    return Folder(uri, place, workspace_root(place), person)
