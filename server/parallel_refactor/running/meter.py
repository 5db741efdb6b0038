"""How a worker sets money aside before each request, and settles after it, in the run's ledger."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from lockboard.board import Board
from lockboard.errors import BusyBoardError
from parallel_refactor.engines.claude.prices import price
from parallel_refactor.engines.claude.settings import read_settings
from parallel_refactor.engines.metering import Answer, GivenBackError, Wait
from parallel_refactor.running.books import RATE
from parallel_refactor.running.gate import LOOK
from parallel_refactor.running.ledger import Ledger, Write
from parallel_refactor.running.spending import Answered, Asked, Begun, Full, Waits, money

ROOM = "room in the budget"
"""What a worker waits for whose next request fits only when those of others have been settled."""

FIRST = "the first answer, which fills the cache"
"""What workers wait for at the beginning of a run: from then on the server has in its cache what all requests share."""

_TELL = 0.3  # seconds of waiting that are not worth a line


class Purse:
    """What a worker knows of its run's budget, for one task after the other."""

    def __init__(self, board: Board, run: str, worker: str, options: Mapping[str, Any]) -> None:
        self._ledger = Ledger(board.layout.run(run), in_detail=False)
        self._run = run
        self._worker = worker
        self._model = read_settings(options).model

    def meter(self, task: str) -> TaskMeter:
        """Give the meter for a task."""
        return TaskMeter(self._ledger, self._run, self._worker, task, self._model)

    def is_empty(self) -> bool:
        """Whether the run pauses because its budget is spent."""
        self._ledger.refresh()
        return bool(self._ledger.books.full)


class TaskMeter:
    """Lets one worker's requests for one task through as budget and rate gate allow."""

    def __init__(self, ledger: Ledger, run: str, worker: str, task: str, model: str) -> None:
        self._ledger = ledger
        self._run = run
        self._worker = worker
        self._task = task
        self._model = model
        self._line = 0
        self._waits_since = 0.0

    @property
    def capped(self) -> bool:
        """Whether the run has a limit."""
        cap = self._ledger.books.cap
        return cap is not None and (cap.dollars is not None or cap.tokens is not None)

    def ask(self, input_tokens: int, output_tokens: int) -> Wait | None:
        """Set aside the most that a request can cost, every token of it at its dearest price.

        Raises GivenBackError where that does not fit although nobody else has anything set aside.
        """
        tokens = {"cache_write_tokens": input_tokens, "output_tokens": output_tokens}
        wanted = Asked(self._worker, self._task, tokens, self._price(tokens))
        try:
            self._ledger.refresh()
            wait = self._look(wanted)
            if wait is None:
                with self._ledger.changing() as write:
                    wait = self._look(wanted)
                    if wait is None:
                        self._begin(wanted, write)
        except BusyBoardError:
            wait = Wait(LOOK, "the ledger")
        if wait is not None:
            self._tell(wait)
        elif self.capped:
            self._ledger.sync()  # before the request: a limit is kept although the power goes
        return wait

    def begun(self) -> None:
        """Let the others go on where they wait for this request."""
        if self._ledger.books.warmth.first != self._line:
            return
        with suppress(BusyBoardError), self._ledger.changing() as write:  # else the end of the answer tells it
            write(Begun(self._line))

    def answered(self, answer: Answer) -> None:
        """Settle the request that is on its way."""
        line, self._line = self._line, 0
        asked = self._ledger.books.under_way.get(line)
        if asked is None:
            return
        tokens = asked.tokens if answer.tokens is None else dict(answer.tokens)
        dollars = self._price(tokens)
        opens = time.monotonic() + answer.pause if answer.pause else 0.0
        entry = Answered(line, tokens, dollars, answer.sure, answer.busy, opens)
        while True:
            try:
                with self._ledger.changing() as write:
                    write(entry)
            except BusyBoardError:
                continue
            break

    # ---- helpers

    def _look(self, wanted: Asked) -> Wait | None:
        """Say what the request has to wait for, None for nothing; also where it will never fit."""
        books = self._ledger.books
        if not self._fits(wanted):
            return Wait(LOOK * random.uniform(1, 2), ROOM) if books.under_way else None  # noqa: S311
        if books.warmth.must_wait(time.time()):
            return Wait(LOOK * random.uniform(1, 2), FIRST)  # noqa: S311
        now = time.monotonic()
        seconds = books.gate.wait(len(books.under_way), now)
        # With jitter, so that those who wait for the same moment do not all come in it.
        return Wait(seconds + LOOK * random.uniform(0, 1), RATE) if seconds else None  # noqa: S311

    def _begin(self, wanted: Asked, write: Write) -> None:
        if not self._fits(wanted):
            if not self._ledger.books.full:
                write(Full(self._reason(wanted)))
            raise GivenBackError(self._reason(wanted))
        self._line = write(wanted).seq
        self._waits_since = 0.0

    def _fits(self, wanted: Asked) -> bool:
        left = self._ledger.books.left()
        return (left.dollars is None or (wanted.dollars or 0.0) <= left.dollars) and (
            left.tokens is None or sum(wanted.tokens.values()) <= left.tokens
        )

    def _tell(self, wait: Wait) -> None:
        """Put on the board that this worker waits, once, when it has for a moment or will."""
        now = time.monotonic()
        self._waits_since = self._waits_since or now
        known = self._ledger.books.waiting.get(self._worker)
        if now - self._waits_since + wait.seconds < _TELL or (known and known[0].task == self._task):
            return
        try:
            with self._ledger.changing() as write:
                write(Waits(self._worker, self._task, wait.why))
        except BusyBoardError:
            pass  # the next look tells it

    def _reason(self, wanted: Asked) -> str:
        books, left = self._ledger.books, self._ledger.books.left()
        cap, more = books.cap, f"`parallel-refactor resume {self._run}"
        if cap and left.dollars is not None and cap.dollars is not None and (wanted.dollars or 0.0) > left.dollars:
            return (
                f"{money(books.total.dollars)} of {money(cap.dollars)} are spent, and the next request may cost "
                f"{money(wanted.dollars or 0.0)}: {more} --max-cost DOLLARS` goes on"
            )
        assert cap is not None  # noqa: S101  something does not fit
        return (
            f"{books.total.all_tokens:,} of {cap.tokens:,} tokens are used, and the next request may use "
            f"{sum(wanted.tokens.values()):,}: {more} --max-tokens N` goes on"
        )

    def _price(self, tokens: Mapping[str, int]) -> float | None:
        return price(self._model, tokens)
