"""What an engine whose requests cost money asks before each of them, and tells after it.

The engine knows tokens and servers. Prices, the budget and the other workers are the business of whoever gives it its
meter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from attrs import Factory, frozen


class GivenBackError(Exception):
    """The task cannot go on now, for a reason outside of it, and goes back. The message tells a person why."""


@frozen
class Wait:
    """A request must not be sent yet: ask again in so many seconds. `why` in words, as in "the rate limit"."""

    seconds: float
    why: str


@frozen
class Answer:
    """How a request ended.

    `tokens` are those that it cost, by kind: input_tokens, cache_write_tokens, cache_read_tokens, output_tokens; None
    where nobody knows, so that it counts as all that it was allowed. `sure`: the server said so, else it is the most
    that they can be. `busy`: the server turned it away, because it has too much to do. `pause`: the seconds for which
    it wants no other request.
    """

    tokens: Mapping[str, int] | None = Factory(dict)
    sure: bool = True
    busy: bool = False
    pause: float = 0.0


class Meter(Protocol):
    """Counts one task's requests, which come one after the other, and holds them up where it must."""

    @property
    def capped(self) -> bool:
        """Whether there is a limit, so that it is worth while to count a request exactly."""
        ...

    def ask(self, input_tokens: int, output_tokens: int) -> Wait | None:
        """Ask for a request of at most so many tokens; None where it may be sent now, and must then be answered for.

        Raises GivenBackError where it may not be sent at all any more.
        """
        ...

    def begun(self) -> None:
        """Tell that the answer to the request that was allowed last has begun to come."""
        ...

    def answered(self, answer: Answer) -> None:
        """Tell how the request that was allowed last has ended."""
        ...


class Unmetered:
    """Allows everything."""

    capped = False

    def ask(self, input_tokens: int, output_tokens: int) -> Wait | None:  # noqa: ARG002
        """Allow a request."""
        return None

    def begun(self) -> None:
        """Take no notice."""

    def answered(self, answer: Answer) -> None:
        """Take no notice."""
