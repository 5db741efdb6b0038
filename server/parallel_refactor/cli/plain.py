"""A run as lines of text, for files, pipes and simple terminals: one line for each event that matters."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType

from rich.console import Console

from lockboard import entries as e
from lockboard.board import Board
from lockboard.entries import Line
from lockboard.model import Note, RunState, TaskSpec, TaskState
from parallel_refactor.cli.costs import Costs
from parallel_refactor.cli.standing import standing
from parallel_refactor.cli.text import count, duration, percent
from parallel_refactor.planning.show import printable
from parallel_refactor.running.report import one_line

_LOOK = 0.5
_STEP = 0.1
_TELL = 10.0  # seconds until the server's limits are worth another line


class Plain:
    """Writes a run's events; `update` may be called as often as one likes."""

    def __init__(self, board: Board, run: str, console: Console) -> None:
        self._board = board
        self._run = run
        self._console = console
        self._looked = 0.0
        self._news = True
        self._next_step = _STEP
        self._waiting = False
        self._costs = Costs(board, run)
        self._held_up = False
        self._told = -_TELL

    def __enter__(self) -> Plain:
        run = self._board.run(self._run)
        self._say(f"{run.spec.title}: {run.state}")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        pass

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Leave the terminal to a question."""
        yield

    def update(self, lines: Sequence[Line]) -> None:
        """Write what is new on the board."""
        for line in lines:
            for text in self._texts(line.entry):
                self._say(text)
        self._costs.look()
        self._news |= bool(lines)
        self._tell_held_up()
        if self._news and time.monotonic() - self._looked > _LOOK:
            self._looked, self._news = time.monotonic(), False
            self._progress()

    def _texts(self, entry: e.Entry) -> Iterator[str]:
        if getattr(entry, "run", self._run) != self._run:
            return
        match entry:
            case e.Planned(tasks=(TaskSpec(shared=True, files=paths),)):
                yield f"at last, the edits that tasks want in files that are not theirs: {', '.join(paths)}"
            case e.Planned(tasks=tasks, left=left, unchanged=unchanged):
                files = sum(len(task.files) for task in tasks)
                planned = [f"{count(files, 'file')} in {count(len(tasks), 'task')}"]
                planned += [f"{len(left):,} left out"] if left else []
                planned += [f"{unchanged:,} as an earlier run left them"] if unchanged else []
                yield ", ".join(planned)
            case e.RunMoved(state=state, reason=reason) if not state.ended and (
                reason or state is not RunState.PLANNING
            ):
                yield f"{state}{f': {one_line(reason)}' if reason else ''}"
            case e.Ended(state=TaskState.FAILED, task=task, reason=reason, notes=notes):
                yield from (
                    f"failed: {place(note)}: {one_line(note.reason)}" for note in notes or (Note(task, reason),)
                )
            case e.Released(counts=True, task=task, reason=reason):
                yield f"{task} is tried again: {reason}"
            case e.Departed(counts=True, process=process, reason=reason) if process.startswith(f"{self._run}-"):
                yield f"{process} ended, its task is tried again: {reason}"
            case e.Unlanded(notes=notes):
                yield from (f"not landed: {place(note)}: {note.reason}" for note in notes)
            case _:
                pass

    def _progress(self) -> None:
        run = self._board.run(self._run)
        now = standing(self._board, run)
        if now.files and now.share >= self._next_step and not run.state.ended:
            self._next_step = now.share + _STEP
            elapsed = duration(time.time() - run.began)
            spent = f", {said}" if (said := self._costs.line()) else ""
            self._say(f"{percent(now.share)}, {now.over:,} of {count(now.files, 'file')}, {elapsed}{spent}")
        if now.waiting and not self._waiting:
            more = f" and {count(len(now.waiting) - 1, 'other file')}" if len(now.waiting) > 1 else ""
            self._say(f"waits for {now.waiting[0].path}{more}: {now.waiting[0].reason}")
        self._waiting = bool(now.waiting)

    def _tell_held_up(self) -> None:
        """Say now and then, not for each worker, that the server wants less."""
        waiting = self._costs.waiting()
        if waiting and not self._held_up and time.monotonic() - self._told > _TELL:
            self._told = time.monotonic()
            self._say(waiting)
        self._held_up = bool(waiting)

    def _say(self, text: str) -> None:
        self._console.print(f"{self._run}: {printable(text)}", soft_wrap=True)
        self._console.file.flush()


def place(note: Note) -> str:
    """Say where something is, in the way that editors and terminals make a link of."""
    return f"{note.path}:{note.line}" if note.line else note.path
