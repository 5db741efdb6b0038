"""How fast the server wants to be asked, as the headers of its answers say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST = 3600.0
"""No server is believed that wants more than so many seconds of silence."""

_PREFIX = "anthropic-ratelimit"


def pause(headers: Mapping[str, str], tokens: Mapping[str, int]) -> float:
    """Give the seconds until there is room for another request such as the one that has just cost these tokens.

    The API names for requests and tokens the limit, what remains of it, and when all of it is there again; it refills
    steadily, as a bucket does. Headers that are missing or make no sense count as no limit.
    """
    put_in = tokens.get("input_tokens", 0) + tokens.get("cache_write_tokens", 0)
    given = tokens.get("output_tokens", 0)
    needs = {"requests": 1, "input-tokens": put_in, "output-tokens": given, "tokens": put_in + given}
    return max(_until_there_are(need, f"{_PREFIX}-{kind}", headers) for kind, need in needs.items())


def _until_there_are(need: int, name: str, headers: Mapping[str, str]) -> float:
    try:
        limit, remaining = int(headers[f"{name}-limit"]), int(headers[f"{name}-remaining"])
        full = (datetime.fromisoformat(headers[f"{name}-reset"]) - _now(headers)).total_seconds()
    except (KeyError, ValueError, TypeError):
        return 0.0
    if remaining >= need or remaining >= limit:
        return 0.0
    return max(0.0, min(LONGEST, full, full * (need - remaining) / (limit - remaining)))


def _now(headers: Mapping[str, str]) -> datetime:
    """Give the time by the server's own clock where it says it: ours may differ."""
    return parsedate_to_datetime(headers["date"]) if "date" in headers else datetime.now(UTC)
