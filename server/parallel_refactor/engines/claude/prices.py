"""What a model costs, from the one data file that says so."""

from __future__ import annotations

import tomllib
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
    """Give what a run's counts of tokens cost in US dollars; None for a model whose price is not known."""
    prices = _table()["prices"].get(model)
    if prices is None:
        return None
    parts = _table()["cache"]
    paid_input = (
        counts.get("input_tokens", 0)
        + parts["write"] * counts.get("cache_write_tokens", 0)
        + parts["read"] * counts.get("cache_read_tokens", 0)
    )
    return float((paid_input * prices["input"] + counts.get("output_tokens", 0) * prices["output"]) / 1_000_000)


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("models.toml").read_text(encoding="utf-8"))
