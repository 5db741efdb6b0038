"""What every engine shares: contents and instructions in; contents, summary, what was left and why out.

An engine never sees the board or the user's disk: it gets the bytes of its task's files, and reads anything else
through the `Reader` that it is given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Any, Protocol

from attrs import Factory, frozen

from parallel_refactor.engines.metering import Meter, Unmetered
from parallel_refactor.engines.recording import Record, Unrecorded


class EngineError(Exception):
    """The engine cannot do the task at all. The message tells a person why, and at which file and line."""


class NotGrantedError(Exception):
    """The task does not get the file that its engine asks for. The message says why, for a person or a model."""


class StoppedError(Exception):
    """The engine stopped at a safe point, and the task goes back: nothing is wrong with it.

    `partial` is what it had finished by then; the message says why, where nobody asked it to stop.
    """

    def __init__(self, partial: Result, reason: str = "stopped on request") -> None:
        super().__init__(reason)
        self.partial = partial


class Outcome(StrEnum):
    """What became of one file."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    LEFT = "left"
    FAILED = "failed"


@frozen
class Left:
    """Something in a file that the engine did not do, and why. Lines count from 1; 0 is the whole file."""

    reason: str
    line: int = 0


@frozen
class FileResult:
    """One file's outcome. `new` is the new contents, None where the file is to be deleted (`changed` only).

    `left` are the places that were left, with reasons; for `left` and `failed` at least one says why. `left` the
    outcome means: the whole file is as it was although it asked for a change. `mode` are permission bits, None for
    "as it is".
    """

    path: str
    outcome: Outcome
    new: bytes | None = None
    left: tuple[Left, ...] = ()
    mode: int | None = None


@frozen
class SharedEdit:
    """An edit that a task wants in a file that is not its own: the text `old`, which is there once, becomes `new`."""

    path: str
    old: str
    new: str
    why: str = ""


@frozen
class Result:
    """What an engine hands back for a task: a result for each of its files, and for files it creates.

    `counts` are figures of the engine's own for the run's report (for example functions documented); they are added
    up over all tasks. `relied` are the paths of other files, read through the Reader, on which the result depends.
    `shared_edits` are made by a last task of the run, where they still fit.
    """

    files: tuple[FileResult, ...]
    summary: str = ""
    counts: Mapping[str, int] = Factory(dict)
    relied: tuple[str, ...] = ()
    shared_edits: tuple[SharedEdit, ...] = ()


class Reader(Protocol):
    """The engine's only window on the workspace: as on disk, with what the tasks it needs have submitted on top."""

    def read(self, path: str) -> bytes:
        """Give the bytes of a workspace-relative path; raises FileNotFoundError or PermissionError."""
        ...

    def paths(self) -> Sequence[str]:
        """List the workspace's files that are not ignored."""
        ...


class Stop(Protocol):
    """Asks whether the engine should stop. Engines ask at each safe point, at least once a file."""

    def __call__(self) -> bool:
        """Tell whether a person or the supervisor asked for the task to end."""
        ...


def _grant_nothing(path: str) -> bytes | None:
    raise NotGrantedError(f"nobody grants {path}")


@frozen
class Job:
    """What a worker gives an engine: the bytes of each of the task's files (None: absent), and what to do.

    `instructions` is the person's prompt, empty for recipes; `options` are the recipe's or engine's own, as strings,
    numbers, booleans and lists of them. `denied`: the paths that nobody outside may see. `check` says what the project
    has against the new contents of some files, "" for nothing; it raises EngineError and GivenBackError. `meter` is for
    engines whose requests cost money, `record` for those whose work nobody could repeat. `context` is what a model is
    told of the workspace, the same in all tasks of a run. `program` runs the person's own over the files, in a private
    copy, and gives what they are then; it raises EngineError and StoppedError. `ask_for` makes one more file the
    task's, at once or not at all, and gives its bytes; it raises NotGrantedError and GivenBackError. `changed` is what
    other files were, and are since the tasks that this one waited for.
    """

    files: Mapping[str, bytes | None]
    instructions: str = ""
    options: Mapping[str, Any] = Factory(dict)
    meter: Meter = Factory(Unmetered)
    record: Record = Factory(Unrecorded)
    denied: Callable[[str], bool] = lambda _path: False
    check: Callable[[Mapping[str, bytes]], str] = lambda _changed: ""
    context: str = ""
    program: Callable[[], Mapping[str, bytes | None]] = dict
    ask_for: Callable[[str], bytes | None] = _grant_nothing
    changed: Mapping[str, tuple[bytes | None, bytes | None]] = Factory(dict)


class Engine(Protocol):
    """Turns files and instructions into new contents."""

    @property
    def name(self) -> str:
        """The word that `--engine` takes."""
        ...

    def run(self, job: Job, reader: Reader, stop: Stop) -> Result:
        """Do the task; raises EngineError where it cannot, StoppedError where it was asked to stop."""
        ...
