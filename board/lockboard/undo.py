"""Undo: a run whose tasks put back what the tasks of another run displaced."""

from __future__ import annotations

import stat
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator

from attrs import frozen
from msgspec.structs import replace

from lockboard.board import Board
from lockboard.digest import digest, digest_file
from lockboard.errors import BoardError, ConflictError
from lockboard.landing import swaps_of
from lockboard.model import ABSENT, Claim, FileChange, Note, Submission, Task, TaskSpec, TaskState
from lockboard.state import Key
from lockboard.swap import Swap

Merge = Callable[[FileChange, bytes | None, bytes | None], bytes | None]
"""Makes of a change, its new text (None: no file) and the present one what the file is to be; raises ConflictError."""

_Coming = dict[Key, tuple[str, bytes | None]]
"""Of files that several tasks changed: the undo's task that puts one back so far, and the text that it has then."""


@frozen
class UndoPlan:
    """What an undo would put back, and what it leaves out with the reason. `merged`: with what people wrote since."""

    tasks: tuple[TaskSpec, ...]
    left: tuple[Note, ...]
    merged: tuple[str, ...] = ()

    @property
    def files(self) -> tuple[str, ...]:
        """The files that are put back."""
        return tuple(dict.fromkeys(path for task in self.tasks for path in task.files))


class Undo:
    """Puts a run's files back as they were before it: all of them, or only some.

    Files of a group are put back together. What is as it was before already needs nothing. Where two tasks changed a
    file, one after the other, the later change is put back before the earlier.
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
        self._merge = merge
        self._units: defaultdict[str, list[Task]] = defaultdict(list)
        for task in board.run_tasks(run).values():
            if task.state is TaskState.DONE:
                self._units[task.spec.unit].append(task)
        self._swaps = {unit: swaps_of(board, run, tasks) for unit, tasks in self._units.items()}
        self._history: defaultdict[Key, list[Swap]] = defaultdict(list)
        for swap in (swap for swaps in self._swaps.values() for swap in swaps):
            self._history[self._key(swap)].append(swap)
        self._chosen = dict(self._choose({board.state.fold(path) for path in files}))

    @property
    def files(self) -> tuple[str, ...]:
        """The files that are meant, as far as the run has changed them, with those of their groups."""
        return tuple(dict.fromkeys(swap.change.path for swaps in self._chosen.values() for swap in swaps))

    def plan(self) -> UndoPlan:
        """Find what can be put back, the last change first: each unit whose files are all as its tasks left them."""
        specs, left, merged, coming = list[TaskSpec](), list[Note](), dict[str, None](), _Coming()
        for unit, chosen in reversed(self._chosen.items()):
            swaps = [swap for swap in chosen if not self._is_back(swap, coming)]
            changed = [note for swap in swaps if (note := self._changed(swap, coming))]
            if changed:
                named = {note.path for note in changed}
                others = [swap.change.path for swap in swaps if swap.change.path not in named]
                left += [*changed, *(Note(path, f"it hangs together with {changed[0].path}") for path in others)]
            elif swaps:
                name = f"t{len(specs) + 1}"
                paths = tuple(swap.change.path for swap in swaps)
                after = dict.fromkeys(coming[key][0] for key in map(self._key, swaps) if key in coming)
                # A group, so that a file that is taken back meanwhile takes along those that hang together with it.
                specs.append(TaskSpec(name, paths, group=unit, after=tuple(after)))
                merged |= dict.fromkeys(swap.change.path for swap in swaps if self._is_edited(swap, coming))
                several = [swap for swap in swaps if self._history[self._key(swap)][1:]]
                coming |= {self._key(swap): (name, self._back(swap, coming)[1]) for swap in several}
        return UndoPlan(tuple(specs), tuple(left), tuple(merged))

    def submit(self, claim: Claim) -> None:
        """Hand in a claimed task of the undo run; raises OSError where the displaced file is gone, ConflictError."""
        files, contents = [], {}
        for swap in self._swaps[claim.task.group]:
            if swap.change.path in claim.task.files:
                change, new = self._back(swap, {})
                if new is not None and change.changed:
                    contents[change.path] = new
                mode = None if swap.change.base == ABSENT else stat.S_IMODE(swap.resting.stat().st_mode)
                files.append(replace(change, mode=mode))
        made = dict.fromkeys(name for task in self._units[claim.task.group] for name in reversed(task.dirs))
        self._board.submit(claim, Submission(tuple(files), empty_dirs=tuple(made)), contents)

    def _choose(self, wanted: set[Key]) -> Iterator[tuple[str, list[Swap]]]:
        """Give what to put back of each unit: the files that are wanted, or all of a group that has one of them.

        What comes along with a group is wanted too: of what later tasks changed.
        """
        everything = not wanted
        for unit, swaps in self._swaps.items():
            chosen = [swap for swap in swaps if everything or self._key(swap) in wanted]
            if chosen and self._units[unit][0].spec.group:
                chosen = swaps
            wanted |= set(map(self._key, chosen))
            yield unit, chosen

    def _key(self, swap: Swap) -> Key:
        return self._board.state.fold(swap.change.path)

    def _present(self, swap: Swap, coming: _Coming) -> str:
        key = self._key(swap)
        return digest(coming[key][1]) if key in coming else digest_file(self._board.root / swap.change.path)

    def _is_back(self, swap: Swap, coming: _Coming) -> bool:
        """Whether somebody put the file back already, so far or further: with an undo of some files, or by hand."""
        history = self._history[self._key(swap)]
        try:
            present = self._present(swap, coming)
        except OSError:
            return False
        return present in [earlier.change.base for earlier in history[: history.index(swap) + 1]]

    def _changed(self, swap: Swap, coming: _Coming) -> Note | None:
        change = swap.change
        try:
            present = self._present(swap, coming)
            displaced = digest_file(swap.resting)
        except OSError as error:
            return Note(change.path, f"it cannot be read: {error.strerror}")
        if displaced != change.base:
            return Note(change.path, f"what it was before the run is not as it was: {swap.resting}")
        if present == change.new:
            return None
        if self._merge is None:
            history = self._history[self._key(swap)]
            later = [other.change.new for other in history[history.index(swap) + 1 :]]
            who = "by another task of the run, whose change stays" if present in later else "after the run"
            return Note(change.path, f"it was changed {who}")
        try:
            self._back(swap, coming)
        except ConflictError as error:
            return Note(change.path, f"it was changed after the run; {error}")
        return None

    def _is_edited(self, swap: Swap, coming: _Coming) -> bool:
        return self._merge is not None and self._present(swap, coming) != swap.change.new

    def _back(self, swap: Swap, coming: _Coming) -> tuple[FileChange, bytes | None]:
        """Give the way back, with the file's text after it: what it was before, merged with what a person wrote."""
        change = swap.change
        back = FileChange(change.path, change.new, change.base)
        before = None if change.base == ABSENT else swap.resting.read_bytes()
        if self._merge is None or self._present(swap, coming) == change.new:
            return back, before
        file, key = self._board.root / change.path, self._key(swap)
        present = coming[key][1] if key in coming else file.read_bytes() if file.exists() else None
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
