"""Undo: a run whose tasks put back what the tasks of another run displaced."""

from __future__ import annotations

import stat
from collections.abc import Callable, Collection

from attrs import frozen
from msgspec.structs import replace

from lockboard.board import Board
from lockboard.digest import digest, digest_file
from lockboard.errors import BoardError, ConflictError
from lockboard.landing import swaps_of
from lockboard.model import ABSENT, Claim, FileChange, Note, Submission, Task, TaskSpec, TaskState
from lockboard.swap import Swap

Merge = Callable[[FileChange, bytes | None, bytes | None], bytes | None]
"""Makes of a change, its new text (None: no file) and the present one what the file is to be; raises ConflictError."""


@frozen
class UndoPlan:
    """What an undo would put back, and what it leaves out with the reason. `merged`: with what people wrote since."""

    tasks: tuple[TaskSpec, ...]
    left: tuple[Note, ...]
    merged: tuple[str, ...] = ()


class Undo:
    """Puts a run's files back as they were before it: all of them, or only some.

    Files of a group are put back together. What is as it was before already needs nothing.
    """

    def __init__(self, board: Board, run: str, files: Collection[str] = (), merge: Merge | None = None) -> None:
        """Look at a run; raises BoardError for one that cannot be undone. Without `files` all are meant.

        `merge` is for files that people changed afterwards; without it they are left out.
        """
        found = board.run(run)
        if found.cleaned:
            raise BoardError(f"Run {run} can no longer be undone: `clean` deleted what it had displaced.")
        if found.undone_by:
            raise BoardError(f"Run {run} was undone by run {found.undone_by}. To redo it, undo {found.undone_by}.")
        self._board = board
        self._run = run
        self._merge = merge
        self._wanted = {board.state.fold(path) for path in files}
        self._units: dict[str, list[Task]] = {}
        for task in board.run_tasks(run).values():
            if task.state is TaskState.DONE:
                self._units.setdefault(task.spec.unit, []).append(task)
        self._swaps = {swap.change.path: swap for tasks in self._units.values() for swap in swaps_of(board, run, tasks)}

    @property
    def files(self) -> tuple[str, ...]:
        """The files that are meant, as far as the run has changed them, with those of their groups."""
        return tuple(swap.change.path for tasks in self._units.values() for swap in self._chosen(tasks))

    def plan(self) -> UndoPlan:
        """Find what can be put back: each unit whose files are all as its tasks left them."""
        specs: list[TaskSpec] = []
        left: list[Note] = []
        for tasks in self._units.values():
            swaps = [swap for swap in self._chosen(tasks) if not self._is_back(swap)]
            changed = [note for swap in swaps if (note := self._changed(swap))]
            if changed:
                named = {note.path for note in changed}
                others = [swap.change.path for swap in swaps if swap.change.path not in named]
                left += [*changed, *(Note(path, f"it hangs together with {changed[0].path}") for path in others)]
            elif swaps:
                name = f"t{len(specs) + 1}"
                # A group, so that a file that is taken back meanwhile takes along those that hang together with it.
                specs.append(TaskSpec(name, tuple(swap.change.path for swap in swaps), group=name))
        paths = [path for spec in specs for path in spec.files] if self._merge else []
        return UndoPlan(tuple(specs), tuple(left), tuple(path for path in paths if self._is_edited(self._swaps[path])))

    def submit(self, claim: Claim) -> None:
        """Hand in a claimed task of the undo run; raises OSError where the displaced file is gone, ConflictError."""
        files, contents = [], {}
        for path in claim.task.files:
            swap = self._swaps[path]
            change, new = self._back(swap)
            if new is not None and change.changed:
                contents[path] = new
            mode = None if swap.change.base == ABSENT else stat.S_IMODE(swap.resting.stat().st_mode)
            files.append(replace(change, mode=mode))
        self._board.submit(claim, Submission(tuple(files), empty_dirs=self._made_dirs(claim)), contents)

    def _chosen(self, tasks: list[Task]) -> list[Swap]:
        """Give what to put back of a unit: the files that are wanted, or all of a group that has one of them."""
        swaps = swaps_of(self._board, self._run, tasks)
        wanted = [swap for swap in swaps if self._board.state.fold(swap.change.path) in self._wanted]
        return swaps if not self._wanted or (wanted and tasks[0].spec.group) else wanted

    def _is_back(self, swap: Swap) -> bool:
        """Whether somebody put the file back already: with an undo of some files, or by hand."""
        try:
            return digest_file(self._board.root / swap.change.path) == swap.change.base
        except OSError:
            return False

    def _made_dirs(self, claim: Claim) -> tuple[str, ...]:
        files = set(claim.task.files)
        tasks = [task for unit in self._units.values() for task in unit if files & set(task.spec.files)]
        return tuple(dict.fromkeys(name for task in tasks for name in reversed(task.dirs)))

    def _changed(self, swap: Swap) -> Note | None:
        change = swap.change
        try:
            present = digest_file(self._board.root / change.path)
            displaced = digest_file(swap.resting)
        except OSError as error:
            return Note(change.path, f"it cannot be read: {error.strerror}")
        if displaced != change.base:
            return Note(change.path, f"what it was before the run is not as it was: {swap.resting}")
        if present == change.new:
            return None
        if self._merge is None:
            return Note(change.path, "it was changed after the run")
        try:
            self._back(swap)
        except ConflictError as error:
            return Note(change.path, f"it was changed after the run; {error}")
        return None

    def _is_edited(self, swap: Swap) -> bool:
        return digest_file(self._board.root / swap.change.path) != swap.change.new

    def _back(self, swap: Swap) -> tuple[FileChange, bytes | None]:
        """Give the way back, with the file's text after it: what it was before, merged with what a person wrote."""
        change = swap.change
        back = FileChange(change.path, change.new, change.base)
        before = None if change.base == ABSENT else swap.resting.read_bytes()
        if self._merge is None or not self._is_edited(swap):
            return back, before
        file = self._board.root / change.path
        present = file.read_bytes() if file.exists() else None
        merged = self._merge(back, before, present)
        return FileChange(change.path, digest(present), digest(merged)), merged


def late_saves(board: Board, run: str) -> tuple[Note, ...]:
    """Name the displaced files that somebody wrote into after their landing: the text is kept, and not in place."""
    tasks = [task for task in board.run_tasks(run).values() if task.state is TaskState.DONE]
    return tuple(
        Note(swap.change.path, f"somebody saved it in the moment it landed; that text is {swap.resting}")
        for swap in swaps_of(board, run, tasks)
        if swap.change.base != ABSENT and digest_file(swap.resting) != swap.change.base
    )
