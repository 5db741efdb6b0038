"""How much a double takes at once, and how it says so."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import Factory, define


@define
class Limits:
    """What the double allows. It turns away, with 429, what comes while `most` requests are under way (0: no limit).

    `seconds`: how long each answer takes. `after`: the retry-after of all that are turned away. `headers` go out with
    each answer. `longest`: how many tokens a request may put in (0: no limit). `highest` is how many were under way at
    once.
    """

    seconds: float = 0.0
    most: int = 0
    after: float = 0.0
    headers: Mapping[str, str] = Factory(dict)
    longest: int = 0
    under_way: int = 0
    highest: int = 0
    turned_away: int = 0

    def arrive(self) -> bool:
        """Take in a request; False where it is turned away."""
        if self.most and self.under_way >= self.most:
            self.turned_away += 1
            return False
        self.under_way += 1
        self.highest = max(self.highest, self.under_way)
        return True

    def leave(self) -> None:
        """Take note of a request's end."""
        self.under_way -= 1
