"""The crawl itself: nearest pages first."""

from __future__ import annotations

import logging
import queue

from .fetch import FetchError, Fetcher, Page
from .links import extract, same_site
from .robots import Robots
from .writer import Writer

log = logging.getLogger("scraper")


class Crawler:
    def __init__(self, fetcher: Fetcher, writer: Writer, *, depth: int = 3):
        self.fetcher = fetcher
        self.robots = Robots(fetcher)
        self.writer = writer
        self.depth = depth
        self.failed: list[str] = []
        self._queue: queue.PriorityQueue = queue.PriorityQueue()
        self._seen: set[str] = set()

    def crawl(self, start: str) -> int:
        """Visits everything that can be reached from an address; gives the number of pages."""
        self._add(0, start)
        pages = 0
        while not self._queue.empty():
            depth, url = self._queue.get_nowait()
            try:
                visited = self._visit(depth, url)
            except FetchError as error:
                log.warning("%s", error)
                self.failed.append(url)
            else:
                pages += visited
            finally:
                self._queue.task_done()
        return pages

    def _add(self, depth: int, url: str) -> None:
        if url not in self._seen and depth <= self.depth:
            self._seen.add(url)
            self._queue.put((depth, url))

    def _visit(self, depth: int, url: str) -> bool:
        if not self.robots.allows(url):
            log.info("%s: robots are not welcome", url)
            return False
        page = self.fetcher.fetch(url)
        title = self._follow(page, depth) if page.is_html else ""
        self.writer.add(url=url, status=page.status, title=title, size=len(page.body))
        return True

    def _follow(self, page: Page, depth: int) -> str:
        title, links = extract(page.url, page.body.decode(errors="replace"))
        for link in links:
            if same_site(link, page.url):
                self._add(depth + 1, link)
        return title
