"""What a task board must stand of deaths and full disks. Each test fails on the board of the lesson."""

from __future__ import annotations

import errno
import os
import random
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from lockboard.board import Board
from lockboard.errors import BoardError, BusyBoardError
from tests.board.lesson import ATTEMPTS, Job, Ours, Scheme
from tests.board.lesson_play import (
    MOMENTS,
    begin,
    child,
    claimed,
    complete,
    die,
    finish_all,
    marked,
    ours_alone,
    text,
    work,
)
from tests.faults.calls import Call, watched

if sys.platform == "win32":
    pytest.skip("workers are forked", allow_module_level=True)


@ours_alone
def test_a_crash_at_every_step_of_a_claim(board: type[Scheme], root: Path) -> None:
    for at in MOMENTS:
        scheme = begin(board, root / str(at))
        die(scheme, lambda own: own.claim("w1"), at)
        scheme.look_after()
        assert claimed(scheme, "w2").job == "t1"
        scheme.close()


@ours_alone
def test_a_worker_killed_while_it_works(board: type[Scheme], root: Path) -> None:
    def die_at_work(own: Scheme) -> None:
        own.claim("w1")
        os.kill(os.getpid(), signal.SIGKILL)

    scheme = begin(board, root)
    os.waitpid(child(scheme, die_at_work), 0)
    scheme.look_after()
    assert claimed(scheme, "w2").job == "t1"
    scheme.close()


@ours_alone
def test_a_crash_between_result_and_release(board: type[Scheme], root: Path) -> None:
    for at in MOMENTS:
        scheme = begin(board, root / str(at))
        die(scheme, complete, at)
        finish_all(scheme)
        assert scheme.is_done("t1")
        assert text(scheme) == b"old+"
        assert not scheme.owned()
        scheme.close()


@ours_alone
def test_a_result_half_written(board: type[Scheme], root: Path) -> None:
    for at in MOMENTS:
        scheme = begin(board, root / str(at))
        die(scheme, complete, at)
        assert not scheme.is_done("t1") or scheme.result("t1") == b"old+"
        scheme.close()


@ours_alone
def test_a_disk_that_is_full_in_a_claim(board: type[Scheme], root: Path) -> None:
    for at in range(20):
        scheme, writes = begin(board, root / str(at)), 0

        def be_full(call: Call, make: Callable[[], object], at: int = at) -> object:
            nonlocal writes
            writes += call.name == "write"
            if call.name == "write" and writes == at + 1:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), call.path)
            return make()

        ticket = None
        with suppress(OSError, BoardError), watched(be_full):
            ticket = scheme.claim("w1")
        assert (ticket or claimed(scheme, "w1")).job == "t1"
        scheme.close()


@ours_alone
def test_a_job_that_kills_whoever_does_it(board: type[Scheme], root: Path) -> None:
    def be_poisoned(own: Scheme) -> None:
        ticket = own.claim("w1")
        if ticket and ticket.job == "t1":
            os.kill(os.getpid(), signal.SIGKILL)
        elif ticket:
            own.finish(ticket, marked(own, ticket))

    scheme = begin(board, root, Job("t1", ("a",)), Job("t2", ("b",)))
    for _ in range(2 * ATTEMPTS):
        os.waitpid(child(scheme, be_poisoned), 0)
        scheme.look_after()
    assert scheme.is_done("t2")
    assert not scheme.is_done("t1")
    assert not scheme.owned()
    assert scheme.claim("w2") is None
    scheme.close()


@ours_alone
def test_once_however_many_want_it(board: type[Scheme], root: Path) -> None:
    """One is stopped anywhere in its claim while another does the job; then eight do many."""
    for at in MOMENTS:
        scheme = begin(board, root / str(at))
        slow = child(scheme, work, at, signal.SIGSTOP)
        os.waitpid(slow, os.WUNTRACED)
        with suppress(BusyBoardError):
            work(scheme, "w2")
        with suppress(ProcessLookupError, ChildProcessError):  # where it was done before its call number `at`
            os.kill(slow, signal.SIGCONT)
            os.waitpid(slow, 0)
        finish_all(scheme)
        assert text(scheme) == b"old+"
        scheme.close()
    scheme = begin(board, root / "many", *(Job(f"t{number}", (f"f{number}",)) for number in range(40)))
    workers = [child(scheme, _work_on) for _ in range(8)]
    assert [os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1]) for worker in workers] == [0] * 8
    finish_all(scheme)
    assert all(text(scheme, f"f{number}") == b"old+" for number in range(40))
    scheme.close()


def _work_on(own: Scheme) -> None:
    if isinstance(own, Ours):
        own.board = Board(own.root, patience=10.0)
    while work(own, f"w{os.getpid()}"):
        pass


@ours_alone
def test_a_chaos_of_kills(board: type[Scheme], root: Path) -> None:
    dice = random.Random(1)
    scheme = begin(board, root, *(Job(f"t{number}", (f"f{number}",)) for number in range(12)))
    for _ in range(40):
        die(scheme, dice.choice((work, complete)), dice.choice(MOMENTS))
        scheme.look_after()
    finish_all(scheme)
    assert [text(scheme, f"f{number}") for number in range(12)] == [b"old+"] * 12
    assert not scheme.owned()
    scheme.close()


@ours_alone
def test_all_files_of_a_job_or_none(board: type[Scheme], root: Path) -> None:
    for at in MOMENTS:
        scheme = begin(board, root / str(at), Job("t1", ("a", "b")))
        die(scheme, complete, at)
        scheme.look_after()
        assert (text(scheme, "a"), text(scheme, "b")) in ((b"old", b"old"), (b"old+", b"old+"))
        scheme.close()
