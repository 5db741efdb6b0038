import json
import subprocess
import sys

import pytest

from scraper.crawl import Crawler
from scraper.writer import Writer


@pytest.fixture
def result(tmp_path):
    return tmp_path / "pages.jsonl"


def read(path):
    return {record["url"]: record for record in map(json.loads, path.read_text(encoding="utf-8").splitlines())}


def test_the_whole_site(site, fetcher, result):
    with Writer(result) as writer:
        crawler = Crawler(fetcher, writer)
        assert crawler.crawl(site.url) == 5
    found = read(result)
    assert {url.removeprefix(site.url): record["title"] for url, record in found.items()} == {
        "": "Home",
        "a": "A",
        "b.txt": "",
        "flaky": "Flaky",
        "gone": "Nothing",
    }
    assert found[site.url + "gone"]["status"] == 404
    assert crawler.failed == [site.url + "broken"]
    assert writer.count == 5


@pytest.mark.parametrize("depth, pages", [(0, 1), (1, 4)])
def test_no_deeper_than_asked(site, fetcher, result, depth, pages):
    with Writer(result) as writer:
        assert Crawler(fetcher, writer, depth=depth).crawl(site.url) == pages


def test_the_program(site, result):
    command = [sys.executable, "-m", "scraper", site.url, "--pause=0", f"--output={result}"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout == "5 pages, 11 requests, 1 failed\n"
    assert len(read(result)) == 5
