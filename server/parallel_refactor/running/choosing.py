"""Asks a model, before a run has its plan, which files need the change: what that takes, and the question itself."""

from __future__ import annotations

import asyncio
import json
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from attrs import frozen

from parallel_refactor.engines.claude.candidates import Question, make_question
from parallel_refactor.engines.claude.prices import price
from parallel_refactor.engines.claude.prompt import make_request
from parallel_refactor.engines.claude.settings import read_settings
from parallel_refactor.engines.interface import EngineError
from parallel_refactor.engines.metering import GivenBackError
from parallel_refactor.engines.recording import Record, Unrecorded
from parallel_refactor.planning.discover import discover
from parallel_refactor.planning.globs import globs_filter
from parallel_refactor.planning.interface import PlanError
from parallel_refactor.running.books import Books
from parallel_refactor.running.choice import plan_request, resolve
from parallel_refactor.running.chosen import PLAN, Chosen
from parallel_refactor.running.context import find_context
from parallel_refactor.running.ledger import Ledger
from parallel_refactor.running.meter import TaskMeter
from parallel_refactor.running.reading import WorkspaceReader
from parallel_refactor.running.request import RequestError, RunRequest
from parallel_refactor.running.spending import Capped, money
from parallel_refactor.running.spent import Spent

_BYTES_PER_TOKEN = 3.0
_ANSWER = 40  # tokens for a file that is named
_OWN_TOKENS = 800  # the server's own words about tools


@frozen
class Proposal:
    """What asking would send and take; `line` says it to a person, as a question."""

    question: Question
    line: str


def propose(root: Path, request: RunRequest) -> Proposal:
    """Say what asking would take, before anything is sent; raises RequestError."""
    try:
        question = question_for(root, request, find_context(root, request))
    except (PlanError, EngineError) as error:
        raise RequestError(str(error)) from error
    settings, files = read_settings(request.options), len(question.files)
    size = len(json.dumps(make_request(settings, request.prompt, question.context, [{"content": question.message()}])))
    put_in = round(size / _BYTES_PER_TOKEN) + _OWN_TOKENS
    likely = {"cache_write_tokens": put_in, "output_tokens": min(settings.max_tokens, files * _ANSWER)}
    most = {"cache_write_tokens": size, "output_tokens": settings.max_tokens}
    cost, limit = price(settings.model, likely), price(settings.model, most)
    dollars = "" if cost is None or limit is None else f", {money(cost)} and at most {money(limit)}"
    return Proposal(
        question,
        f"Ask {settings.model} which of {files:,} files need the change? It is sent their names, sizes and public "
        f"names: a request of about {put_in:,} tokens{dollars}.",
    )


def question_for(root: Path, request: RunRequest, context: str) -> Question:
    """Make the question of a run that tells its workers this; raises PlanError, and EngineError for too many files."""
    found = discover(plan_request(root, request, resolve(request, root))).files
    sizes = {file.path: file.size for file in found}
    return make_question(request.prompt, context, sizes, WorkspaceReader(root), globs_filter(request.deny))


def ask(question: Question, request: RunRequest, run: str, ledger: Ledger, record: Record) -> Chosen:
    """Ask; an answer that cannot be had is one too. Raises GivenBackError where the budget has no room for it."""
    from parallel_refactor.engines.claude.asking import Patience  # noqa: PLC0415  loads the SDK
    from parallel_refactor.engines.claude.choosing import ask_which  # noqa: PLC0415

    settings, asked = read_settings(request.options), tuple(sorted(question.files))
    if not asked:
        return Chosen(settings.model, (), {}, failure="there is no file that a model may see")
    meter = TaskMeter(ledger, run, PLAN, PLAN, settings.model)
    try:
        answer = asyncio.run(ask_which(settings, question, meter, record, Patience()))
    except (EngineError, GivenBackError) as error:
        record.add("end", outcome="failed", reason=str(error))
        if ledger.books.full:
            raise
        spent = _spent(ledger.books, settings.model)
        return Chosen(settings.model, asked, {}, failure=str(error), spent=spent)
    record.add("end", outcome="finished", summary=f"{len(answer.files):,} files need the change")
    spent = _spent(ledger.books, settings.model)
    return Chosen(settings.model, asked, dict(answer.files), answer.unknown, spent=spent)


def ask_without_run(request: RunRequest, question: Question) -> Chosen:
    """Ask for a plan that nobody carries out; raises RequestError where the budget has no room for it."""
    with TemporaryDirectory() as folder, closing(Ledger(Path(folder))) as ledger:
        ledger.cap(request.max_cost, request.max_tokens)
        try:
            return ask(question, request, PLAN, ledger, Unrecorded())
        except GivenBackError as error:
            raise RequestError(
                "max_cost or max_tokens has no room for the question which files need the change: allow more, or leave "
                "out choose."
            ) from error


def _spent(books: Books, model: str) -> str:
    return Spent(books, Capped(), price(model, {}) is not None).line()
