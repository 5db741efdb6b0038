from __future__ import annotations

from collections.abc import Iterator
from typing import overload

from bookshop import orders
from bookshop.book import Book
from bookshop.errors import OutOfStockError, UnknownBookError


class Catalogue:
    """The books of the shop and how many of each are there."""

    def __init__(self) -> None:
        self._books: dict[str, Book] = {}
        self._stock: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._books)

    def __iter__(self) -> Iterator[Book]:
        yield from sorted(self._books.values(), key=lambda book: book.title)

    @overload
    def get(self, isbn: str) -> Book: ...

    @overload
    def get(self, isbn: str, default: None) -> Book | None: ...

    def get(self, isbn, default=...):
        try:
            return self._books[isbn]
        except KeyError:
            if default is ...:
                raise UnknownBookError(isbn) from None
            return default

    def add(self, book: Book, count: int = 1) -> None:
        if count < 0:
            raise ValueError("a count is not negative")
        self._books[book.isbn] = book
        self._stock[book.isbn] = self.stock(book.isbn) + count

    def stock(self, isbn: str) -> int:
        return self._stock.get(isbn, 0)

    def take(self, isbn: str, count: int) -> Book:
        book, present = self.get(isbn), self.stock(isbn)
        if count > present:
            raise OutOfStockError(isbn, count, present)
        self._stock[isbn] = present - count
        return book

    def order(self, customer: str) -> orders.Order:
        return orders.Order(self, customer)
