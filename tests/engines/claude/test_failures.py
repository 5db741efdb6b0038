"""Requests that fail on the way: nothing is lost, and what cannot succeed is said at once."""

from __future__ import annotations

import socket

import anthropic
import httpx2
import pytest

from parallel_refactor.engines.claude.asking import Patience
from parallel_refactor.engines.claude.failures import Failure, classify
from parallel_refactor.engines.claude.pace import LONGEST, pause
from parallel_refactor.engines.interface import EngineError, Outcome, StoppedError
from tests.doubles.faults import BUSY, KINDS, STATUSES, Faults
from tests.doubles.limits import Limits
from tests.engines.claude.talks import NEW, Recorder, only, stage


@pytest.mark.parametrize("kind", KINDS)
def test_a_request_that_fails_is_tried_again(kind: str) -> None:
    meter = Recorder()
    with stage(Faults(first=(kind, kind, "", kind))) as here:
        result = here.do(timeout=0.5, meter=meter)
        assert only(result).new == NEW
        assert not here.books.refused
        assert len(meter.answers) == len(here.books.requests) == 5
        assert here.books.completed == 2
        assert [answer.sure for answer in meter.answers].count(True) == (5 if kind in STATUSES else 2)
        assert all(answer.busy == (kind in BUSY) for answer in meter.answers[:2])


@pytest.mark.parametrize("kind", KINDS)
def test_what_broke_off_counts_as_the_most_that_it_can_have_cost(kind: str) -> None:
    meter = Recorder()
    with stage(Faults(first=(kind,))) as here:
        here.do(timeout=0.5, meter=meter, max_tokens=1000)
        begun = here.books.begun
    broken = meter.answers[0]
    if kind in STATUSES:
        assert (broken.tokens, broken.sure) == ({}, True)
    elif kind in ("empty", "hangup"):
        assert broken.tokens is None, "nobody knows"
    else:
        assert broken.tokens
        assert broken.tokens["output_tokens"] == 1000
        assert sum(meter.tokens().values()) >= sum(begun.values())


def test_what_is_asked_for_bounds_what_comes() -> None:
    for capped in (False, True):
        meter = Recorder(capped=capped, waits=1)
        with stage() as here:
            here.do(meter=meter)
            answers = here.books.answers
        for (most_in, most_out), tokens in zip(meter.most, answers, strict=True):
            given = tokens.pop("output_tokens")
            assert sum(tokens.values()) < most_in < (3_000 if capped else 10_000)
            assert given < most_out == 16_000


def test_a_server_that_cannot_count_is_not_asked_again() -> None:
    meter = Recorder(capped=True)
    with stage() as here:
        here.double.counts = False
        assert only(here.do(meter=meter)).new == NEW
        assert here.double.count_requests == 1
        assert meter.most[0][0] > 5_000


def test_a_request_is_not_tried_for_ever() -> None:
    with stage(Faults(rate=1.0, kinds=("500",))) as here:
        with pytest.raises(EngineError, match=r"api_error.*injected: 500 \(tried 3 times\)"):
            here.do(patience=Patience(tries=3))
        assert len(here.books.requests) == 3


def test_who_is_turned_away_for_too_long_gives_the_task_back() -> None:
    with stage(Faults(first=("",), rate=1.0, kinds=("529", "429"))) as here:
        with pytest.raises(StoppedError, match=r"it has waited for the model's server for 0 s") as stopped:
            here.do(patience=Patience(tries=3, first=0.01, most=0.3))
        assert only(stopped.value.partial).new == NEW
        assert len(here.books.requests) > 5, "this is no failure, and not counted as one"


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


def test_a_request_that_is_too_long_is_not_sent_again() -> None:
    with stage(limits=Limits(longest=100)) as here:
        with pytest.raises(EngineError, match="too much for one request: prompt is too long: over 100 tokens"):
            here.do()
        assert len(here.books.requests) == 1


def test_answers_may_be_as_long_as_a_model_can_make_them() -> None:
    with stage() as here:
        assert only(here.do(max_tokens=128_000)).new == NEW
        assert {(body["max_tokens"], body["stream"]) for body in here.books.requests} == {(128_000, True)}


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
    assert patience.wait(1, Failure("", again=True, after=9999.0)) == LONGEST, "however long it says, within reason"


_FULL_IN_A_MINUTE = {
    "date": "Tue, 24 Nov 2026 10:00:00 GMT",
    **{
        f"anthropic-ratelimit-{kind}-reset": "2026-11-24T10:01:00Z"
        for kind in ("requests", "input-tokens", "output-tokens")
    },
}


@pytest.mark.parametrize(
    ("left", "seconds"),
    [
        ({}, 0.0),
        ({"requests": (50, 1)}, 0.0),
        ({"requests": (60, 0)}, 1.0),
        ({"input-tokens": (60_000, 3_000)}, 0.0),
        ({"input-tokens": (60_000, 1_000)}, 60 * 2_000 / 59_000),
        ({"input-tokens": (60_000, 1_000), "output-tokens": (600, 0)}, 10.0),
        ({"output-tokens": (50, 0)}, 60.0),
        ({"requests": ("many", "none")}, 0.0),
    ],
)
def test_the_next_request_waits_until_there_is_room_for_it(
    left: dict[str, tuple[object, object]], seconds: float
) -> None:
    headers = dict(_FULL_IN_A_MINUTE)
    for kind, (limit, remaining) in left.items():
        headers |= {f"anthropic-ratelimit-{kind}-limit": str(limit)}
        headers |= {f"anthropic-ratelimit-{kind}-remaining": str(remaining)}
    tokens = {"input_tokens": 2_000, "cache_write_tokens": 1_000, "cache_read_tokens": 90_000, "output_tokens": 100}
    assert pause(headers, tokens) == pytest.approx(seconds)


def _answer(status: int, kind: str, headers: dict[str, str], message: str = "x") -> anthropic.APIStatusError:
    request = httpx2.Request("POST", "http://localhost/v1/messages")
    body = {"error": {"type": kind, "message": message}} if kind else None
    response = httpx2.Response(status, headers=headers, request=request)
    return anthropic.APIStatusError(message, response=response, body=body)
