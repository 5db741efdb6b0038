import pytest

from bookshop.errors import OutOfStockError, UnknownBookError
from bookshop.money import Money


def test_place_takes_from_stock(catalogue):
    amount = catalogue.order("Ann").add("9780140449136", 10).place()
    assert amount == Money(11691)
    assert catalogue.stock("9780140449136") == 10


def test_place_is_all_or_nothing(catalogue):
    order = catalogue.order("Bob").add("9780140449136", 2).add("9780141439518", 4)
    with pytest.raises(OutOfStockError) as raised:
        order.place()
    assert raised.value.missing == 1
    assert catalogue.stock("9780140449136") == 20


def test_unknown_book(catalogue):
    with pytest.raises(UnknownBookError, match="no book"):
        catalogue.order("Eve").add("0")
    assert catalogue.get("0", None) is None
