"""What a supervisor waits for: that a worker says something, or ends."""

from __future__ import annotations

import sys
from multiprocessing.connection import Connection, wait

from parallel_refactor.running.member import Member

if sys.platform == "win32":
    _HANDLES = 60  # the system waits for no more than this many things at once

    class Doorbells:
        """The doorbells of some workers. All are looked at after each wait: some could not be waited for."""

        def __init__(self) -> None:
            self._members: list[Member] = []

        def add(self, member: Member) -> None:
            """Wait for this worker too."""
            self._members.append(member)

        def remove(self, member: Member) -> None:
            """Wait for this worker no longer."""
            self._members.remove(member)

        def wait(self, seconds: float) -> bool:
            """Wait until a worker stirs, at most some seconds; tells whether one did."""
            awaited: list[Connection | int] = [member.pipe for member in self._members if not member.deaf]
            awaited += [member.process.sentinel for member in self._members]
            happened = wait(awaited[:_HANDLES], seconds)
            for member in self._members:
                member.stirred = True
                member.listen()
            return bool(happened)

else:
    import selectors

    class Doorbells:
        """The doorbells of some workers. Registered once: to do so at each wait would cost more than all the rest."""

        def __init__(self) -> None:
            self._selector = selectors.DefaultSelector()

        def add(self, member: Member) -> None:
            """Wait for this worker too."""
            for awaited in (member.pipe, member.process.sentinel):
                self._selector.register(awaited, selectors.EVENT_READ, member)

        def remove(self, member: Member) -> None:
            """Wait for this worker no longer. Its pipe and process must not have been closed."""
            for awaited in (member.pipe, member.process.sentinel):
                self._forget(awaited)

        def wait(self, seconds: float) -> bool:
            """Wait until a worker stirs, at most some seconds; tells whether one did."""
            happened = self._selector.select(seconds)
            for key, _ in happened:
                member: Member = key.data
                if key.fileobj is not member.pipe:
                    member.stirred = True
                else:
                    member.listen()
                    if member.deaf:  # for good: its end would be news for ever
                        self._forget(member.pipe)
            return bool(happened)

        def _forget(self, awaited: Connection | int) -> None:
            if awaited in self._selector.get_map():
                self._selector.unregister(awaited)
