"""A small shop for books."""

from bookshop.catalogue import Catalogue
from bookshop.orders import Order

__all__ = ["Catalogue", "Order"]
