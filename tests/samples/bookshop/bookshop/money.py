from __future__ import annotations

from dataclasses import dataclass
from functools import total_ordering


@total_ordering
@dataclass(frozen=True)
class Money:
    """An amount in the smallest unit of one currency."""

    cents: int
    currency: str = "EUR"

    @classmethod
    def parse(cls, text: str) -> Money:
        amount, _, currency = text.strip().partition(" ")
        whole, _, part = amount.partition(".")
        if not whole.isdigit() or (part and len(part) != 2):
            raise ValueError(f"not an amount: {text!r}")
        return cls(int(whole) * 100 + int(part or 0), currency or "EUR")

    @property
    def is_zero(self) -> bool:
        return self.cents == 0

    def _check(self, other: Money) -> None:
        if other.currency != self.currency:
            raise TypeError(f"{self.currency} and {other.currency} do not mix")

    def __add__(self, other: Money) -> Money:
        self._check(other)
        return Money(self.cents + other.cents, self.currency)

    def __mul__(self, factor: int) -> Money: return Money(self.cents * factor, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._check(other)
        return self.cents < other.cents

    def __str__(self) -> str:
        return f"{self.cents // 100}.{self.cents % 100:02} {self.currency}"


def total(amounts, currency="EUR"):
    result = Money(0, currency)
    for amount in amounts:
        result = result + amount
    return result
