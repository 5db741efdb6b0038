"""The lines of the log: one class for each transition. docs/board.md documents them."""

from __future__ import annotations

import json
import zlib
from typing import NamedTuple

import msgspec

from lockboard.errors import DamagedBoardError
from lockboard.model import Afterwards, Note, ProcessKind, RunSpec, RunState, Submission, TaskSpec, TaskState, Wish


class _Entry(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="op"):
    """What all lines have in common."""


class RunAdded(_Entry, frozen=True, tag="run"):
    """A run begins, in state planning."""

    run: str
    spec: RunSpec


class Planned(_Entry, frozen=True, tag="plan"):
    """Tasks of the run, what the plan left out, and how many files needed no visit. A later line adds to an earlier."""

    run: str
    tasks: tuple[TaskSpec, ...]
    left: tuple[Note, ...] = ()
    unchanged: int = 0


class RunMoved(_Entry, frozen=True, tag="state"):
    """The run is in another state. `notes` name files that a person should look at."""

    run: str
    state: RunState
    reason: str = ""
    notes: tuple[Note, ...] = ()


class Wished(_Entry, frozen=True, tag="wish"):
    """A front end asks something of a run, one of its workers or one of its tasks."""

    run: str
    wish: Wish
    worker: str = ""
    task: str = ""


class Joined(_Entry, frozen=True, tag="join"):
    """A process takes part; it holds its life lock from before this line to its death."""

    process: str
    kind: ProcessKind
    pid: int
    run: str = ""


class Departed(_Entry, frozen=True, tag="leave"):
    """A process is gone. A task that it owned returns; `counts`: as a failed attempt."""

    process: str
    reason: str = ""
    counts: bool = False


class Claimed(_Entry, frozen=True, tag="claim"):
    """A worker takes a task with all of its files. The line's number is the fencing token."""

    run: str
    task: str
    worker: str


class Extended(_Entry, frozen=True, tag="extend"):
    """A worker takes one more file into the task that it has; from here on the file is the task's."""

    run: str
    task: str
    token: int
    path: str


class Submitted(_Entry, frozen=True, tag="submit"):
    """A worker hands in its task. The contents were durable before this line.

    `doubt`: why a person must look at it, although they have accepted it before.
    """

    run: str
    task: str
    token: int
    submission: Submission
    doubt: str = ""


class Accepted(_Entry, frozen=True, tag="accept"):
    """A person wants what these tasks propose: it lands, also after it had to be handed in again."""

    run: str
    tasks: tuple[str, ...]
    owner: str


class Released(_Entry, frozen=True, tag="release"):
    """A claim ends without a result; the task returns. `rest`: not before a `ready` line."""

    run: str
    task: str
    token: int
    reason: str
    counts: bool = False
    rest: bool = False


class Rested(_Entry, frozen=True, tag="ready"):
    """A task that rested between attempts, or waited for a person, may be claimed again."""

    run: str
    task: str


class Ended(_Entry, frozen=True, tag="end"):
    """A task ends without landing; with `failed` the rest of its group is blocked."""

    run: str
    task: str
    state: TaskState
    reason: str
    notes: tuple[Note, ...] = ()


class Split(_Entry, frozen=True, tag="split"):
    """A task ends and its files go on in successors, which hand in again what it had proposed."""

    run: str
    task: str
    token: int
    into: tuple[TaskSpec, ...]
    reason: str


class Intended(_Entry, frozen=True, tag="intent"):
    """These tasks are landing: from here on they are finished or rolled back. Made durable before a file moves.

    `dirs` are the folders that landing makes, outermost first.
    """

    run: str
    tasks: tuple[str, ...]
    dirs: tuple[str, ...] = ()


class Landed(_Entry, frozen=True, tag="landed"):
    """The tasks' files are in the workspace. `notes` name files that a person changed in the same moment."""

    run: str
    tasks: tuple[str, ...]
    notes: tuple[Note, ...] = ()


class Unlanded(_Entry, frozen=True, tag="unlanded"):
    """The tasks' files are as they were, but for those that `notes` name."""

    run: str
    tasks: tuple[str, ...]
    then: Afterwards
    notes: tuple[Note, ...] = ()


class Held(_Entry, frozen=True, tag="hold"):
    """A person has text of their own for this file."""

    path: str
    owner: str
    process: str


class Unheld(_Entry, frozen=True, tag="unhold"):
    """The person's text is saved or gone."""

    path: str
    process: str


class Cleaned(_Entry, frozen=True, tag="clean"):
    """The undo images of these runs are deleted."""

    runs: tuple[str, ...]


Entry = (
    RunAdded | Planned | RunMoved | Wished | Joined | Departed | Claimed | Extended | Submitted | Accepted | Released
    | Rested | Ended | Split | Intended | Landed | Unlanded | Held | Unheld | Cleaned
)  # fmt: skip


class Line(NamedTuple):
    """A line of the log: its number, when it was written, what happened, and where it and the next line start."""

    seq: int
    at: float
    entry: Entry
    offset: int
    end: int


def to_json(facts: object) -> bytes:
    """Write JSON in one line, also with names that are no text (as surrogates, PEP 383)."""
    try:
        return msgspec.json.encode(facts)
    except UnicodeEncodeError:
        return json.dumps(msgspec.to_builtins(facts), separators=(",", ":")).encode()


def encode(seq: int, at: float, entry: Entry) -> bytes:
    """Write a line: checksum (CRC-32 of the rest, hex), a space, a JSON object, a newline."""
    text = b'{"seq":%d,"at":%r,' % (seq, at) + to_json(entry)[1:]
    return b"%08x %s\n" % (zlib.crc32(text), text)


def decode(raw: bytes, offset: int) -> Line:
    """Read one line, without its newline, that starts at `offset`; raises DamagedBoardError."""
    text = raw[9:]
    if raw[:9] != b"%08x " % zlib.crc32(text):
        raise DamagedBoardError("the checksum does not match")
    try:
        try:
            head, entry = _HEAD.decode(text), _ENTRY.decode(text)
        except msgspec.DecodeError:  # rare: a name that is no text
            body = json.loads(text)
            head, entry = msgspec.convert(body, _Head), msgspec.convert(body, Entry)
    except ValueError as error:
        raise DamagedBoardError(f"it is no line of this format: {error!r}") from error
    return Line(head.seq, head.at, entry, offset, offset + len(raw) + 1)


class _Head(msgspec.Struct):
    """What stands before an entry."""

    seq: int
    at: float


_HEAD = msgspec.json.Decoder(_Head)
_ENTRY = msgspec.json.Decoder(Entry)
