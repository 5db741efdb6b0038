import threading

import pytest
from web import Server

from tracker import Tracker


@pytest.fixture
def server():
    with Server() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def tracker(server):
    with Tracker(server.url, "secret") as tracker:
        yield tracker


@pytest.fixture
def first_issue(tracker):
    return tracker.issues("WEB")[0]
