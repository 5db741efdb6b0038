"""A trial of a run's results by its gate: which of them may land together, and why not the others.

A process of its own, from the supervisor's beginning of it to its verdict. It looks at nothing but the workspace and
the results that it is given, and changes nothing but its copies of them.
"""

from __future__ import annotations

import shlex
import signal
import threading
from collections.abc import Mapping
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

from attrs import Factory, frozen

from parallel_refactor.engines.metering import GivenBackError
from parallel_refactor.running import trees
from parallel_refactor.running.bisecting import find_passing
from parallel_refactor.running.program import Program
from parallel_refactor.running.request import RunRequest
from parallel_refactor.running.shadow import Shadow, list_shadow

Results = Mapping[str, Path | None]
"""What some tasks have handed in: paths, and the files with their new contents; None where it is to be deleted."""


@frozen
class Verdict:
    """What a trial came to.

    `passed` may land together; `guilty` may not, each with what the gate said. `trouble`: the gate passes in no case,
    because of the workspace as it is, or cannot be run.
    """

    passed: tuple[str, ...] = ()
    guilty: Mapping[str, str] = Factory(dict)
    trouble: str = ""


def hold_trial(root: str, place: str, request: RunRequest, units: Mapping[str, Results], pipe: Connection) -> None:
    """Try units, by name: what the new process does from its beginning to its end. Sends what it does, then a Verdict.

    `place` is a folder for its copies. Without units only the workspace itself is tried. When the other end of the pipe
    is closed, by whoever wants no verdict or by the death of the supervisor, it ends with all that it has started.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the front end to act on
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    trees.become_reaper()
    closed = threading.Event()
    threading.Thread(target=_listen, args=(pipe, closed), daemon=True).start()
    with suppress(GivenBackError, BrokenPipeError, ConnectionResetError):
        pipe.send(_Trial(Path(root), Path(place), request, units, _Wire(pipe, closed)).verdict())


@frozen
class _Wire:
    """The pipe to the supervisor, and whether its other end is closed."""

    pipe: Connection
    closed: threading.Event


def _listen(pipe: Connection, closed: threading.Event) -> None:
    with suppress(EOFError, OSError):
        while pipe.recv_bytes():
            pass
    closed.set()


class _Trial:
    def __init__(self, root: Path, place: Path, request: RunRequest, units: Mapping[str, Results], wire: _Wire) -> None:
        # People go on editing: all tries are of the workspace as it was at the beginning, else they say nothing.
        self._workspace = Shadow(root, place / "workspace")
        self._shadow = Shadow(self._workspace.folder, place / "files", list_shadow)
        self._program = Program(request.gate, request.gate_timeout, root, self._shadow.folder, place / "output")
        self._units = units
        self._wire = wire
        self._problems: dict[frozenset[str], str] = {}

    def verdict(self) -> Verdict:
        names = tuple(self._units)
        try:
            self._workspace.show({})
            if names and not self._problem(names):
                return Verdict(names)
            if problem := self._problem(()):
                return Verdict(trouble=problem)
            passed = find_passing(names, lambda some: not self._problem(some))
        except OSError as error:
            return Verdict(trouble=f"{shlex.join(self._program.words)} cannot be run: {error}")
        return Verdict(passed, {name: self._problem((*passed, name)) for name in names if name not in passed})

    def _problem(self, names: tuple[str, ...]) -> str:
        """Say what the gate has against some units together, "" for nothing."""
        key = frozenset(names)
        if key not in self._problems:
            self._wire.pipe.send(self._doing(names))
            self._shadow.show({path: new for name in names for path, new in self._units[name].items()})
            self._problems[key] = self._program.run(self._wire.closed.is_set)
        return self._problems[key]

    def _doing(self, names: tuple[str, ...]) -> str:
        gate, number = shlex.join(self._program.words), len(self._problems) + 1
        if len(names) == len(self._units) == 0:
            return f"checking with {gate}, before anything is changed"
        if number == 1:
            return f"checking {len(names):,} results with {gate}" if names[1:] else f"checking a result with {gate}"
        return f"checking with {gate} which of {len(self._units):,} results break it (try {number})"
