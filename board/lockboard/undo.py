"""Undo: a run whose tasks put back what the tasks of another run displaced."""

from __future__ import annotations

import stat
from collections.abc import Collection

from attrs import frozen

from lockboard.board import Board
from lockboard.digest import digest_file
from lockboard.errors import BoardError
from lockboard.landing import swaps_of
from lockboard.model import ABSENT, Claim, FileChange, Note, Submission, Task, TaskSpec, TaskState
from lockboard.swap import Swap


@frozen
class UndoPlan:
    """What an undo would put back, and what it leaves out with the reason."""

    tasks: tuple[TaskSpec, ...]
    left: tuple[Note, ...]


class Undo:
    """Puts a run's files back as they were before it: all of them, or only some.

    Files of a group are put back together. What is as it was before already needs nothing.
    """

    def __init__(self, board: Board, run: str, files: Collection[str] = ()) -> None:
        """Look at a run; raises BoardError for one that cannot be undone. Without `files` all are meant."""
        found = board.run(run)
        if found.cleaned:
            raise BoardError(f"Run {run} can no longer be undone: `clean` deleted what it had displaced.")
        if found.undone_by:
            raise BoardError(f"Run {run} was undone by run {found.undone_by}. To redo it, undo {found.undone_by}.")
        self._board = board
        self._run = run
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
        return UndoPlan(tuple(specs), tuple(left))

    def submit(self, claim: Claim) -> None:
        """Hand in a claimed task of the undo run; raises BoardError where the displaced file is gone."""
        files, contents = [], {}
        for path in claim.task.files:
            swap = self._swaps[path]
            mode = None
            if swap.change.base != ABSENT:
                contents[path] = swap.resting.read_bytes()
                mode = stat.S_IMODE(swap.resting.stat().st_mode)
            files.append(FileChange(path, swap.change.new, swap.change.base, mode))
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
        if present != change.new:
            return Note(change.path, "it was changed after the run")
        if displaced != change.base:
            return Note(change.path, f"what it was before the run is not as it was: {swap.resting}")
        return None


def late_saves(board: Board, run: str) -> tuple[Note, ...]:
    """Name the displaced files that somebody wrote into after their landing: the text is kept, and not in place."""
    tasks = [task for task in board.run_tasks(run).values() if task.state is TaskState.DONE]
    return tuple(
        Note(swap.change.path, f"somebody saved it in the moment it landed; that text is {swap.resting}")
        for swap in swaps_of(board, run, tasks)
        if swap.change.base != ABSENT and digest_file(swap.resting) != swap.change.base
    )
