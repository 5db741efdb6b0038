"""One worker process, from the supervisor's side: its doorbell, its claim, its signs of life, its end."""

from __future__ import annotations

import signal
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

import psutil
from attrs import define, field

from parallel_refactor.running import trees
from parallel_refactor.running.clock import Clock
from parallel_refactor.running.worker import IDLE, NEXT, RING

PATIENCE = 2.0
"""Seconds from asking a worker to SIGTERM."""

LAST_PATIENCE = 1.0
"""Seconds from SIGTERM to SIGKILL."""


@define(eq=False)
class Member:
    """A worker process that the supervisor started. Times are those of the supervisor's clock.

    `id` is its name on the board, once it has joined. `token`: of the claim that was seen last, 0 for none. `idle`: it
    waits for a ring. `leaving`: it was asked to end. `stirred`: it may be dead, which takes longer to find out.
    """

    process: BaseProcess
    pipe: Connection
    clock: Clock
    id: str = ""
    token: int = 0
    idle: bool = False
    leaving: bool = False
    deaf: bool = False
    stirred: bool = False
    _tree: psutil.Process | None = None
    _asked: float | None = None
    _said: bool = False
    _claimed: float = 0.0
    _beat: float = 0.0
    _beat_seen: float = field(init=False)
    _blame: str = ""

    def __attrs_post_init__(self) -> None:
        self._beat_seen = self.clock.now
        try:
            self._tree = psutil.Process(self.process.pid)
        except psutil.NoSuchProcess:
            self._tree = None  # it died at once

    @property
    def is_dead(self) -> bool:
        """Whether the process has ended."""
        return self.process.exitcode is not None

    # ---- the doorbell

    def ring(self) -> None:
        """Have the worker look at the board."""
        self.idle = False
        try:
            self.pipe.send_bytes(RING)
        except OSError:
            self.deaf = True  # it is dying: the news of its end is on the way

    def listen(self) -> None:
        """Hear what the worker has said."""
        try:
            while not self.deaf and self.pipe.poll():
                word = self.pipe.recv_bytes()
                if word == NEXT:
                    continue  # it is about a task whose end the next claim shows
                self.idle = word == IDLE
                self._said = True
                self._asked = self._asked if self.leaving else None
        except (EOFError, OSError):
            self.deaf = True

    # ---- how it comes to an end

    def ask(self, *, leaving: bool) -> None:
        """Ask the worker to stop what it does, and perhaps to end then; `press` sees to it that it does."""
        if self._asked is None or (leaving and not self.leaving):
            self.ring()
        if self._asked is None:
            self._asked = self.clock.now
        self.leaving = self.leaving or leaving

    def press(self) -> None:
        """End a worker that was asked, and takes too long."""
        waited = 0.0 if self._asked is None else self.clock.now - self._asked
        if waited > PATIENCE + LAST_PATIENCE:
            self.kill()
        elif waited > PATIENCE:
            self.process.terminate()

    def kill(self, blame: str = "") -> None:
        """End the worker and what it started; with `blame` its death counts against its task."""
        self._blame = self._blame or blame
        if self._tree is not None:
            trees.kill_tree(self._tree)

    def obituary(self) -> tuple[str, bool]:
        """Say why a dead worker ended, and whether that counts against its task."""
        status = self.process.exitcode or 0
        if self._blame:
            return self._blame, True
        if self.leaving or self._asked is not None or status == 0:
            return "its worker left", False
        if status < 0:
            return f"its worker was ended by signal {-status} ({signal.strsignal(-status)})", True
        return f"its worker ended with status {status}", True

    def close(self) -> None:
        """Give back what a dead worker's descriptors need."""
        self.pipe.close()
        self.process.close()

    # ---- watching

    def follow(self, token: int) -> None:
        """Take note of the claim that the worker has now."""
        if token == self.token:
            return
        self.listen()  # what it said before this claim must not count for it
        if token:
            self._claimed, self._said, self.idle = self.clock.now, False, False
            self._asked = self._asked if self.leaving else None
        elif not self._said:
            self.ask(leaving=False)  # its task was ended or given away under it
        self.token = token

    def excuse(self, seconds: float) -> None:
        """Let time that the worker only waited not count for its task's deadline."""
        self._claimed += seconds

    def judge(self, beat: float, lease: float, deadline: float) -> None:
        """End the worker if its last sign of life, or its claim, is too long ago. Who waits for a ring gives none."""
        if beat != self._beat or self.idle:
            self._beat, self._beat_seen = beat, self.clock.now
        if self.clock.now - self._beat_seen > lease:
            self.kill(f"its worker showed no sign of life for {lease:g} s")
        elif self.token and self.clock.now - self._claimed > deadline:
            self.kill(f"it took longer than {deadline:g} s")
