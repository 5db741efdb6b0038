"""What a failed request means: whether to try again, when, and what to tell the person."""

from __future__ import annotations

import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

import anthropic
import httpx2
from attrs import frozen

from parallel_refactor.engines.claude.secrets import masked
from parallel_refactor.engines.claude.settings import KEY


class TruncatedError(Exception):
    """The answer ended, in good order, before it was complete."""


FAILURES = (anthropic.AnthropicError, httpx2.TransportError, TruncatedError, ValueError, RuntimeError, IndexError)
"""All that a request may raise. The last three: the SDK's word for events and tool inputs that make no sense."""


@frozen
class Failure:
    """`again`: whether the same request may succeed later. `after`: the seconds to wait that the server names.

    `busy`: the server has too much to do, and the request is not to blame. `free`: it cannot have cost anything.
    """

    reason: str
    again: bool
    after: float | None = None
    busy: bool = False
    free: bool = False


def classify(error: Exception) -> Failure:
    """Say what a failure means."""
    if isinstance(error, anthropic.APIStatusError):
        return _status(error)
    if isinstance(error, anthropic.APIConnectionError):
        free = isinstance(error.__cause__, httpx2.ConnectError | httpx2.ConnectTimeout)
        return Failure(f"{error.request.url} cannot be reached: {_cause(error)}", again=True, free=free)
    if isinstance(error, httpx2.TransportError | TruncatedError):
        return Failure(f"the answer broke off: {_cause(error)}", again=True)
    return Failure(f"the answer makes no sense: {_cause(error)}", again=True)


_LONGEST = 300
_BUSY = ("overloaded_error", "rate_limit_error")
_TRANSIENT = (*_BUSY, "api_error", "timeout_error")
_ADVICE = {
    401: f"the key in {KEY} is not accepted",
    402: "the account has to be paid for",
    403: f"the key in {KEY} may not do this",
    404: "there is no such model, or no such API at this address (options model and base_url)",
    413: "the task's files and what the model read are too much for one request",
}


def _status(error: anthropic.APIStatusError) -> Failure:
    """Judge an answer by its status; an error in the middle of a stream has status 200, and is judged by its type."""
    status, said = error.status_code, masked(error.api_message or _cause(error))[:_LONGEST]
    if error.type in _TRANSIENT or status in (408, 409, 429) or status >= 500:
        told = f" ({error.type or status})"
        busy = error.type in _BUSY or status in (429, 529)
        after = _after(error.response.headers)
        return Failure(f"the model is not to be had{told}: {said}", True, after, busy, _is_free(error))
    if status == 400 and "too long" in said:
        status = 413
    advice = _ADVICE.get(status, f"the request is refused ({error.type or status})")
    return Failure(f"{advice}: {said}", again=False, free=_is_free(error))


def _is_free(error: anthropic.APIStatusError) -> bool:
    """Tell whether a request was refused before the model began: not by an error in a stream, nor by a gateway."""
    status = error.status_code
    return 400 <= status < 500 or status in (503, 529) or (status >= 500 and status != 504 and error.type is not None)


def _after(headers: Mapping[str, str]) -> float | None:
    """Read how many seconds a server wants to be left alone: `retry-after-ms`, or `retry-after` (RFC 9110, 10.2.3)."""
    try:
        if "retry-after-ms" in headers:
            return max(0.0, float(headers["retry-after-ms"]) / 1000)
        return max(0.0, float(headers["retry-after"]))
    except KeyError:
        return None
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(headers["retry-after"]).timestamp() - time.time())
    except (KeyError, ValueError):
        return None


def _cause(error: BaseException) -> str:
    """Give the first words of what is behind an error."""
    while error.__cause__ is not None:
        error = error.__cause__
    return masked(str(error))[:_LONGEST] or type(error).__name__
