"""The engine's options, checked once, and the key, which comes from the environment and goes nowhere else."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from attrs import field, frozen

from parallel_refactor.engines.claude.prices import default_model
from parallel_refactor.engines.interface import EngineError

KEY = "ANTHROPIC_API_KEY"
"""The environment variable with the key."""

ORDERS = ("after", "none")
"""Whether files are changed after those that they import, or as workers come by."""

EFFORTS = ("low", "medium", "high", "xhigh", "max")
"""How hard a model may be asked to think."""


@frozen
class Settings:
    """How to ask the model.

    `base_url` is empty for the API itself. `max_tokens` bounds one answer. `effort` is empty for the model's own.
    `repairs`: how often a result that fails its checks goes back to the model. `timeout`: the seconds without a byte
    after which a request counts as dead. `order`: whether files are changed after those that they import.
    """

    model: str = field(factory=default_model)
    base_url: str = ""
    max_tokens: int = 16_000
    effort: str = ""
    repairs: int = 2
    timeout: float = 120.0
    order: str = "after"


def read_settings(options: Mapping[str, Any]) -> Settings:
    """Read a request's options; raises EngineError for one that there is not or that makes no sense."""
    for name in options:
        if name not in _READERS:
            raise EngineError(f"engine claude has no option {name!r}. It has: {', '.join(_READERS)}.")
    return Settings(**{name: _READERS[name](name, str(value)) for name, value in options.items()})


def find_key(settings: Settings) -> str:
    """Give the key to send; raises EngineError where there is none, which only servers near by do without."""
    key = os.environ.get(KEY, "").strip()
    if key or _is_near(settings.base_url or os.environ.get("ANTHROPIC_BASE_URL", "")):
        return key or "none"
    raise EngineError(
        f"engine claude needs a key: set {KEY} in the environment, or name a local server with the same API, "
        "such as --option base_url=http://localhost:11434."
    )


def _text(name: str, value: str) -> str:
    if not value.strip():
        raise EngineError(f"option {name} is empty.")
    return value.strip()


def _url(name: str, value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username or parts.password:
        raise EngineError(f"option {name} is not an address such as http://localhost:11434, with no user or key in it.")
    return value


def _count(name: str, value: str) -> int:
    lowest = 0 if name == "repairs" else 1
    if not re.fullmatch(r"\d{1,7}", value) or int(value) < lowest:
        raise EngineError(f"option {name} is {value!r}: it must be a whole number of at least {lowest}.")
    return int(value)


def _effort(name: str, value: str) -> str:
    if value not in EFFORTS:
        raise EngineError(f"option {name} is {value!r}: it must be one of {', '.join(EFFORTS)}.")
    return value


def _order(name: str, value: str) -> str:
    if value not in ORDERS:
        raise EngineError(f"option {name} is {value!r}: it must be one of {', '.join(ORDERS)}.")
    return value


def _seconds(name: str, value: str) -> float:
    if not re.fullmatch(r"\d{1,5}(\.\d+)?", value) or not float(value):
        raise EngineError(f"option {name} is {value!r}: it must be a number of seconds.")
    return float(value)


_READERS: dict[str, Callable[[str, str], Any]] = {
    "model": _text,
    "base_url": _url,
    "max_tokens": _count,
    "effort": _effort,
    "repairs": _count,
    "timeout": _seconds,
    "order": _order,
}


def _is_near(url: str) -> bool:
    """Tell whether an address is of this machine or this network, where servers often want no key."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return bool(host) and ("." not in host or host.endswith((".local", ".localhost", ".internal")))
