"""The checker of histories: a good one passes, and each kind of bad one is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve

from tests.faults.history import Diary, Event, What, mark, read, violations

_GOOD = (
    Event("driver", What.PLANNED, 1, run="r1", task="t1", files=("a", "b"), group="g"),
    Event("driver", What.PLANNED, 1, run="r1", task="t2", files=("c",), group="g"),
    Event("driver", What.PLANNED, 1, run="r2", task="t1", files=("a",)),
    Event("driver", What.PLANNED, 1, run="r2", task="t2", files=("c",)),
    Event("r1-w1", What.CLAIMED, 12, since=10, run="r1", task="t1", token=10, files=("a", "b"), group="g"),
    Event("r1-w1", What.OWNS, 16, since=15, run="r1", task="t1", token=10),
    Event("s1", What.DEPARTED, 22, since=20, other="r1-w1"),
    Event("r1-w2", What.CLAIMED, 26, since=24, run="r1", task="t1", token=12, files=("a", "b"), group="g"),
    Event("r1-w2", What.ACCEPTED, 31, since=30, run="r1", task="t1", token=12),
    Event("r1-w3", What.CLAIMED, 33, since=30, run="r1", task="t2", token=14, files=("c",), group="g"),
    Event("r1-w3", What.ACCEPTED, 35, since=34, run="r1", task="t2", token=14),
    Event("r1-w1", What.REFUSED, 41, since=19, run="r1", task="t1", token=10),
    Event("s1", What.QUIET, 44, run="r1", group="g", files=()),
    Event("s1", What.LANDED, 49, since=45, run="r1", task="t1", token=12, files=("a", "b")),
    Event("s1", What.LANDED, 49, since=45, run="r1", task="t2", token=14, files=("c",)),
    Event("s1", What.QUIET, 50, run="r1", group="g", files=("a", "b", "c")),
    Event("p1", What.TYPING, 60, files=("a",), text="p1 was here"),
    Event("p1", What.TYPED, 61, files=("a",), text="p1 was here"),
    Event("p1", What.HELD, 69, since=62, files=("a",), text="x", later="x"),
    Event("r2-w1", What.CLAIMED, 72, since=71, run="r2", task="t1", token=20, files=("a",)),
    Event("r2-w1", What.ACCEPTED, 74, since=73, run="r2", task="t1", token=20),
    Event("s2", What.LANDED, 76, since=75, run="r2", task="t1", token=20, files=("a",)),
    Event("driver", What.ENDED, 81, since=80, run="r2", task="t2", files=("c",)),
    Event("driver", What.FOUND, 90, files=("a",), text=f"{mark('r1', 12)}\np1 was here\n{mark('r2', 20)}"),
    Event("driver", What.FOUND, 90, files=("b",), text=mark("r1", 12)),
    Event("driver", What.FOUND, 90, files=("c",), text=mark("r1", 14)),
)


def _with(*more: Event) -> list[Event]:
    return sorted([*_GOOD, *more], key=lambda event: event.at)


def _found(path: str, *lines: str) -> list[Event]:
    others = [event for event in _GOOD if (event.what, event.files) != (What.FOUND, (path,))]
    return [*others, Event("driver", What.FOUND, 90, files=(path,), text="\n".join(lines))]


def _sign(token: int, at: int, run: str = "r2") -> Event:
    return Event("w", What.OWNS, at + 1, since=at, run=run, task="t1", token=token)


_LATE = Event("r2-w9", What.CLAIMED, 28, since=27, run="r2", task="t1", token=13, files=("a",))
_BAD = (
    ("a had two owners", _with(_LATE, _sign(13, 29))),
    ("c had two owners", _with(evolve(_LATE, files=("c",)), _sign(13, 29))),
    ("b had two owners", _with(evolve(_LATE, run="r1", group="g", files=("a", "b")), _sign(13, 29, run="r1"))),
    ("token 12 was given 2 times", _with(Event("w", What.CLAIMED, 27, since=24, run="r1", task="t9", token=12))),
    (
        "token 11 of w was given after token 12",
        _with(Event("w", What.CLAIMED, 29, since=27, run="r1", task="t9", token=11)),
    ),
    ("r1-w1 claimed task t9", _with(Event("r1-w1", What.CLAIMED, 25, since=23, run="r1", task="t9", token=11))),
    ("r1-w1 accepted task t1", _with(Event("r1-w1", What.ACCEPTED, 25, since=23, run="r1", task="t1", token=10))),
    (
        "t1 of r1 was claimed after it had ended",
        _with(Event("w", What.CLAIMED, 55, since=51, run="r1", task="t1", token=15)),
    ),
    ("t1 of r1 landed 2 times", _with(Event("s", What.LANDED, 48, since=46, run="r1", task="t1", token=12))),
    (
        "t2 of r2 was landed after it had ended",
        _with(Event("s", What.LANDED, 85, since=83, run="r2", task="t2", token=22)),
    ),
    (
        "landed with token 10: refused before",
        _with(Event("s", What.LANDED, 48, since=46, run="r1", task="t7", token=10)),
    ),
    ("a was changed while p1 held it", _with(Event("p1", What.HELD, 69, since=62, files=("a",), text="x", later="y"))),
    (
        "a was claimed by w while p1 held it",
        _with(Event("w", What.CLAIMED, 66, since=64, run="r2", task="t7", token=18, files=("a",))),
    ),
    ("group g of r1 was in without b", _with(Event("s1", What.QUIET, 50, run="r1", group="g", files=("a", "c")))),
    ("b was changed 0 times by r1, not 1", _found("b")),
    ("b was changed 2 times by r1, not 1", _found("b", mark("r1", 12), mark("r1", 13))),
    ("c was changed 1 times by r2, not 0", _found("c", mark("r1", 14), mark("r2", 22))),
    ("b was changed 1 times by rubbish, not 0", _found("b", mark("r1", 12), "rubbish")),
    ("b has 'r1 10', which was not accepted", _found("b", mark("r1", 10))),
    ("a has 'p1 was here' 0 times", _found("a", mark("r1", 12), mark("r2", 20))),
    ("a has 'p1 was here' 2 times", _found("a", mark("r1", 12), mark("r2", 20), "p1 was here", "p1 was here")),
)


def test_a_good_history_passes() -> None:
    assert violations(_GOOD) == []


@pytest.mark.parametrize(("said", "history"), _BAD, ids=[said for said, _ in _BAD])
def test_a_bad_history_is_told(said: str, history: list[Event]) -> None:
    assert any(said in line for line in violations(history)), violations(history)


def test_diaries_are_read_in_the_order_of_time(tmp_path: Path) -> None:
    ann, bob = Diary(tmp_path, "ann"), Diary(tmp_path, "bob")
    ann.write(What.CLAIMED, run="r1", task="t1", token=4, files=("a",))
    bob.write(What.TYPED, files=("b",), text="\u00e4\n")
    ann.write(What.REFUSED, run="r1", task="t1", token=4)
    events = read(tmp_path)
    assert [(event.who, event.what) for event in events] == [
        ("ann", What.CLAIMED),
        ("bob", What.TYPED),
        ("ann", What.REFUSED),
    ]
    assert events[1].text == "\u00e4\n"
    assert 0 < events[0].at < events[1].at < events[2].at
