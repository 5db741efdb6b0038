from bookshop.reports.prices import prices
from bookshop.reports.stock import stock

_KINDS = {"prices": prices, "stock": stock}


def render(kind, catalogue):
    return "".join(f"{line}\n" for line in _KINDS[kind](catalogue))
