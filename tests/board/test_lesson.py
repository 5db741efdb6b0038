"""What a task board must stand. Each test fails on the board of the lesson that this project grew from."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from pathlib import Path
from unittest import mock

import pytest

from lockboard.errors import BoardError
from tests.board.lesson import LEASE, Job, Scheme, Ticket
from tests.board.lesson_play import (
    begin,
    claimed,
    complete,
    finish_all,
    marked,
    ours_alone,
    text,
)

if sys.platform == "win32":
    pytest.skip("workers are forked", allow_module_level=True)


@ours_alone
def test_done_is_final(board: type[Scheme], root: Path) -> None:
    scheme = begin(board, root)
    ticket = claimed(scheme)
    for _ in range(2):
        with suppress(BoardError, FileNotFoundError):
            scheme.finish(ticket, marked(scheme, ticket))
        scheme.look_after()
    assert text(scheme) == b"old+"
    assert scheme.claim("w2") is None
    scheme.close()


@ours_alone
def test_two_jobs_that_share_a_file(board: type[Scheme], root: Path) -> None:
    scheme = begin(board, root)
    scheme.add(Job("t2", ("a",)))
    tickets = [ticket for worker in ("w1", "w2") if (ticket := scheme.claim(worker))]
    texts = [marked(scheme, ticket) for ticket in tickets]
    for ticket, new in zip(tickets, texts, strict=True):
        scheme.finish(ticket, new)
    finish_all(scheme)
    assert text(scheme) == b"old++", "an edit was lost"
    scheme.close()


@ours_alone
def test_a_stale_worker_that_releases_its_successors_lock(board: type[Scheme], root: Path) -> None:
    scheme = begin(board, root)
    stale = claimed(scheme, "w1")
    scheme.lease_is_over(stale)
    claimed(scheme, "w2")
    with suppress(BoardError):
        scheme.release(stale)
    assert scheme.owned() == {"t1"}
    assert scheme.claim("w3") is None
    scheme.close()


@ours_alone
def test_a_hung_worker_that_wakes_and_writes(board: type[Scheme], root: Path) -> None:
    scheme = begin(board, root)
    hung = claimed(scheme, "w1")
    scheme.lease_is_over(hung)
    scheme.finish(claimed(scheme, "w2"), {"a": b"by its successor"})
    scheme.look_after()
    with suppress(BoardError, FileNotFoundError):
        scheme.finish(hung, {"a": b"by the hung"})
    scheme.look_after()
    assert text(scheme) == b"by its successor"
    scheme.close()


@ours_alone
def test_handing_in_what_one_does_not_own(board: type[Scheme], root: Path) -> None:
    scheme = begin(board, root)
    ticket = claimed(scheme, "w1")
    with suppress(BoardError):
        scheme.finish(scheme.forge(ticket, "w2"), {"a": b"by another"})
    scheme.look_after()
    assert text(scheme) == b"old"
    assert scheme.owned() == {"t1"}
    scheme.close()


@ours_alone
def test_an_exception_that_leaks_a_lock(board: type[Scheme], root: Path) -> None:
    def break_down(ticket: Ticket) -> dict[str, bytes]:
        raise ValueError(ticket.job)

    scheme = begin(board, root)
    with suppress(ValueError):
        scheme.do("w1", break_down)
    assert not scheme.owned()
    assert claimed(scheme, "w2").job == "t1"
    scheme.close()


@ours_alone
def test_four_spellings_of_one_path(board: type[Scheme], root: Path) -> None:
    (root / "real").mkdir(parents=True)
    (root / "link").symlink_to("real")
    (root / "real/f").write_bytes(b"old")
    scheme = board(root)
    spellings = ("real/f", "link/f", "real/../real/f", str(root / "link/f"))
    for number, spelling in enumerate(spellings):
        scheme.add(Job(f"t{number}", (spelling,)))
    claimed(scheme, "w1")
    assert [scheme.claim(f"w{number}") for number in range(2, 6)] == [None] * 4
    scheme.close()


@ours_alone
def test_ids_that_lead_elsewhere(board: type[Scheme], root: Path) -> None:
    scheme = begin(board, root)
    before = {path.name for path in root.iterdir()}
    for evil in ("../evil", "../../evil", "a/../../../evil", str(root / "evil"), "..", "."):
        with suppress(BoardError, OSError):
            scheme.add(Job(evil, ("b",)))
            scheme.claim("w1")
    assert {path.name for path in root.iterdir()} == before
    assert not list(root.parent.rglob("evil*"))
    scheme.close()


@ours_alone
def test_a_job_waits_for_another(board: type[Scheme], root: Path) -> None:
    scheme = begin(board, root, Job("second", ("b",), after=("then",)), Job("then", ("a",)))
    first = claimed(scheme, "w1")
    assert first.job == "then"
    assert scheme.claim("w2") is None
    scheme.finish(first, marked(scheme, first))
    scheme.look_after()
    assert claimed(scheme, "w2").job == "second"
    scheme.close()


@ours_alone
def test_what_is_cancelled_writes_nothing(board: type[Scheme], root: Path) -> None:
    scheme = begin(board, root)
    ticket = claimed(scheme)
    scheme.cancel("t1")
    with suppress(BoardError):
        scheme.finish(ticket, marked(scheme, ticket))
    scheme.look_after()
    assert text(scheme) == b"old"
    assert scheme.claim("w2") is None
    scheme.close()


@ours_alone
def test_yesterdays_results_under_todays_ids(board: type[Scheme], root: Path) -> None:
    scheme = begin(board, root)
    complete(scheme)
    scheme.add(Job("t1", ("a",)))
    complete(scheme)
    assert text(scheme) == b"old++"
    scheme.close()


@ours_alone
def test_a_slow_worker_is_kept_by_its_heartbeat(board: type[Scheme], root: Path) -> None:
    scheme = begin(board, root)
    slow, now = claimed(scheme, "w1"), time.time()
    for passed in range(5):
        with mock.patch("time.time", lambda passed=passed: now + passed * LEASE):
            scheme.beat(slow)
            scheme.look_after()
            assert scheme.claim("w2") is None
    scheme.finish(slow, marked(scheme, slow))
    scheme.close()


@ours_alone
def test_a_clock_that_jumps(board: type[Scheme], root: Path) -> None:
    scheme = begin(board, root)
    ticket, now = claimed(scheme, "w1"), time.time()
    for years in (-30, 30, -1, 1):
        with mock.patch("time.time", lambda years=years: now + years * 365 * 24 * 3600):
            scheme.look_after()
            assert scheme.claim("w2") is None
    scheme.finish(ticket, marked(scheme, ticket))
    scheme.close()
