"""What the checks of a task board do to it: work, die at any call, work on."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.board.lesson import Job, Lesson, Ours, Scheme, Ticket
from tests.faults.calls import Call, watched

Check = Callable[[type[Scheme], Path], None]
Action = Callable[[Scheme], object]

MOMENTS = (*range(16), *range(16, 130, 9))
"""Calls of a step of a worker before which it dies: each of the lesson's, some of ours."""


def ours_alone(check: Check) -> Callable[[Path], None]:
    """Make a test of a check: ours must pass it, and the lesson's must not, or the check could not fail."""

    def test(tmp_path: Path) -> None:
        check(Ours, tmp_path / "ours")
        with pytest.raises((AssertionError, OSError)):
            check(Lesson, tmp_path / "lesson")

    test.__name__, test.__doc__ = check.__name__, check.__doc__
    return test


def begin(board: type[Scheme], root: Path, *jobs: Job) -> Scheme:
    """Make a board with these jobs, or one, on files that hold `old`."""
    root.mkdir(parents=True)
    wanted = jobs or (Job("t1", ("a",)),)
    for file in {file for job in wanted for file in job.files}:
        (root / file).write_bytes(b"old")
    scheme = board(root)
    scheme.add(*wanted)
    return scheme


def claimed(scheme: Scheme, worker: str = "w1") -> Ticket:
    ticket = scheme.claim(worker)
    assert ticket, "there is nothing to claim"
    return ticket


def marked(scheme: Scheme, ticket: Ticket) -> dict[str, bytes]:
    """Give the texts of a job's files with one mark more each: whoever does it twice is seen."""
    return {file: (scheme.root / file).read_bytes() + b"+" for file in ticket.files}


def work(scheme: Scheme, worker: str = "w1") -> bool:
    ticket = scheme.claim(worker)
    if ticket:
        scheme.finish(ticket, marked(scheme, ticket))
    return ticket is not None


def complete(scheme: Scheme) -> None:
    """Do a job, and all that follows until its result is in the workspace."""
    work(scheme)
    scheme.look_after()


def finish_all(scheme: Scheme) -> None:
    scheme.look_after()
    while work(scheme, "w9"):
        scheme.look_after()


def text(scheme: Scheme, file: str = "a") -> bytes:
    return (scheme.root / file).read_bytes()


def child(scheme: Scheme, action: Action, at: int = 10**6, signal_number: int = signal.SIGKILL) -> int:
    """Do something in another process, which gets a signal before its call number `at`; gives its id."""
    pid = os.fork()
    if pid:
        return pid
    calls = 0

    def stop(_call: Call, make: Callable[[], object]) -> object:
        nonlocal calls
        calls += 1
        if calls == at + 1:
            os.kill(os.getpid(), signal_number)
        return make()

    status = 1
    try:
        own = type(scheme)(scheme.root)
        with watched(stop):
            action(own)
        status = 0
    finally:
        os._exit(status)


def die(scheme: Scheme, action: Action, at: int) -> None:
    os.waitpid(child(scheme, action, at), 0)
