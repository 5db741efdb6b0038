import pytest

from bookshop.money import Money, total


@pytest.mark.parametrize(("text", "cents"), [("3", 300), ("3.05", 305), ("12.99 USD", 1299)])
def test_parse(text, cents):
    assert Money.parse(text).cents == cents


@pytest.mark.parametrize("text", ["", "x", "1.5"])
def test_parse_refuses(text):
    with pytest.raises(ValueError, match="not an amount"):
        Money.parse(text)


def test_total_and_order():
    assert str(total([Money(150), Money(5)])) == "1.55 EUR"
    assert Money(1) < Money(2) * 1
    with pytest.raises(TypeError):
        Money(1) + Money(1, "USD")
