"""Requests that fail on the way: nothing is lost, and what cannot succeed is said at once."""

from __future__ import annotations

import socket

import anthropic
import httpx2
import pytest

from parallel_refactor.engines.claude.asking import Patience
from parallel_refactor.engines.claude.failures import Failure, classify
from parallel_refactor.engines.interface import EngineError, Outcome, StoppedError
from tests.doubles.faults import KINDS, Faults
from tests.engines.claude.talks import NEW, only, stage


@pytest.mark.parametrize("kind", KINDS)
def test_a_request_that_fails_is_tried_again(kind: str) -> None:
    with stage(Faults(first=(kind, kind, "", kind))) as here:
        result = here.do(timeout=0.5)
        assert only(result).new == NEW
        assert not here.books.refused
        assert result.counts["requests"] == len(here.books.requests) == 5
        assert here.books.completed == 2
        for ours, theirs in (("input_tokens", "input_tokens"), ("output_tokens", "output_tokens")):
            assert result.counts[ours] >= here.books.tokens[theirs]


def test_a_request_is_not_tried_for_ever() -> None:
    with stage(Faults(rate=1.0, kinds=("529",))) as here:
        with pytest.raises(EngineError, match=r"overloaded_error.*injected: 529 \(tried 3 times\)"):
            here.do(patience=Patience(tries=3))
        assert len(here.books.requests) == 3


def test_a_server_that_is_not_there_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        url = f"http://127.0.0.1:{gone.getsockname()[1]}"
    with stage() as here, pytest.raises(EngineError, match=rf"{url}/v1/messages cannot be reached: .*tried 2 times"):
        here.do(base_url=url, patience=Patience(tries=2, first=0.01))


def test_a_wrong_key_is_said_once_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-wrong")
    with stage() as here:
        with pytest.raises(EngineError, match="the key in ANTHROPIC_API_KEY is not accepted") as refused:
            here.do()
        assert "sk-wrong" not in str(refused.value)
        assert len(here.books.requests) == 1


def test_an_address_without_the_api_is_said_once() -> None:
    with stage() as here, pytest.raises(EngineError, match="no such model, or no such API"):
        here.do(base_url=f"{here.double.url}/elsewhere")


def test_no_key_is_an_error_of_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    with stage() as here, pytest.raises(EngineError, match="set ANTHROPIC_API_KEY"):
        here.do(base_url=None)


def test_a_request_that_stalls_ends_when_the_task_is_to_stop() -> None:
    with stage(Faults(first=("", "stall"))) as here:
        with pytest.raises(StoppedError) as stopped:
            here.do(stop=lambda: len(here.books.requests) == 2)
        assert only(stopped.value.partial).outcome is Outcome.CHANGED
        assert only(stopped.value.partial).new == NEW


def test_a_wait_ends_when_the_task_is_to_stop() -> None:
    with stage(Faults(first=("drop",))) as here, pytest.raises(StoppedError):
        here.do(stop=lambda: bool(here.double.faults.done), patience=Patience(first=1000.0, longest=1000.0))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "1"}, 0.25),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "-3"}, 0.0),
    ],
)
def test_the_server_says_when_to_come_back(headers: dict[str, str], seconds: float | None) -> None:
    assert classify(_answer(429, "rate_limit_error", headers)).after == seconds


@pytest.mark.parametrize(
    ("status", "kind", "message", "again"),
    [
        (200, "overloaded_error", "busy", True),
        (200, "invalid_request_error", "bad", False),
        (400, "invalid_request_error", "prompt is too long: 1 > 0", False),
        (409, "conflict_error", "again", True),
        (503, "", "", True),
    ],
)
def test_an_answer_is_judged_by_status_and_type(status: int, kind: str, message: str, again: bool) -> None:
    failure = classify(_answer(status, kind, {}, message))
    assert failure.again is again
    assert message in failure.reason
    assert ("too much for one request" in failure.reason) == ("too long" in message)


def test_waits_grow_to_a_limit_and_are_not_the_same() -> None:
    patience = Patience(first=1.0, longest=20.0)
    waits = [[patience.wait(failed, Failure("", again=True)) for _ in range(50)] for failed in (1, 2, 3, 9)]
    assert all(len(set(many)) > 1 for many in waits)
    for many, longest in zip(waits, (1.0, 2.0, 4.0, 20.0), strict=True):
        assert longest / 2 <= min(many) <= max(many) <= longest
    assert 7.0 <= patience.wait(1, Failure("", again=True, after=7.0)) <= 8.75
    assert patience.wait(1, Failure("", again=True, after=9999.0)) == 20.0


def _answer(status: int, kind: str, headers: dict[str, str], message: str = "x") -> anthropic.APIStatusError:
    request = httpx2.Request("POST", "http://localhost/v1/messages")
    body = {"error": {"type": kind, "message": message}} if kind else None
    response = httpx2.Response(status, headers=headers, request=request)
    return anthropic.APIStatusError(message, response=response, body=body)
