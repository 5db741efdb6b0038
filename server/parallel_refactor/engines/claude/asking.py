"""One request to the model, sent when the meter allows it, and again with growing waits while there is sense in it."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Mapping
from typing import Any

from anthropic import AsyncAnthropic
from anthropic.types import ContentBlock, Message, Usage
from attrs import Factory, define, frozen

from parallel_refactor.engines.claude.failures import FAILURES, Failure, TruncatedError, classify
from parallel_refactor.engines.claude.pace import LONGEST, pause
from parallel_refactor.engines.interface import EngineError
from parallel_refactor.engines.metering import Answer, GivenBackError, Meter
from parallel_refactor.engines.recording import Record

_OVERHEAD = 3_000
"""Tokens that the server may add to what it is sent: its own words about tools, and the text editor's description."""

_COUNTED = ("model", "system", "tools", "messages", "cache_control", "output_config")
_COUNT_TIMEOUT = 10.0


@frozen
class Patience:
    """How often a request that fails is tried, and the seconds before the second time and at most between two.

    Being turned away because the server has too much to do is no failure: `most` is how many seconds a task waits for
    that, all in all, before it is given back.
    """

    tries: int = 10
    first: float = 0.5
    longest: float = 60.0
    most: float = 900.0

    def wait(self, failed: int, failure: Failure) -> float:
        """Give the seconds to wait after so many failures: what the server says, else twice as long each time.

        With jitter, so that workers that failed together do not come back together.
        """
        if failure.after is not None:
            return min(LONGEST, failure.after * random.uniform(1.0, 1.25))  # noqa: S311
        return min(self.longest, self.first * 2.0 ** (failed - 1)) * random.uniform(0.5, 1.0)  # noqa: S311


def tokens_of(usage: Usage) -> dict[str, int]:
    """Give what a request has cost, by kind."""
    return {
        "input_tokens": usage.input_tokens or 0,
        "cache_write_tokens": usage.cache_creation_input_tokens or 0,
        "cache_read_tokens": usage.cache_read_input_tokens or 0,
        "output_tokens": usage.output_tokens or 0,
    }


def require_willing(message: Message, what: str) -> None:
    """Raise EngineError for an answer that refuses, or has no room because of `what`, as in "the files are"."""
    if message.stop_reason == "refusal":
        details = message.stop_details
        why = (details.explanation or details.category) if details else ""
        raise EngineError(f"the model refuses to do this{f': {why}' if why else ''}")
    if message.stop_reason == "model_context_window_exceeded":
        raise EngineError(f"{what} too much for it at once")


def can_be_sent_back(block: ContentBlock) -> bool:
    """Tell whether the API takes a block in a request: not an empty text, nor a thought that was cut off."""
    if block.type == "text":
        return bool(block.text.strip())
    return block.type != "thinking" or bool(block.signature)


class Asker:
    """Sends one task's requests, one after the other."""

    def __init__(self, client: AsyncAnthropic, meter: Meter, record: Record, patience: Patience) -> None:
        self._client = client
        self._meter = meter
        self._record = record
        self._patience = patience
        self._waited = 0.0
        self._counts = True

    async def ask(self, request: Mapping[str, Any]) -> Message:
        """Give the model's whole answer.

        Raises EngineError where the request cannot succeed, or did not in all its tries, and GivenBackError where it
        may not be sent.
        """
        failed = busy = 0
        while True:
            await self._admission(request)
            heard = _Heard(request["max_tokens"])
            try:
                message = await self._listen(request, heard)
            except FAILURES as error:
                failure = classify(error)
            except BaseException:  # also when it is broken off: what the model has begun has its price
                self._meter.answered(heard.at_most())
                raise
            else:
                self._meter.answered(heard.exactly())
                return message
            failed, busy = failed + (not failure.busy), busy + failure.busy
            seconds = self._patience.wait(failed + busy, failure)
            self._meter.answered(heard.failed(failure, seconds))
            self._record.add("failure", reason=failure.reason, again=failure.again, busy=failure.busy)
            if not failure.again:
                raise EngineError(failure.reason)
            if failed >= self._patience.tries:
                raise EngineError(f"{failure.reason} (tried {failed} times)")
            await (self._wait(seconds, "the model's server") if failure.busy else asyncio.sleep(seconds))

    async def _admission(self, request: Mapping[str, Any]) -> None:
        most = await self._most_input(request)
        while wait := self._meter.ask(most, request["max_tokens"]):
            await self._wait(wait.seconds, wait.why)

    async def _wait(self, seconds: float, why: str) -> None:
        if self._waited >= self._patience.most:
            raise GivenBackError(f"it has waited for {why} for {self._waited:.0f} s")
        seconds = min(seconds, self._patience.most - self._waited)
        self._waited += seconds
        await asyncio.sleep(seconds)

    async def _most_input(self, request: Mapping[str, Any]) -> int:
        """Bound what a request puts in, in tokens: none has less than a byte. Where it matters the server counts.

        Counting is free, and not to the last token: its result counts for a little more.
        """
        text = json.dumps(request, ensure_ascii=False, default=lambda block: block.to_dict())
        most = len(text.encode()) + _OVERHEAD
        if not (self._counts and self._meter.capped):
            return most
        counted = {name: request[name] for name in _COUNTED if name in request}
        try:
            found = await self._client.messages.count_tokens(**counted, timeout=_COUNT_TIMEOUT)
        except FAILURES as error:
            self._counts = classify(error).again  # a local server may not know how
            return most
        return min(most, found.input_tokens + found.input_tokens // 20 + 200)

    async def _listen(self, request: Mapping[str, Any], heard: _Heard) -> Message:
        message: Message | None = None
        async with self._client.messages.stream(**request) as stream:
            heard.headers = stream.response.headers
            async for event in stream:
                if event.type == "message_start":
                    heard.usage = event.message.usage
                    self._meter.begun()
                elif event.type == "message_stop":
                    message, heard.usage = event.message, event.message.usage
        if message is None or message.stop_reason is None:
            raise TruncatedError("it ended before the model was done")
        return message


@define
class _Heard:
    """What the server has said of a request so far, and so what it costs."""

    max_tokens: int
    usage: Usage | None = None
    headers: Mapping[str, str] = Factory(dict)

    def exactly(self) -> Answer:
        """Answer for a request that came to its end."""
        tokens = self._tokens()
        return Answer(tokens, pause=pause(self.headers, tokens))

    def at_most(self) -> Answer:
        """Answer for a request that broke off: the model may have written on to its limit, and nobody heard it."""
        if self.usage is None:
            return Answer(None, sure=False)
        return Answer({**self._tokens(), "output_tokens": self.max_tokens}, sure=False)

    def failed(self, failure: Failure, seconds: float) -> Answer:
        """Answer for a request that failed, and is tried again after some seconds."""
        cost = Answer() if failure.free else self.at_most()
        hold = seconds if failure.busy else failure.after or 0.0
        return Answer(cost.tokens, cost.sure, failure.busy, min(hold, LONGEST))

    def _tokens(self) -> dict[str, int]:
        assert self.usage is not None  # noqa: S101  who asks has heard it
        return tokens_of(self.usage)
