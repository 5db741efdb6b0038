"""Real runs on real boards: a workspace, a board, a supervisor and workers that nobody pretends to be."""

from __future__ import annotations

import os
import signal
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from copy import copy
from pathlib import Path
from typing import Any

import psutil

from lockboard.board import Board
from lockboard.model import Process, ProcessKind, Run, RunState, TaskState, Wish
from parallel_refactor.engines.simulate import MARK
from parallel_refactor.running.report import Report, report
from parallel_refactor.running.request import RunRequest
from parallel_refactor.running.start import start_run

_FAMILY = "PARALLEL_REFACTOR_TEST_FAMILY"
PATIENCE = 90.0


class Runs:
    """A workspace with a board, and all processes that are started for it."""

    def __init__(self, root: Path, family: str) -> None:
        self.root = root
        self.board = Board(root, create=True)
        self._family = family

    def write(self, count: int, folder: str = "") -> list[str]:
        """Make some Python files; gives their paths."""
        paths = [f"{folder}m{number:04}.py" for number in range(count)]
        for number, path in enumerate(paths):
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_text(before(number))
        return paths

    def start(self, *, workers: int = 2, options: dict[str, Any] | None = None, **more: Any) -> str:
        """Start a run of the simulate engine."""
        request = RunRequest(engine="simulate", workers=workers, options=options or {}, **more)
        return start_run(self.board, request)

    def run(self, name: str) -> Run:
        """Give a run as it is now."""
        self.board.refresh()
        return self.board.run(name)

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Wait until something is so, as the board has it."""
        end = time.monotonic() + PATIENCE
        while True:
            self.board.refresh()
            if condition():
                return
            assert time.monotonic() < end, f"never: {what}\n{self.logs()}"
            time.sleep(0.01)

    def reach(self, name: str, *states: RunState) -> Run:
        """Wait until a run is in one of some states."""
        self.until(lambda: self.run(name).state in states, f"{name} is {' or '.join(states)}")
        return self.run(name)

    def end(self, name: str) -> Report:
        """Wait until a run has ended and its supervisor is gone; gives its report."""
        self.until(lambda: self.run(name).state.ended, f"{name} has ended")
        self.until(lambda: not self.board.has_supervisor(name), f"{name}'s supervisor has ended")
        return report(self.board, name)

    def busy(self, name: str) -> list[Process]:
        """Give a run's workers that have a task."""
        return [process for process in self.workers(name) if process.task]

    def workers(self, name: str) -> list[Process]:
        """Give a run's workers."""
        return [process for process in self._processes(name) if process.kind is ProcessKind.WORKER]

    def supervisor(self, name: str) -> Process:
        """Give a run's supervisor."""
        return self.supervisors(name)[-1]

    def supervisors(self, name: str) -> list[Process]:
        """Give a run's supervisors: one, and dead ones whose end it has not noted yet."""
        return [process for process in self._processes(name) if process.kind is ProcessKind.SUPERVISOR]

    def _processes(self, name: str) -> list[Process]:
        """Give a run's processes as they are now; the board's own objects go on changing."""
        self.board.refresh()
        return [copy(process) for process in self.board.state.processes.values() if process.run == name]

    def states(self, name: str) -> list[TaskState]:
        """Give the states of a run's tasks, without those that were split."""
        return [task.state for task in self.board.run_tasks(name).values() if task.state is not TaskState.SPLIT]

    def wish(self, name: str, wish: Wish, **target: str) -> None:
        """Ask something of a run."""
        self.board.wish(name, wish, **target)

    def person(self) -> str:
        """Let an editor's server take part; gives its id."""
        self._person = self.board.join(ProcessKind.SERVER, os.getpid())
        return self._person.process

    def logs(self) -> str:
        """Give what the supervisors and workers said."""
        return "\n".join(path.read_text() for path in sorted(self.board.layout.board.glob("runs/*/supervisor.log")))

    def family(self) -> list[psutil.Process]:
        """Give all living processes that were started for this workspace, or by those."""
        found = []
        for process in psutil.process_iter():
            try:
                mine = process.environ().get(_FAMILY) == self._family and process.pid != os.getpid()
                if mine and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(process)
            except psutil.Error:
                continue
        return found

    def assert_nobody_left(self) -> None:
        """Fail if a process of this workspace does not end by itself in a short time."""
        end = time.monotonic() + 30
        while family := self.family():
            if time.monotonic() > end:
                said = [f"{process.pid} {process.cmdline()}" for process in family]
                for process in family:
                    process.kill()
                raise AssertionError(f"left behind: {said}\n{self.logs()}")
            time.sleep(0.05)


@contextmanager
def runs_in(root: Path) -> Iterator[Runs]:
    """Give a workspace; at the end nothing of it may be running."""
    family = uuid.uuid4().hex
    root.mkdir(exist_ok=True)
    os.environ[_FAMILY] = family
    runs = Runs(root.resolve(), family)
    try:
        yield runs
    finally:
        del os.environ[_FAMILY]
        runs.assert_nobody_left()
        runs.board.close()


def before(number: int) -> str:
    """Give the text of a file before the run."""
    return f"value = {number}\n" * (1 + number % 5)


def edits(path: Path) -> int:
    """Count how often a file was edited."""
    return path.read_text().count(MARK)


def kill(process: Process) -> None:
    """End a process without a warning; one that has just ended by itself is well."""
    with suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGKILL)
