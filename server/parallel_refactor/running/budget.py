"""Limits of what a run may spend on a model: whether they can be kept, and setting them anew.

What only runs of a model need is loaded only for them.
"""
# ruff: noqa: PLC0415

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from attrs import evolve

from lockboard.board import Board
from lockboard.model import RunState
from parallel_refactor.running.request import RequestError, RunRequest, from_options

if TYPE_CHECKING:
    from parallel_refactor.engines.claude.settings import Settings


def require_sense(request: RunRequest) -> None:
    """Raise RequestError for limits that cannot be kept, or that allow no request at all."""
    if request.max_cost is None and request.max_tokens is None:
        return
    if request.engine != "claude":
        raise RequestError(f"Engine {request.engine} costs nothing: leave out max_cost and max_tokens.")
    from parallel_refactor.engines.claude.settings import read_settings

    settings = read_settings(request.options)
    if request.max_cost is not None:
        _require_price(request.max_cost, settings)
    if request.max_tokens is not None and request.max_tokens <= settings.max_tokens:
        raise RequestError(
            f"max_tokens is {request.max_tokens:,} for the whole run, and one answer alone may have "
            f"{settings.max_tokens:,}: allow more, or shorter answers with --option max_tokens=N."
        )


def raise_limits(board: Board, run: str, max_cost: float | None = None, max_tokens: int | None = None) -> None:
    """Let a run spend more, or less; without limits only see to it that it may spend anything.

    Raises RequestError where it has spent as much, or needs more to go on.
    """
    request = from_options(board.run(run).spec.options)
    require_sense(evolve(request, max_cost=max_cost, max_tokens=max_tokens))
    if request.engine != "claude":
        return
    from parallel_refactor.running.ledger import Ledger, books_of
    from parallel_refactor.running.spending import money

    books = books_of(board, run)
    if max_cost is None and max_tokens is None:
        if books.full and board.run(run).state is RunState.PAUSED:
            raise RequestError(f"Run {run} has nothing left to spend: {books.full}.")
        return
    if max_cost is not None and max_cost <= books.total.dollars:
        raise RequestError(f"max_cost is {money(max_cost)}, and run {run} has spent {money(books.total.dollars)}.")
    if max_tokens is not None and max_tokens <= books.total.all_tokens:
        raise RequestError(f"max_tokens is {max_tokens:,}, and run {run} has used {books.total.all_tokens:,}.")
    with closing(Ledger(board.layout.run(run))) as ledger:
        if ledger.books.cap is None:
            ledger.cap(request.max_cost, request.max_tokens)
        ledger.cap(max_cost, max_tokens)


def _require_price(max_cost: float, settings: Settings) -> None:
    from parallel_refactor.engines.claude.prices import price
    from parallel_refactor.running.spending import money

    least = price(settings.model, {"output_tokens": settings.max_tokens})
    if least is None:
        raise RequestError(
            f"The price of model {settings.model} is not known, so that max_cost cannot be kept: use max_tokens."
        )
    if max_cost <= least:
        raise RequestError(
            f"max_cost is {money(max_cost)}, and one answer of up to {settings.max_tokens:,} tokens may cost "
            f"{money(least)}: allow more, or shorter answers with --option max_tokens=N."
        )
