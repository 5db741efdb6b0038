import pytest

from bookshop import Catalogue
from bookshop.book import Book
from bookshop.money import Money


@pytest.fixture
def catalogue():
    shop = Catalogue()
    shop.add(Book("9780140449136", "The Odyssey", Money(1299), ("Homer",)), 20)
    shop.add(Book("9780141439518", "Pride and Prejudice", Money(799), ("Jane Austen",)), 3)
    return shop
