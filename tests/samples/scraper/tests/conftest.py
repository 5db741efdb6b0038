import threading

import pytest
from pages import Site

from scraper.fetch import Fetcher, Throttle


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture
def site():
    with Site() as site:
        threading.Thread(target=site.serve_forever, args=(0.01,), daemon=True).start()
        yield site
        site.shutdown()


@pytest.fixture
def fetcher():
    return Fetcher(Throttle(0))
