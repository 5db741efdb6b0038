"""What `benchmarks.board` compares, and of that ours and the lesson's: boards that hand out tasks of three files.

A claim takes a ready task with its files, of which nobody else may own one, and gets a token that grows; `submit` says
that the task is done, if the token is the task's newest, and frees the files. There are no contents. A folder holds one
board.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Protocol

from attrs import field, frozen

from benchmarks import lesson
from lockboard import landing
from lockboard.board import Board
from lockboard.digest import digest
from lockboard.model import Claim, FileChange, ProcessKind, RunSpec, RunState, Submission, TaskSpec

FILES = 3
"""How many files a task has."""

_LANDED_AT_ONCE = 16  # as in a run
_BASE = digest(b"")


class Seat(Protocol):
    """One process's place at a board."""

    def claim(self) -> str | None:
        """Take a task with its files; None when there is none now."""
        ...

    def submit(self) -> None:
        """Hand in the task that was claimed last."""
        ...

    def leave(self) -> None:
        """Finish what is left to do when there are no more tasks."""
        ...


@frozen
class Contender:
    """A kind of board. `serve` runs what it needs beside the processes, and gives the process id, 0 for none."""

    name: str
    fill: Callable[[Path, int], None]
    sit: Callable[[Path], Seat]
    serve: Callable[[Path], AbstractContextManager[int]] = field(default=lambda _: nullcontext(0))


def task_files(task: int) -> tuple[str, ...]:
    """Name the files of a task."""
    return tuple(f"package_{task % 50}/module_{task}_{part}.py" for part in range(FILES))


# ---- ours


class _Lockboard:
    """Each process lands what it has handed in, sixteen tasks at once; in a run the supervisor does, as many."""

    def __init__(self, folder: Path) -> None:
        self._board = Board(folder, patience=60.0)
        self._life = self._board.join(ProcessKind.WORKER, os.getpid(), "r1")
        self._claim: Claim | None = None
        self._submitted: list[str] = []

    def claim(self) -> str | None:
        self._claim = self._board.claim("r1", self._life.process)
        return self._claim.task.id if self._claim else None

    def submit(self) -> None:
        assert self._claim
        read = tuple(FileChange(path, _BASE, _BASE) for path in self._claim.task.files)
        self._board.submit(self._claim, Submission(read), {})
        self._submitted.append(self._claim.task.id)
        if len(self._submitted) == _LANDED_AT_ONCE:
            self.leave()

    def leave(self) -> None:
        landing.land_all(self._board, "r1", self._submitted)
        self._submitted.clear()


def _fill_lockboard(folder: Path, tasks: int) -> None:
    board = Board(folder, create=True)
    run = board.add_run(RunSpec("benchmark", "none"))
    board.set_plan(run, tuple(TaskSpec(f"t{number}", task_files(number)) for number in range(tasks)))
    board.move_run(run, RunState.RUNNING)
    board.close()


# ---- the lesson's


class _Lesson:
    """The lesson's board, with a lock file for each file too. It has no tokens."""

    def __init__(self, folder: Path) -> None:
        self._tasks, self._locks = folder / "tasks", folder / "locks"
        self._task = ""

    def claim(self) -> str | None:
        found = lesson.claim(str(self._tasks))
        if found is None:
            return None
        self._task = found
        for path in self._own():
            with path.open("x") as lock:
                lock.write(f"{os.getpid()}\n")
        return Path(found).name

    def submit(self) -> None:
        for path in self._own():
            path.unlink()
        lesson.finish(self._task)

    def leave(self) -> None:
        pass

    def _own(self) -> list[Path]:
        return [self._locks / path.replace("/", "%2F") for path in task_files(int(Path(self._task).name))]


def _fill_lesson(folder: Path, tasks: int) -> None:
    (folder / "locks").mkdir()
    (folder / "tasks").mkdir()
    for number in range(tasks):
        (folder / "tasks" / f"{number:06}.task").write_text("0", encoding="ascii")


LOCKBOARD = Contender("lockboard", _fill_lockboard, _Lockboard)
LESSON = Contender("lesson", _fill_lesson, _Lesson)
