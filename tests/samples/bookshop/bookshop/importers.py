import csv
from pathlib import Path

from bookshop.book import Book
from bookshop.catalogue import Catalogue
from bookshop.money import Money


def read_catalogue(path):
    catalogue = Catalogue()
    with Path(path).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            catalogue.add(_book(row), int(row["count"]))
    return catalogue


def _book(row):
    authors = tuple(author.strip() for author in row["authors"].split(";"))
    return Book(row["isbn"], row["title"], Money.parse(row["price"]), authors)
