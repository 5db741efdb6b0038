"""What goes wrong on the way: which answers fail, and how."""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Iterator, Sequence

from attrs import Factory, define

STATUSES = {
    "408": "timeout_error",
    "409": "conflict_error",
    "429": "rate_limit_error",
    "500": "api_error",
    "529": "overloaded_error",
}
"""Faults that are a status instead of an answer, with the type of error that the API names."""

BUSY = ("429", "529", "error")
"""Faults that say that the server has too much to do."""

IN_STREAM = ("drop", "stall", "error", "truncate", "garble", "empty", "unfinished")
"""Faults of an answer that has begun: the connection breaks, or stalls; an error event; an end before the end; an
event that is no JSON; no event at all; no stop reason."""

KINDS = (*STATUSES, "hangup", *IN_STREAM)
"""All that goes wrong on the way. `hangup`: the connection is closed before an answer begins."""

TURNS = ("cut", "malformed", "pause", "silent", "lie", "stubborn", "outside")
"""Whole answers of a model that is not at its best for once, by the names of PLAYS: its next one may be better."""


@define
class Faults:
    """Which requests fail: the first ones, in order ("" is none), then one in so many, all kinds equally often.

    Chance is a function of seed, request, and how often the request came: the same fail each time, and a request that
    is tried again may succeed. `done` counts the faults of each kind.
    """

    first: Sequence[str] = ()
    rate: float = 0.0
    kinds: Sequence[str] = KINDS
    seed: int = 0
    done: Counter[str] = Factory(Counter)
    _seen: Counter[str] = Factory(Counter)
    _script: Iterator[str] | None = None

    def next(self, body: bytes) -> str:
        """Give the kind of fault for a request, "" for none."""
        if self._script is None:
            self._script = iter(self.first)
        kind = next(self._script, None)
        if kind is None:
            digest = hashlib.sha256(body).hexdigest()
            self._seen[digest] += 1
            chance = random.Random(f"{self.seed} {digest} {self._seen[digest]}")
            kind = min(self.kinds, key=lambda kind: self.done[kind]) if chance.random() < self.rate else ""
        if kind:
            self.done[kind] += 1
        return kind
