"""The system calls that one cycle at our board needs, and nothing else: what `benchmarks.board` measures it by.

A cycle is a claim, a submission and a landing: three lines, each under the mutex, sixteen landings sharing one turn.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from benchmarks.contenders import FILES
from lockboard.mutex import Mutex

_LINE = b"x" * 150
_CARD = b"x" * 250
_LANDED_AT_ONCE = 16


def cycles_per_second(folder: Path, cycles: int) -> float:
    """Do the system calls of so many cycles in a new folder."""
    calls = _Calls(folder, cycles)
    began = time.perf_counter()
    for number in range(cycles):
        calls.claim(number)
        calls.submit(number)
        if number % _LANDED_AT_ONCE == _LANDED_AT_ONCE - 1:
            calls.land(range(number - _LANDED_AT_ONCE + 1, number + 1))
    return cycles / (time.perf_counter() - began)


class _Calls:
    def __init__(self, folder: Path, tasks: int) -> None:
        self._folder = str(folder)
        for name in ("ready", "claimed", "submitted", "done", "locks"):
            (folder / name).mkdir(parents=True)
        for number in range(tasks):
            (folder / "ready" / str(number)).write_bytes(_CARD)
        self._mutex = Mutex(folder / "mutex", patience=1.0)
        self._log = os.open(folder / "log", os.O_RDWR | os.O_CREAT, 0o600)

    def claim(self, number: int) -> None:
        self._read()  # is there a task at all?
        self._enter()
        self._append()
        card = os.open(f"{self._folder}/ready/{number}", os.O_WRONLY)
        os.write(card, _CARD)
        os.ftruncate(card, len(_CARD))
        os.close(card)
        self._move(number, "ready", "claimed")
        for part in range(FILES):
            os.link(f"{self._folder}/claimed/{number}", self._lock(number, part))
        self._mutex.release(0)

    def submit(self, number: int) -> None:
        self._enter()
        self._append()
        self._move(number, "claimed", "submitted")
        self._mutex.release(0)

    def land(self, numbers: range) -> None:
        self._enter()
        for number in numbers:
            self._append()
            for part in range(FILES):
                os.unlink(self._lock(number, part))  # noqa: PTH108
            self._move(number, "submitted", "done")
        self._mutex.release(0)

    def _enter(self) -> None:
        self._read()
        self._mutex.acquire()
        self._read()

    def _read(self) -> None:
        os.lseek(self._log, 0, os.SEEK_END)
        os.read(self._log, 1 << 16)

    def _append(self) -> None:
        os.lseek(self._log, 0, os.SEEK_END)
        os.write(self._log, _LINE)

    def _move(self, number: int, before: str, after: str) -> None:
        os.rename(f"{self._folder}/{before}/{number}", f"{self._folder}/{after}/{number}")  # noqa: PTH104

    def _lock(self, number: int, part: int) -> str:
        return f"{self._folder}/locks/package%2Fmodule_{number}_{part}.py.lock"
