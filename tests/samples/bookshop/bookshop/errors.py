class ShopError(Exception):
    """Something the shop cannot do."""


class OutOfStockError(ShopError):
    def __init__(self, isbn, wanted, present):
        super().__init__(f"{wanted} of {isbn} wanted, {present} present")
        self.isbn = isbn
        self.missing = wanted - present


class UnknownBookError(ShopError, KeyError):
    def __str__(self):
        return f"no book with ISBN {self.args[0]}"
