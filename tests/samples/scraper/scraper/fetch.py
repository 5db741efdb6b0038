"""Fetching pages, politely."""

import time
import urllib.error
import urllib.request
from contextlib import closing
from typing import NamedTuple, Optional

AGENT = "scraper/0.3"


class Page(NamedTuple):
    url: str
    status: int
    kind: str
    body: bytes

    @property
    def is_html(self):
        return self.kind == "text/html"


class FetchError(Exception):
    pass


class Throttle:
    """Lets a request through every `pause` seconds."""

    def __init__(self, pause):
        self.pause = pause
        self.last = None

    def wait(self):
        now = time.monotonic()
        if self.last is not None and now - self.last < self.pause:
            time.sleep(self.pause - (now - self.last))
        self.last = time.monotonic()


class Fetcher:
    def __init__(self, throttle: Throttle, tries: int = 3):
        self.throttle = throttle
        self.tries = tries
        self.requests = 0

    def fetch(self, url: str) -> Page:
        problem: Optional[Exception] = None
        for _ in range(self.tries):
            self.throttle.wait()
            self.requests += 1
            try:
                return read(url)
            except urllib.error.HTTPError as error:
                if error.code < 500:
                    return Page(url, error.code, error.headers.get_content_type(), error.read())
                problem = error
            except OSError as error:
                problem = error
        raise FetchError(f"{url}: {problem}") from problem

    def text(self, url: str) -> str:
        page = self.fetch(url)
        return page.body.decode() if page.status == 200 else ""


def read(url: str) -> Page:
    request = urllib.request.Request(url, headers={"User-Agent": AGENT})
    with closing(urllib.request.urlopen(request, timeout=5)) as answer:
        return Page(answer.url, answer.status, answer.headers.get_content_type(), answer.read())
