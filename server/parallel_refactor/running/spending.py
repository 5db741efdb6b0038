"""What a run's requests to a model cost and wait for: the lines of spending.jsonl, and what follows from them.

docs/board.md documents the lines. Money is in US dollars, None for a model whose price is not known.
"""

from __future__ import annotations

import json
import zlib
from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import singledispatchmethod
from typing import Any, ClassVar

import cattrs
from attrs import Factory, define, field, frozen
from cattrs.preconf.json import make_converter

from lockboard.errors import DamagedBoardError
from parallel_refactor.running.gate import Gate

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


Entry = Capped | Asked | Answered | Lost | Waits | Full


@frozen
class Line:
    """A line of the file: its number, when it was written (seconds since the epoch, for people), what happened."""

    seq: int
    at: float
    entry: Entry


@define
class Sum:
    """Requests and what they cost, added up. `unsure_*` is the part that is only the most that it can be."""

    requests: int = 0
    tokens: Counter[str] = field(factory=Counter)
    dollars: float = 0.0
    unsure_requests: int = 0
    unsure_tokens: int = 0
    unsure_dollars: float = 0.0

    @property
    def all_tokens(self) -> int:
        """Tokens of all kinds."""
        return sum(self.tokens.values())

    def add(self, tokens: Mapping[str, int], dollars: float, *, sure: bool) -> None:
        """Add a request."""
        self.requests += 1
        self.tokens.update(tokens)
        self.dollars += dollars
        if not sure:
            self.unsure_requests += 1
            self.unsure_tokens += sum(tokens.values())
            self.unsure_dollars += dollars


@define
class Books:
    """What the lines say. `under_way` are the requests without an answer, by their lines; `waiting` is by worker."""

    seq: int = 0
    cap: Capped | None = None
    full: str = ""
    total: Sum = field(factory=Sum)
    by_task: dict[str, Sum] = field(factory=lambda: defaultdict(Sum))
    by_worker: dict[str, Sum] = field(factory=lambda: defaultdict(Sum))
    under_way: dict[int, Asked] = field(factory=dict)
    waiting: dict[str, tuple[Waits, float]] = field(factory=dict)
    gate: Gate = field(factory=Gate)

    def apply(self, line: Line) -> None:
        """Bring the books up by one line."""
        self.seq = line.seq
        self._apply(line.entry, line)

    def left(self) -> Capped:
        """Give what may still be set aside."""
        cap = self.cap or Capped()
        dollars = self.total.dollars + sum(asked.dollars or 0.0 for asked in self.under_way.values())
        tokens = self.total.all_tokens + sum(sum(asked.tokens.values()) for asked in self.under_way.values())
        return Capped(
            None if cap.dollars is None else cap.dollars - dollars, None if cap.tokens is None else cap.tokens - tokens
        )

    @singledispatchmethod
    def _apply(self, entry: Entry, line: Line) -> None:
        raise TypeError(f"no rule for {entry!r} in line {line.seq}")

    @_apply.register
    def _(self, entry: Capped, line: Line) -> None:  # noqa: ARG002
        self.cap, self.full = entry, ""

    @_apply.register
    def _(self, entry: Asked, line: Line) -> None:
        self.under_way[line.seq] = entry
        self.waiting.pop(entry.worker, None)

    @_apply.register
    def _(self, entry: Answered, line: Line) -> None:
        if entry.ask not in self.under_way:
            return  # its worker was taken for dead
        self.gate.answered(entry.ask, line.seq, len(self.under_way), busy=entry.busy, opens=entry.opens)
        asked = self._enter(entry.ask, entry.tokens, entry.dollars, sure=entry.sure)
        if entry.busy:
            self.waiting[asked.worker] = Waits(asked.worker, asked.task, RATE), line.at

    @_apply.register
    def _(self, entry: Lost, line: Line) -> None:  # noqa: ARG002
        self.waiting.pop(entry.worker, None)
        for seq, asked in list(self.under_way.items()):
            if asked.worker == entry.worker:
                self._enter(seq, asked.tokens, asked.dollars, sure=False)

    @_apply.register
    def _(self, entry: Waits, line: Line) -> None:
        known = self.waiting.get(entry.worker)
        if known is None or known[0].task != entry.task:
            self.waiting[entry.worker] = entry, line.at

    @_apply.register
    def _(self, entry: Full, line: Line) -> None:  # noqa: ARG002
        self.full = entry.reason

    def _enter(self, seq: int, tokens: Mapping[str, int], dollars: float | None, *, sure: bool) -> Asked:
        asked = self.under_way.pop(seq)
        for sums in (self.total, self.by_task[asked.task], self.by_worker[asked.worker]):
            sums.add(tokens, dollars or 0.0, sure=sure)
        return asked


RATE = "the rate limit"
"""What a worker waits for that was turned away."""


def money(dollars: float) -> str:
    """Write an amount: `$12.40`, small ones with more places, as `$0.0042`."""
    return f"${dollars:,.2f}" if dollars >= 0.1 or not dollars else f"${dollars:.4f}"


_CLASSES: dict[str, type[Any]] = {cls.op: cls for cls in Entry.__args__}
_converter = make_converter(omit_if_default=True, forbid_extra_keys=True, detailed_validation=False)
_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, cattrs.BaseValidationError)


def encode(seq: int, at: float, entry: Entry) -> bytes:
    """Write a line, in the form of the board's log."""
    body = {"seq": seq, "at": at, "op": entry.op, **_converter.unstructure(entry)}
    text = json.dumps(body, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def decode(raw: bytes, offset: int) -> Line:  # noqa: ARG001  as the board's log wants it
    """Read a line; raises DamagedBoardError."""
    checksum, _, text = raw.partition(b" ")
    if checksum != b"%08x" % zlib.crc32(text):
        raise DamagedBoardError("the checksum does not match")
    try:
        body = json.loads(text)
        return Line(body.pop("seq"), body.pop("at"), _converter.structure(body, _CLASSES[body.pop("op")]))
    except _UNREADABLE as error:
        raise DamagedBoardError(f"it is no line of this format: {error!r}") from error
