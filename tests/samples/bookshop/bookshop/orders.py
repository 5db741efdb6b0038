from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from bookshop.money import Money, total
from bookshop.pricing import discounted

if TYPE_CHECKING:
    from bookshop.catalogue import Catalogue

_numbers = itertools.count(1)


class Order:
    def __init__(self, catalogue: Catalogue, customer: str) -> None:
        self.number = next(_numbers)
        self.customer = customer
        self._catalogue = catalogue
        self._lines: list[tuple[str, int]] = []

    def add(self, isbn: str, count: int = 1) -> Order:
        self._catalogue.get(isbn)
        self._lines.append((isbn, count))
        return self

    @property
    def amount(self) -> Money:
        return total(discounted(self._catalogue.get(isbn).price, count) for isbn, count in self._lines)

    def place(self) -> Money:
        # All or nothing: what was taken goes back if a later line cannot be had.
        taken: list[tuple[str, int]] = []
        try:
            for isbn, count in self._lines:
                self._catalogue.take(isbn, count)
                taken.append((isbn, count))
        except Exception:
            for isbn, count in taken:
                self._catalogue.add(self._catalogue.get(isbn), count)
            raise
        return self.amount
