"""HTTP with retries."""

from __future__ import annotations

import logging
import time
from typing import Any

import requests

from .errors import ApiError, NotFoundError

log = logging.getLogger(__name__)

RETRY = {429, 502, 503}


class Transport:
    """A session that tries again when the server is busy."""

    def __init__(self, base: str, token: str | None = None, *, tries: int = 4, pause: float = 0.05):
        self.base = base.rstrip("/")
        self.tries = tries
        self.pause = pause
        self.session = requests.Session()
        if token:
            self.session.headers["Authorization"] = f"Bearer {token}"

    def __enter__(self) -> Transport:
        return self

    def __exit__(self, *exc: object) -> None:
        self.session.close()

    def get(self, path: str, **params: Any) -> Any:
        return self._send("GET", path, params=params)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self._send("POST", path, json=body)

    def _send(self, method: str, path: str, **kwargs: Any) -> Any:
        url = self.base + path
        for attempt in range(1, self.tries + 1):
            try:
                answer = self.session.request(method, url, timeout=10, **kwargs)
            except requests.ConnectionError as error:
                if attempt == self.tries:
                    raise ApiError(f"{self.base} cannot be reached") from error
            else:
                if answer.status_code not in RETRY or attempt == self.tries:
                    return _decode(answer)
                log.info("%s %s: %d, trying again", method, path, answer.status_code)
            time.sleep(_delay(self.pause, attempt))


def _delay(pause: float, attempt: int) -> float:
    return pause * 2 ** (attempt - 1)


def _decode(answer: requests.Response) -> Any:
    if answer.status_code == 404:
        raise NotFoundError(f"there is no {answer.url}", 404)
    if not answer.ok:
        raise ApiError(answer.text.strip() or answer.reason, answer.status_code)
    return answer.json() if answer.content else None
