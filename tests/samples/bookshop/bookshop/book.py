from __future__ import annotations

from dataclasses import dataclass, field

from bookshop.money import Money


def check_digit(isbn: str) -> int:
    """Compute the last digit of an ISBN-13 from its first twelve."""
    digits = [int(character) for character in isbn[:12]]
    return -sum(digit * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10


def is_isbn(text: str) -> bool:
    return len(text) == 13 and text.isdigit() and check_digit(text) == int(text[12])


@dataclass(frozen=True)
class Book:
    isbn: str
    title: str
    price: Money
    authors: tuple[str, ...] = ()
    tags: frozenset[str] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        if not is_isbn(self.isbn):
            raise ValueError(f"not an ISBN: {self.isbn}")

    def matches(self, words: list[str]) -> bool:
        def normal(text: str) -> str:
            return text.casefold()

        text = normal(" ".join((self.title, *self.authors, *self.tags)))
        return all(normal(word) in text for word in words)
