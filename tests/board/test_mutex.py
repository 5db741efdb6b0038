"""The mutex between Mutex objects, which exclude each other as processes do."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lockboard.errors import BusyBoardError
from lockboard.mutex import Mutex


@pytest.fixture
def path(tmp_path: Path) -> Iterator[Path]:
    others = set(threading.enumerate())
    yield tmp_path / "mutex"
    for thread in set(threading.enumerate()) - others:
        thread.join(10)
        assert not thread.is_alive()


def test_who_waits_gets_it_when_it_is_left_and_learns_what_is_shown(path: Path) -> None:
    first, second = Mutex(path, 10.0), Mutex(path, 10.0)
    first.acquire()
    others = threading.active_count()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(second.acquire)
        while threading.active_count() < others + 2:  # the pool's, and the one that waits
            time.sleep(0.001)
        first.release(41)
        assert waiting.result() == 41
    impatient = Mutex(path, 0.01)
    with pytest.raises(BusyBoardError, match=f"process {os.getpid()} "):
        impatient.acquire()
    impatient.close()
    second.release(42)
    assert first.acquire() == 42
    first.release(43)
    first.close()
    second.close()


def test_who_lost_patience_keeps_nobody_out(path: Path) -> None:
    holder, impatient, other = Mutex(path, 10.0), Mutex(path, 0.01), Mutex(path, 10.0)
    for shown in range(20):
        holder.acquire()
        for _ in range(2):
            with pytest.raises(BusyBoardError):
                impatient.acquire()
        holder.release(shown)
        assert other.acquire() == shown
        other.release(shown)
    for mutex in (holder, impatient, other):
        mutex.close()


def test_closed_while_its_wait_was_abandoned(path: Path) -> None:
    holder, impatient = Mutex(path, 10.0), Mutex(path, 0.01)
    holder.acquire()
    with pytest.raises(BusyBoardError):
        impatient.acquire()
    impatient.close()
    reused = os.open(path.parent / "other", os.O_CREAT | os.O_RDWR)
    holder.release(7)
    assert holder.acquire() == 7
    holder.release(8)
    holder.close()
    os.fstat(reused)
    os.close(reused)


def test_one_at_a_time_and_nobody_for_long(path: Path) -> None:
    """Eight that all want it all the time: each turn reads and writes a number that only the holder may touch."""
    shared, longest = [0], []

    def take_turns() -> None:
        mutex = Mutex(path, 30.0)
        for _ in range(200):
            began = time.monotonic()
            shown = mutex.acquire()
            longest.append(time.monotonic() - began)
            assert shown == (shared[0] or -1)
            shared[0] += 1
            time.sleep(0)  # another thread may run here
            mutex.release(shared[0])
        mutex.close()

    with ThreadPoolExecutor(8) as pool:
        for part in [pool.submit(take_turns) for _ in range(8)]:
            part.result()
    assert shared == [1600]
    assert max(longest) < 10
