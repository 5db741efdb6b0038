"""What a run of a model has spent, for people and programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from lockboard.board import Board
from lockboard.model import Run
from parallel_refactor.engines.claude.prices import price
from parallel_refactor.engines.claude.settings import read_settings
from parallel_refactor.running.books import Books, Sum
from parallel_refactor.running.ledger import books_of
from parallel_refactor.running.request import from_options
from parallel_refactor.running.spending import TOKENS, Capped, money


@frozen
class Spent:
    """A run's books. `priced`: whether the model's price is known; without one all money in the books is 0."""

    books: Books
    cap: Capped
    priced: bool

    def counts(self) -> dict[str, int]:
        """Give requests and tokens by kind; nothing where nothing was asked."""
        total = self.books.total
        return {"requests": total.requests, **{kind: total.tokens[kind] for kind in TOKENS}} if total.requests else {}

    def dollars(self) -> float | None:
        """Give what all of it costs at most, None where no price is known."""
        return self.books.total.dollars if self.priced else None

    def as_json(self) -> dict[str, Any]:
        """Give it in values that `json.dumps` takes, by task and worker too."""
        return {
            **self._sum(self.books.total),
            "max_cost": self.cap.dollars,
            "max_tokens": self.cap.tokens,
            "tasks": self._sums(self.books.by_task),
            "workers": self._sums(self.books.by_worker),
        }

    def of_worker_json(self, worker: str) -> dict[str, Any]:
        """Give what a worker has spent, in the same form."""
        return self._sum(self.books.by_worker.get(worker, Sum()))

    def line(self) -> str:
        """Say it to a person, as `1,240,000 tokens, $1.20 of $2.00`; "" where nothing was spent."""
        total, cap = self.books.total, self.cap
        if not total.requests:
            return ""
        tokens = f"{total.all_tokens:,}" + ("" if cap.tokens is None else f" of {cap.tokens:,}") + " tokens"
        if not self.priced:
            return tokens
        return f"{tokens}, {money(total.dollars)}" + ("" if cap.dollars is None else f" of {money(cap.dollars)}")

    def unsure(self) -> str:
        """Say which part of it is only an upper bound; "" for none."""
        total = self.books.total
        if not total.unsure_requests:
            return ""
        most = money(total.unsure_dollars) if self.priced else f"{total.unsure_tokens:,} tokens"
        return f"at most {most} of it for requests that broke off ({total.unsure_requests:,})"

    def of_task(self, task: str) -> str:
        """Say in short what a task has cost so far, as `$0.0042` or `1,200 tokens`; "" where it cost nothing."""
        return self._short(self.books.by_task.get(task))

    def of_worker(self, worker: str) -> str:
        """Say in short what a worker has spent on all of its tasks; "" where it has spent nothing."""
        return self._short(self.books.by_worker.get(worker))

    def wait(self, worker: str, task: str) -> tuple[str, float] | None:
        """Give what a worker waits for with a task, and since when (seconds since the epoch); None if it does not."""
        entry, since = self.books.waiting.get(worker, (None, 0.0))
        return (entry.why, since) if entry and entry.task == task else None

    def _short(self, one: Sum | None) -> str:
        if one is None or not one.all_tokens:
            return ""
        return money(one.dollars) if self.priced else f"{one.all_tokens:,} tokens"

    def _sums(self, sums: Mapping[str, Sum]) -> dict[str, Any]:
        return {name: self._sum(one) for name, one in sums.items()}

    def _sum(self, one: Sum) -> dict[str, Any]:
        """Show a sum. `unsure` is the part of requests that broke off: the most that they can have cost."""
        unsure = {"requests": one.unsure_requests, "tokens": one.unsure_tokens}
        shown: dict[str, Any] = {"requests": one.requests, "tokens": one.all_tokens}
        shown |= {kind: one.tokens[kind] for kind in TOKENS}
        if self.priced:
            shown["dollars"], unsure["dollars"] = one.dollars, one.unsure_dollars  # type: ignore[assignment]
        return {**shown, "unsure": unsure}


def spent_by(board: Board, run: Run, books: Books | None = None) -> Spent | None:
    """Give what a run has spent, by these books or those on the board; None for a run that asks no model."""
    if run.spec.engine != "claude":
        return None
    request = from_options(run.spec.options)
    books = books_of(board, run.id) if books is None else books
    priced = price(read_settings(request.options).model, {}) is not None
    return Spent(books, books.cap or Capped(request.max_cost, request.max_tokens), priced)
