import time

import pytest

from scraper import fetch
from scraper.fetch import FetchError, Fetcher, Throttle
from scraper.robots import Robots


def test_a_page(site, fetcher):
    page = fetcher.fetch(site.url + "a")
    assert (page.status, page.is_html) == (200, True)
    assert b"<title>A</title>" in page.body


def test_it_tries_again(site, fetcher):
    assert fetcher.fetch(site.url + "flaky").status == 200
    assert fetcher.requests == 3


def test_what_fails_is_told(site, fetcher):
    with pytest.raises(FetchError, match="503"):
        fetcher.fetch(site.url + "broken")
    assert site.hits == ["/broken"] * 3


def test_a_refused_connection(fetcher):
    with pytest.raises(FetchError, match="refused"):
        fetcher.fetch("http://127.0.0.1:9/")


def test_pauses(site):
    began = time.monotonic()
    fetcher = Fetcher(Throttle(0.05))
    for _ in range(3):
        fetcher.text(site.url + "b.txt")
    assert time.monotonic() - began >= 0.1


def test_pauses_are_slept(monkeypatch):
    slept = []
    monkeypatch.setattr(fetch.time, "sleep", slept.append)
    throttle = Throttle(60)
    throttle.wait()
    throttle.wait()
    assert len(slept) == 1 and 59 < slept[0] <= 60


class TestRobots:
    @pytest.mark.parametrize("path, allowed", [("a", True), ("secret/x", False)])
    def test_rules(self, site, fetcher, path, allowed):
        assert Robots(fetcher).allows(site.url + path) is allowed

    def test_they_are_fetched_once(self, site, fetcher):
        robots = Robots(fetcher)
        assert robots.allows(site.url) and robots.allows(site.url + "a")
        assert site.hits == ["/robots.txt"]
