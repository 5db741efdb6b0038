"""One request to the model, tried again with growing waits until it is answered or there is no sense in it."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Mapping
from typing import Any

from anthropic import AsyncAnthropic
from anthropic.types import Message, Usage
from attrs import frozen

from parallel_refactor.engines.claude.failures import FAILURES, Failure, TruncatedError, classify
from parallel_refactor.engines.interface import EngineError


@frozen
class Patience:
    """How often a request is tried, and the seconds before the second time and at most between two."""

    tries: int = 10
    first: float = 0.5
    longest: float = 60.0

    def wait(self, failed: int, failure: Failure) -> float:
        """Give the seconds to wait after so many failures: what the server says, else twice as long each time.

        With jitter, so that workers that failed together do not come back together.
        """
        if failure.after is not None:
            return min(self.longest, failure.after * random.uniform(1.0, 1.25))  # noqa: S311
        return min(self.longest, self.first * 2.0 ** (failed - 1)) * random.uniform(0.5, 1.0)  # noqa: S311


async def ask(client: AsyncAnthropic, request: Mapping[str, Any], patience: Patience, books: Counter[str]) -> Message:
    """Give the model's whole answer; adds to `books` what each try cost, as far as the server said.

    Raises EngineError where the request cannot succeed, or did not in all its tries.
    """
    failed = 0
    while True:
        try:
            return await _try(client, request, books)
        except FAILURES as error:
            failure = classify(error)
        failed += 1
        if not failure.again:
            raise EngineError(failure.reason)
        if failed >= patience.tries:
            raise EngineError(f"{failure.reason} (tried {failed} times)")
        await asyncio.sleep(patience.wait(failed, failure))


async def _try(client: AsyncAnthropic, request: Mapping[str, Any], books: Counter[str]) -> Message:
    usage: Usage | None = None
    message: Message | None = None
    books["requests"] += 1
    try:
        async with client.messages.stream(**request) as stream:
            async for event in stream:
                if event.type == "message_start":
                    usage = event.message.usage
                elif event.type == "message_stop":
                    message, usage = event.message, event.message.usage
    finally:
        if usage is not None:
            _enter(books, usage)
    if message is None or message.stop_reason is None:
        raise TruncatedError("it ended before the model was done")
    return message


def _enter(books: Counter[str], usage: Usage) -> None:
    books["input_tokens"] += usage.input_tokens or 0
    books["cache_write_tokens"] += usage.cache_creation_input_tokens or 0
    books["cache_read_tokens"] += usage.cache_read_input_tokens or 0
    books["output_tokens"] += usage.output_tokens or 0
