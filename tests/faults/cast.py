"""The processes of a chaos: started, killed, stopped, woken, replaced."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from multiprocessing.process import BaseProcess
from typing import Any

from attrs import define, frozen

from tests.faults.actors import LEASE

_context = multiprocessing.get_context("forkserver")
_PATIENCE = 60.0  # seconds in which everybody must have left who was told to


@frozen
class Role:
    """What a process does: `play` is called with these arguments and a seed."""

    kind: str
    play: Callable[..., None]
    arguments: tuple[Any, ...]


@define(eq=False)
class Actor:
    """A process that plays a role. `wakes` is the time when it is to go on, 0.0 where it is not stopped."""

    role: Role
    process: BaseProcess
    wakes: float = 0.0

    def signal(self, number: int) -> None:
        """Send a signal; one that has just ended by itself is well."""
        if self.process.is_alive() and self.process.pid:
            with suppress(ProcessLookupError):
                os.kill(self.process.pid, number)


class Cast:
    """The actors of a chaos, and how many of them were killed and stopped, by kind."""

    def __init__(self, dice: random.Random) -> None:
        self.killed: Counter[str] = Counter()
        self.stopped: Counter[str] = Counter()
        self._dice = dice
        self._actors: list[Actor] = []
        _context.set_forkserver_preload(["tests.faults.actors"])

    def tend(self, roles: Sequence[Role]) -> None:
        """Wake those whose time has come, and start somebody for each role that nobody plays any more."""
        for actor in self._actors:
            if 0.0 < actor.wakes <= time.monotonic():
                actor.wakes = 0.0
                actor.signal(signal.SIGCONT)
        for actor in self._actors:
            if actor.process.exitcode not in (None, 0, -signal.SIGKILL):
                raise AssertionError(f"a {actor.role.kind} ended with {actor.process.exitcode}")
        self._actors = [actor for actor in self._actors if actor.process.is_alive()]
        missing = Counter(map(id, roles))
        missing.subtract(id(actor.role) for actor in self._actors)
        for role in {id(role): role for role in roles}.values():
            for _ in range(missing[id(role)]):
                arguments = (*role.arguments, self._dice.randrange(10**6))
                process = _context.Process(target=role.play, args=arguments, daemon=True)
                process.start()
                self._actors.append(Actor(role, process))

    def kill(self) -> None:
        """Kill somebody, stopped or not."""
        actor = self._dice.choice(self._actors)
        actor.signal(signal.SIGKILL)
        actor.process.join()
        self._actors.remove(actor)
        self.killed[actor.role.kind] += 1

    def stop(self) -> None:
        """Stop somebody for a while, longer or shorter than a lease."""
        awake = [actor for actor in self._actors if not actor.wakes]
        if awake:
            actor = self._dice.choice(awake)
            actor.signal(signal.SIGSTOP)
            actor.wakes = time.monotonic() + LEASE * self._dice.choice((self._dice.random(), 1 + self._dice.random()))
            self.stopped[actor.role.kind] += 1

    def dismiss(self) -> list[str]:
        """Wake all and wait until they have left by themselves; says who does not, and who failed."""
        problems = []
        end = time.monotonic() + _PATIENCE
        for actor in self._actors:
            actor.signal(signal.SIGCONT)
        for actor in self._actors:
            actor.process.join(max(0.0, end - time.monotonic()))
            if actor.process.exitcode != 0:
                problems.append(f"{actor.role.kind} {actor.process.pid} ended with {actor.process.exitcode}")
        self.end()
        return problems

    def end(self) -> None:
        """Leave nobody behind."""
        for actor in self._actors:
            actor.signal(signal.SIGKILL)
            actor.process.join()
        self._actors = []
