"""One file's way into the workspace and out again, whatever people do with it meanwhile.

The staged file and the present one are exchanged, so that the displaced one is still there to be looked at. If it is
not the base, or somebody has it open for writing, it is a person's: it goes back to its name at once, so that what
they write next is written where they look for it. Every step may be done again after a crash.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path

from attrs import frozen

from lockboard.digest import digest_file
from lockboard.errors import BoardError
from lockboard.exchange import Place, exchange, finish, move
from lockboard.model import ABSENT, FileChange, Note
from lockboard.settled import BUSY, settled_digest
from lockboard.tree import dress, place

_ROUNDS = 20
_PAUSE = 0.05
_PASSING = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM})


class Fate(Enum):
    """How the attempt to put a file in ended."""

    IN = "in"
    CONFLICT = "conflict"
    BUSY = "busy"
    IMPOSSIBLE = "impossible"


@frozen
class Outcome:
    """A file's fate. `note` is for a person: why, or where a text of theirs is kept."""

    fate: Fate
    note: Note | None = None


def failed(path: str, error: BoardError | OSError) -> tuple[Fate, Note]:
    """Tell what an error means for a file: what may pass by itself is tried again."""
    passes = isinstance(error, OSError) and error.errno in _PASSING
    reason = getattr(error, "strerror", None) or str(error)
    return Fate.BUSY if passes else Fate.IMPOSSIBLE, Note(path, reason)


@frozen
class Swap:
    """A change of a submission, and where its file rests: the new one before landing, the displaced one after."""

    root: Path
    change: FileChange
    directory: Path
    index: int

    @property
    def resting(self) -> Path:
        """The staged or displaced file."""
        return self.directory / str(self.index)

    def put_in(self) -> Outcome:
        """Bring the change into the workspace; if it is in, only look whether the displaced file is the base."""
        try:
            return self._put_in()
        except FileNotFoundError:
            deleted = self.change.new == ABSENT  # and its folder too: by somebody, or by us before a crash
            return Outcome(Fate.IN) if deleted else self._outcome(Fate.CONFLICT, "its folder is gone")
        except (BoardError, OSError) as error:
            return Outcome(*failed(self.change.path, error))

    def take_out(self) -> Note | None:
        """Bring the file back as it was before; a note names a file that a person changed meanwhile."""
        try:
            return self._take_out()
        except (FileNotFoundError, BoardError):
            displaced = digest_file(self.resting) not in (self.change.new, ABSENT)
            return self._note(f"its folder is gone, or a link; the text is {self.resting}") if displaced else None

    # ---- in

    def _put_in(self) -> Outcome:
        with place(self.root, self.change.path) as here, _board_place(self.directory, self.index) as there:
            finish(here, there)
            if self.change.base == ABSENT:
                return self._create(here, there)
            if self.change.new == ABSENT:
                return self._delete(here, there)
            return self._modify(here, there)

    def _create(self, here: Place, there: Place) -> Outcome:
        if there.exists() or not here.exists():
            if digest_file(there.target, dir_fd=there.dir_fd) != self.change.new:
                return self._damaged()
            dress(here, there, self.change.mode)
            try:
                move(there, here)
            except FileExistsError:
                return self._outcome(Fate.CONFLICT, "somebody made a file of this name")
        return Outcome(Fate.IN)

    def _delete(self, here: Place, there: Place) -> Outcome:
        if not there.exists():
            try:
                move(here, there)
            except FileNotFoundError:
                return Outcome(Fate.IN)  # somebody deleted it too
        found = settled_digest(there)
        if found == self.change.base:
            return Outcome(Fate.IN)
        try:
            move(there, here)
        except FileExistsError:
            return self._outcome(Fate.CONFLICT, f"saved twice while it was deleted; the other text is {self.resting}")
        return self._refused(found)

    def _modify(self, here: Place, there: Place) -> Outcome:
        resting = digest_file(there.target, dir_fd=there.dir_fd)
        if resting not in (self.change.new, self.change.base) and self._is_out(here):
            return self._damaged()
        if resting == ABSENT and digest_file(here.target, dir_fd=here.dir_fd) == self.change.new:
            return self._outcome(Fate.IN, f"what it was before is gone: {self.resting}")
        if resting == self.change.new:
            dress(here, there, self.change.mode)
            try:
                exchange(here, there)
            except FileNotFoundError:
                return self._outcome(Fate.CONFLICT, "it is gone")
            except FileExistsError:
                return self._outcome(Fate.CONFLICT, "it was replaced in the same moment")
        found = settled_digest(there)
        return Outcome(Fate.IN) if found == self.change.base else self._give_back(here, there, found)

    def _give_back(self, here: Place, there: Place, found: str) -> Outcome:
        """Put a person's file back to its name, unless they went on in ours meanwhile."""
        for _ in range(_ROUNDS):
            _swap_or_move(here, there)
            ours = settled_digest(there)
            if ours in (self.change.new, ABSENT):
                return self._refused(found)
            _swap_or_move(here, there)
            found = settled_digest(there)
            if found in (self.change.base, ABSENT):
                return Outcome(Fate.IN)
            if BUSY not in (ours, found):
                break
            time.sleep(_PAUSE)
        return self._outcome(Fate.IN, f"saved twice in the moment it landed; the earlier text is {self.resting}")

    def _refused(self, found: str) -> Outcome:
        if found == BUSY:
            return self._outcome(Fate.BUSY, "another program has it open for writing")
        return self._outcome(Fate.CONFLICT, "it was changed in the same moment")

    # ---- out

    def _take_out(self) -> Note | None:
        with place(self.root, self.change.path) as here, _board_place(self.directory, self.index) as there:
            finish(here, there)
            if self.change.base == ABSENT:
                return self._uncreate(here, there)
            if self.change.new == ABSENT:
                return self._undelete(here, there)
            return self._unmodify(here, there)

    def _uncreate(self, here: Place, there: Place) -> Note | None:
        if there.exists():
            return None
        try:
            move(here, there)
        except FileNotFoundError:
            return None
        if settled_digest(there) == self.change.new:
            return None
        move(there, here)
        return self._note("it was changed in the same moment and stays")

    def _undelete(self, here: Place, there: Place) -> Note | None:
        try:
            move(there, here)
        except FileNotFoundError:
            return None
        except FileExistsError:
            return self._note(f"somebody made a new file of this name; the old one is {self.resting}")
        return None

    def _unmodify(self, here: Place, there: Place) -> Note | None:
        if digest_file(there.target, dir_fd=there.dir_fd) == self.change.new or self._is_out(here):
            return None
        _swap_or_move(here, there)
        if settled_digest(there) in (self.change.new, ABSENT):
            return None
        _swap_or_move(here, there)
        return self._note("it was changed in the same moment: it has both that change and the task's")

    def _is_out(self, here: Place) -> bool:
        return digest_file(here.target, dir_fd=here.dir_fd) == self.change.base

    def _damaged(self) -> Outcome:
        return self._outcome(Fate.CONFLICT, f"what was handed in for it is damaged: {self.resting}")

    def _outcome(self, fate: Fate, reason: str) -> Outcome:
        return Outcome(fate, self._note(reason))

    def _note(self, reason: str) -> Note:
        return Note(self.change.path, reason)


def _swap_or_move(here: Place, there: Place) -> None:
    """Exchange, also when an editor has just moved the file at `here` away, or makes a new one meanwhile."""
    for _ in range(_ROUNDS):
        try:
            exchange(here, there)
        except FileNotFoundError:
            try:
                move(there, here)
            except FileExistsError:
                continue
        except FileExistsError:
            continue
        return


@contextmanager
def _board_place(directory: Path, index: int) -> Iterator[Place]:
    """Give the place of a submission's file, in the board's directory held open."""
    directory.mkdir(parents=True, exist_ok=True)
    fd = -1 if os.name == "nt" else os.open(directory, os.O_RDONLY)
    try:
        yield Place(directory, str(index), fd)
    finally:
        if fd >= 0:
            os.close(fd)
