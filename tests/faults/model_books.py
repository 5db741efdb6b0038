"""Compares what a run's books say that it has spent with what the server has counted."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

from parallel_refactor.engines.claude.prices import default_model, price
from parallel_refactor.running.books import Books
from parallel_refactor.running.spending import TOKENS, Answered, Asked, Line, decode
from tests.doubles.model_api import Double
from tests.running.runs import Runs

_DOUBLES = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens", "output_tokens")


def lines(runs: Runs, run: str) -> list[Line]:
    """Read what is in a run's ledger."""
    raw = (runs.board.layout.run(run) / "spending.jsonl").read_bytes()
    return [decode(line, 0) for line in raw.split(b"\n")[:-1]]


def billed(served: Double) -> float:
    """Give what the server wants for all that it has begun, in dollars."""
    names = dict(zip(_DOUBLES, TOKENS, strict=True))
    found = price(default_model(), {names[kind]: number for kind, number in served.books.begun.items()})
    assert found is not None
    return found


def money_problems(runs: Runs, run: str, served: Double, books: Books, *, killed: bool) -> Iterator[str]:
    """Say what is wrong with our books. Answers to workers that were `killed` nobody has heard."""
    if books.under_way:
        yield f"never settled: {books.under_way}"
    if books.total.dollars < billed(served) - 1e-9:
        yield f"{billed(served)} is billed, and the books have {books.total.dollars}"
    ours = Counter(tuple(line.entry.tokens[kind] for kind in TOKENS) for line in _sure(runs, run))
    theirs = Counter(tuple(answer[kind] for kind in _DOUBLES) for answer in served.books.answers)
    if (ours - theirs) or (not killed and ours != theirs):
        yield f"the books have {ours - theirs} that the server did not say, and lack {theirs - ours}"
    twice = {name: number for name, number in served.books.whole.items() if number > 1}
    if twice and not killed:
        yield f"answered more than once: {twice}"
    yield from _too_early(runs, run)


def _sure(runs: Runs, run: str) -> Iterator[Any]:
    return (
        line for line in lines(runs, run) if isinstance(line.entry, Answered) and line.entry.sure and line.entry.tokens
    )


def _too_early(runs: Runs, run: str) -> Iterator[str]:
    """Find requests that were let through before the moment that the server, or a worker's own patience, had named."""
    offset, opens = time.time() - time.monotonic(), 0.0
    for line in lines(runs, run):
        if isinstance(line.entry, Answered):
            opens = max(opens, line.entry.opens)
        elif isinstance(line.entry, Asked) and line.at - offset < opens - 0.005:
            yield f"line {line.seq} asks {opens + offset - line.at:.3f} s too early"
