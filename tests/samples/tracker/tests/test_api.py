import time

import pytest

from tracker import ApiError, NotFoundError, Tracker
from tracker.transport import Transport


def test_issues_come_from_all_pages(tracker, server):
    assert [issue.number for issue in tracker.issues("WEB")] == [1, 2, 3]
    assert len(server.seen) == 6  # each of three pages twice


@pytest.mark.parametrize("state, numbers", [("open", [1, 3]), ("closed", [2])])
def test_issues_of_one_state(tracker, state, numbers):
    assert [issue.number for issue in tracker.issues("WEB", state=state)] == numbers


def test_projects_are_asked_for_once(tracker, server):
    assert str(tracker.project("WEB")) == "WEB: Website"
    assert tracker.exists("WEB")
    assert not tracker.exists("APP")
    assert len(server.seen) == 2


class TestCreating:
    def test_it_gets_the_next_number(self, tracker):
        assert tracker.create("WEB", "New", "bug", "text").number == 4

    def test_without_a_token_it_is_refused(self, server):
        with Tracker(server.url) as tracker, pytest.raises(ApiError, match="not allowed") as caught:
            tracker.create("WEB", "New")
        assert caught.value.status == 403


def test_what_is_missing(tracker):
    with pytest.raises(NotFoundError):
        tracker.issues("APP")


def test_a_server_that_is_down_is_told_after_all_tries():
    began = time.monotonic()
    with Transport("http://127.0.0.1:9", tries=3, pause=0.01) as transport:
        with pytest.raises(ApiError, match="cannot be reached"):
            transport.get("/projects")
    assert time.monotonic() - began >= 0.03


def test_the_first_issue(first_issue, tracker):
    assert first_issue == tracker.issues("WEB")[0]
