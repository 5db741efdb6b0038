"""What a model costs, from the one data file that says so."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any


def default_model() -> str:
    """Give the model that is taken where none is named."""
    return str(_table()["default"])


def price_date() -> str:
    """Give the day of which the prices are, as in 2026-01-31."""
    return str(_table()["date"])


def price(model: str, counts: Mapping[str, int]) -> float | None:
    """Give what counts of tokens cost in US dollars, to 12 places; None for a model whose price is not known."""
    prices = _table()["prices"].get(model)
    if prices is None:
        return None
    parts = _table()["cache"]
    paid_input = (
        counts.get("input_tokens", 0)
        + parts["write"] * counts.get("cache_write_tokens", 0)
        + parts["read"] * counts.get("cache_read_tokens", 0)
    )
    cost = paid_input * prices["input"] + counts.get("output_tokens", 0) * prices["output"]
    return round(float(cost) / 1_000_000, 12)


@cache
def _table() -> dict[str, Any]:
    import tomllib  # noqa: PLC0415  only for who wants to know a price

    return tomllib.loads(files(__package__).joinpath("models.toml").read_text(encoding="utf-8"))
