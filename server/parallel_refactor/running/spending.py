"""The lines of spending.jsonl: what a run's requests to a model cost and wait for.

docs/board.md documents the lines. Money is in US dollars, None for a model whose price is not known.
"""

from __future__ import annotations

import zlib
from typing import Any, ClassVar

import msgspec
from attrs import Factory, asdict, frozen

from lockboard.errors import DamagedBoardError

TOKENS = ("input_tokens", "cache_write_tokens", "cache_read_tokens", "output_tokens")
"""The kinds of tokens, as they are counted."""


@frozen
class Capped:
    """From here on the run may spend so much, all in all; None for no limit. It goes on if the old limit stopped it."""

    op: ClassVar = "cap"
    dollars: float | None = None
    tokens: int | None = None


@frozen
class Asked:
    """A worker sends a request. `tokens` by kind and `dollars` are the most that it can cost: so much is set aside."""

    op: ClassVar = "ask"
    worker: str
    task: str
    tokens: dict[str, int]
    dollars: float | None = None


@frozen
class Begun:
    """The answer to the request of line `ask` has begun: the server's cache has what all requests share."""

    op: ClassVar = "begun"
    ask: int


@frozen
class Answered:
    """The request of line `ask` has ended and cost this; not `sure` where that is only the most that it can be.

    `busy`: the server turned it away for having too much to do. `opens`: nobody asks before, by the monotonic clock.
    """

    op: ClassVar = "answer"
    ask: int
    tokens: dict[str, int] = Factory(dict)
    dollars: float | None = None
    sure: bool = True
    busy: bool = False
    opens: float = 0.0


@frozen
class Lost:
    """A worker is dead: the request that it had on its way, if any, counts as the most that it can have cost."""

    op: ClassVar = "lost"
    worker: str


@frozen
class Waits:
    """A worker waits before it asks, and what for."""

    op: ClassVar = "wait"
    worker: str
    task: str
    why: str


@frozen
class Full:
    """The next request of a task might pass the limit: the run pauses, and says why."""

    op: ClassVar = "full"
    reason: str


Entry = Capped | Asked | Begun | Answered | Lost | Waits | Full


@frozen
class Line:
    """A line of the file: its number, when it was written (seconds since the epoch, for people), what happened."""

    seq: int
    at: float
    entry: Entry


def money(dollars: float) -> str:
    """Write an amount: `$12.40`, small ones with up to four places, as `$0.0042`."""
    if dollars >= 0.1 or not dollars:
        return f"${dollars:,.2f}"
    whole, _, places = f"{dollars:.4f}".rstrip("0").partition(".")
    return f"${whole}.{places:0<2}"


def encode(seq: int, at: float, entry: Entry) -> bytes:
    """Write a line, in the form of the board's log; fields at their default are left out."""
    fields = asdict(entry, filter=lambda field, value: value != field.default)
    text = msgspec.json.encode({"seq": seq, "at": at, "op": entry.op, **fields})
    return b"%08x %s\n" % (zlib.crc32(text), text)


def decode(raw: bytes, offset: int) -> Line:  # noqa: ARG001  as a log wants it
    """Read a line; raises DamagedBoardError."""
    text = raw[9:]
    if raw[:9] != b"%08x " % zlib.crc32(text):
        raise DamagedBoardError("the checksum does not match")
    try:
        head = _HEAD.decode(text)
        return Line(head.seq, head.at, _BODIES[head.op].decode(text))
    except (ValueError, KeyError) as error:
        raise DamagedBoardError(f"it is no line of this format: {error!r}") from error


class _Head(msgspec.Struct):
    """What all lines have."""

    seq: int
    at: float
    op: str


_CLASSES: dict[str, type[Any]] = {cls.op: cls for cls in Entry.__args__}
_HEAD = msgspec.json.Decoder(_Head)
_BODIES = {op: msgspec.json.Decoder(cls) for op, cls in _CLASSES.items()}
