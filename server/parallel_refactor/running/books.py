"""What a run of a model has spent, and who waits: what follows from the lines of spending.jsonl, and nothing else."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import singledispatchmethod

from attrs import define, field

from parallel_refactor.running.gate import Gate
from parallel_refactor.running.spending import Answered, Asked, Begun, Capped, Entry, Full, Line, Lost, Waits
from parallel_refactor.running.warmth import Warmth

RATE = "the rate limit"
"""What a worker waits for that was turned away."""


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
        self.dollars = round(
            self.dollars + dollars, 12
        )  # else a thousand amounts add up to a little less than they are
        if not sure:
            self.unsure_requests += 1
            self.unsure_tokens += sum(tokens.values())
            self.unsure_dollars = round(self.unsure_dollars + dollars, 12)


@define
class Books:
    """What the lines say. `under_way` are the requests without an answer, by their lines; `waiting` is by worker.

    Sums by task and worker are kept only `in_detail`: workers need none, and each has its own books.
    """

    in_detail: bool = True
    seq: int = 0
    cap: Capped | None = None
    full: str = ""
    total: Sum = field(factory=Sum)
    by_task: dict[str, Sum] = field(factory=lambda: defaultdict(Sum))
    by_worker: dict[str, Sum] = field(factory=lambda: defaultdict(Sum))
    under_way: dict[int, Asked] = field(factory=dict)
    waiting: dict[str, tuple[Waits, float]] = field(factory=dict)
    gate: Gate = field(factory=Gate)
    warmth: Warmth = field(factory=Warmth)

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
        self.warmth.asked(line.seq, line.at)
        self.waiting.pop(entry.worker, None)

    @_apply.register
    def _(self, entry: Begun, line: Line) -> None:
        self.warmth.begun(entry.ask, line.at)

    @_apply.register
    def _(self, entry: Answered, line: Line) -> None:
        if entry.ask not in self.under_way:
            return  # its worker was taken for dead
        self.gate.answered(entry.ask, line.seq, len(self.under_way), busy=entry.busy, opens=entry.opens)
        self.warmth.ended(entry.ask, served=bool(entry.tokens))
        asked = self._enter(entry.ask, entry.tokens, entry.dollars, sure=entry.sure)
        if entry.busy:
            self.waiting[asked.worker] = Waits(asked.worker, asked.task, RATE), line.at

    @_apply.register
    def _(self, entry: Lost, line: Line) -> None:  # noqa: ARG002
        self.waiting.pop(entry.worker, None)
        for seq, asked in list(self.under_way.items()):
            if asked.worker == entry.worker:
                self.warmth.ended(seq, served=False)
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
        parts = (self.by_task[asked.task], self.by_worker[asked.worker]) if self.in_detail else ()
        for sums in (self.total, *parts):
            sums.add(tokens, dollars or 0.0, sure=sure)
        return asked
