"""The lines of the log: one class for each transition. docs/board.md documents them."""

from __future__ import annotations

import json
import zlib
from typing import Any, ClassVar, NamedTuple

import cattrs
import msgspec
from attrs import frozen, has
from cattrs.preconf.json import make_converter

from lockboard import model
from lockboard.errors import DamagedBoardError
from lockboard.model import Afterwards, Note, ProcessKind, RunSpec, RunState, Submission, TaskSpec, TaskState, Wish


@frozen
class RunAdded:
    """A run begins, in state planning."""

    op: ClassVar = "run"
    run: str
    spec: RunSpec


@frozen
class Planned:
    """The run's tasks, what the plan left out, and how many files needed no visit."""

    op: ClassVar = "plan"
    run: str
    tasks: tuple[TaskSpec, ...]
    left: tuple[Note, ...] = ()
    unchanged: int = 0


@frozen
class RunMoved:
    """The run is in another state. `notes` name files that a person should look at."""

    op: ClassVar = "state"
    run: str
    state: RunState
    reason: str = ""
    notes: tuple[Note, ...] = ()


@frozen
class Wished:
    """A front end asks something of a run, one of its workers or one of its tasks."""

    op: ClassVar = "wish"
    run: str
    wish: Wish
    worker: str = ""
    task: str = ""


@frozen
class Joined:
    """A process takes part; it holds its life lock from before this line to its death."""

    op: ClassVar = "join"
    process: str
    kind: ProcessKind
    pid: int
    run: str = ""


@frozen
class Departed:
    """A process is gone. A task that it owned returns; `counts`: as a failed attempt."""

    op: ClassVar = "leave"
    process: str
    reason: str = ""
    counts: bool = False


@frozen
class Claimed:
    """A worker takes a task with all of its files. The line's number is the fencing token."""

    op: ClassVar = "claim"
    run: str
    task: str
    worker: str


@frozen
class Submitted:
    """A worker hands in its task. The contents were durable before this line."""

    op: ClassVar = "submit"
    run: str
    task: str
    token: int
    submission: Submission


@frozen
class Released:
    """A claim ends without a result; the task returns. `rest`: not before a `ready` line."""

    op: ClassVar = "release"
    run: str
    task: str
    token: int
    reason: str
    counts: bool = False
    rest: bool = False


@frozen
class Rested:
    """A task that rested between attempts, or waited for a person, may be claimed again."""

    op: ClassVar = "ready"
    run: str
    task: str


@frozen
class Ended:
    """A task ends without landing; with `failed` the rest of its group is blocked."""

    op: ClassVar = "end"
    run: str
    task: str
    state: TaskState
    reason: str
    notes: tuple[Note, ...] = ()


@frozen
class Split:
    """A task ends and its files go on in successors."""

    op: ClassVar = "split"
    run: str
    task: str
    token: int
    into: tuple[TaskSpec, ...]
    reason: str


@frozen
class Intended:
    """These tasks are landing: from here on they are finished or rolled back. Made durable before a file moves.

    `dirs` are the folders that landing makes, outermost first.
    """

    op: ClassVar = "intent"
    run: str
    tasks: tuple[str, ...]
    dirs: tuple[str, ...] = ()


@frozen
class Landed:
    """The tasks' files are in the workspace. `notes` name files that a person changed in the same moment."""

    op: ClassVar = "landed"
    run: str
    tasks: tuple[str, ...]
    notes: tuple[Note, ...] = ()


@frozen
class Unlanded:
    """The tasks' files are as they were, but for those that `notes` name."""

    op: ClassVar = "unlanded"
    run: str
    tasks: tuple[str, ...]
    then: Afterwards
    notes: tuple[Note, ...] = ()


@frozen
class Held:
    """A person has text of their own for this file."""

    op: ClassVar = "hold"
    path: str
    owner: str
    process: str


@frozen
class Unheld:
    """The person's text is saved or gone."""

    op: ClassVar = "unhold"
    path: str
    process: str


@frozen
class Cleaned:
    """The undo images of these runs are deleted."""

    op: ClassVar = "clean"
    runs: tuple[str, ...]


Entry = (
    RunAdded | Planned | RunMoved | Wished | Joined | Departed | Claimed | Submitted | Released | Rested | Ended
    | Split | Intended | Landed | Unlanded | Held | Unheld | Cleaned
)  # fmt: skip

_CLASSES: dict[str, type[Any]] = {cls.op: cls for cls in Entry.__args__}
converter = make_converter(omit_if_default=True, forbid_extra_keys=True, detailed_validation=False)
"""Turns board data into JSON values and back, strictly."""

UNREADABLE = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    cattrs.BaseValidationError,
    cattrs.StructureHandlerNotFoundError,
    cattrs.ForbiddenExtraKeysError,
)
"""What `converter` raises for data that does not have the form wanted."""


class Line(NamedTuple):
    """A line of the log: its number, when it was written, what happened, and where it and the next line start."""

    seq: int
    at: float
    entry: Entry
    offset: int
    end: int


def prepare() -> None:
    """Make ready now what writing needs, else the first of each kind takes 1-2 ms longer."""
    parts = [part for part in vars(model).values() if isinstance(part, type) and has(part)]
    for cls in (*parts, *_CLASSES.values()):
        converter.get_unstructure_hook(cls)


def to_json(facts: object) -> bytes:
    """Write JSON values in one line, also with names that are no text (as surrogates, PEP 383)."""
    return _to_json(facts).encode()


def encode(seq: int, at: float, entry: Entry) -> bytes:
    """Write a line: checksum (CRC-32 of the rest, hex), a space, a JSON object, a newline."""
    text = to_json({"seq": seq, "at": at, "op": entry.op, **converter.unstructure(entry)})
    return b"%08x %s\n" % (zlib.crc32(text), text)


def decode(raw: bytes, offset: int) -> Line:
    """Read one line, without its newline, that starts at `offset`; raises DamagedBoardError."""
    text = raw[9:]
    if raw[:9] != b"%08x " % zlib.crc32(text):
        raise DamagedBoardError("the checksum does not match")
    try:
        try:
            head = _HEAD.decode(text)
            entry = _BODIES[head.op].decode(text)
        except msgspec.DecodeError:  # rare: a name that is no text
            body = json.loads(text)
            head = msgspec.convert(body, _Head)
            entry = msgspec.convert(body, _CLASSES[head.op])
    except (ValueError, LookupError) as error:
        raise DamagedBoardError(f"it is no line of this format: {error!r}") from error
    return Line(head.seq, head.at, entry, offset, offset + len(raw) + 1)


class _Head(msgspec.Struct):
    """What all lines have."""

    seq: int
    at: float
    op: str


_to_json = json.JSONEncoder(separators=(",", ":")).encode
_HEAD = msgspec.json.Decoder(_Head)
_BODIES = {op: msgspec.json.Decoder(cls) for op, cls in _CLASSES.items()}
