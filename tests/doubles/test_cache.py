"""The double's prompt cache keeps to the rules that the API documents."""

from __future__ import annotations

from typing import Any

import pytest

from tests.doubles.cache import LEAST, LIFETIME, Cache, Use, tokens

MARK: dict[str, Any] = {"cache_control": {"type": "ephemeral"}}


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def cache(clock: Clock) -> Cache:
    return Cache(clock)


def body(*messages: str, system: str = "s" * 8_000, mark: bool = True, **more: Any) -> dict[str, Any]:
    turns = [{"role": "user", "content": message} for message in messages]
    block = {"type": "text", "text": system} | (MARK if mark else {})
    return {"model": "m", "system": [block], "messages": turns, **more}


def ask(cache: Cache, request: dict[str, Any]) -> Use:
    use = cache.look(request)
    assert use.read + use.written + use.rest == tokens(request)
    cache.begin(use)
    return use


def test_what_is_shared_is_written_once_and_read_by_others(cache: Cache) -> None:
    first, second = ask(cache, body("one")), ask(cache, body("another"))
    assert (first.read, first.written > 2_000) == (0, True)
    assert (second.read, second.written) == (first.written, 0)
    assert set(cache.writes.values()) == {1}


def test_nothing_can_be_read_before_the_first_answer_begins(cache: Cache) -> None:
    uses = [cache.look(body(str(number))) for number in range(3)]
    assert {use.read for use in uses} == {0}
    for use in uses:
        cache.begin(use)
    assert list(cache.writes.values()) == [3]


def test_it_lives_for_five_minutes_after_it_was_read_last(cache: Cache, clock: Clock) -> None:
    ask(cache, body("one"))
    for _ in range(3):
        clock.now += LIFETIME - 1
        assert ask(cache, body("one")).read
    clock.now += LIFETIME + 1
    assert not ask(cache, body("one")).read


def test_a_conversation_reads_what_it_said_before(cache: Cache) -> None:
    first = ask(cache, body("a" * 4_000, **MARK))
    second = ask(cache, body("a" * 4_000, "b" * 4_000, **MARK))
    other = ask(cache, body("c" * 4_000, **MARK))
    assert second.read == first.written
    assert 900 < second.written < 1_100
    assert 2_000 < other.read < first.written


def test_what_differs_earlier_is_not_found(cache: Cache) -> None:
    ask(cache, body("one"))
    assert not ask(cache, body("one", system="t" * 8_000)).read
    assert not ask(cache, {**body("one"), "model": "n"}).read
    assert not ask(cache, {**body("one"), "tools": [{"name": "look"}]}).read


def test_without_a_breakpoint_or_with_too_little_nothing_is_cached(cache: Cache) -> None:
    for request in (body("one", mark=False), body("one", system="s" * 4 * (LEAST - 20))):
        assert [ask(cache, request).written for _ in range(2)] == [0, 0]


def test_a_breakpoint_does_not_look_back_for_ever(cache: Cache) -> None:
    said = ["a" * 4_000, *("x",) * 30]
    ask(cache, body(said[0], mark=False, **MARK))
    assert not cache.look(body(*said, mark=False, **MARK)).read
    assert cache.look(body(*said[:15], mark=False, **MARK)).read
