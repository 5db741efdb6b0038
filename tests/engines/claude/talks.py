"""Tasks for the engine, done over real HTTP with the real SDK against the double."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from attrs import frozen

from parallel_refactor.engines.claude.asking import Patience
from parallel_refactor.engines.claude.engine import ClaudeEngine
from parallel_refactor.engines.interface import FileResult, Job, Result
from tests.doubles.faults import Faults
from tests.doubles.model_api import Books, Double, double
from tests.engines.engine_runs import MemoryReader, never

FILE = "pkg/mod.py"
TEXT = b"import log\n\n\ndef old_name(value):\n    log.info('old_name')\n    return value\n\n\nprint(old_name(1))\n"
RENAME = "Replace `old_name` by `new_name`."
LONG = b"".join(b"def f%d(old_name):\n    return %d\n" % (number, number) for number in range(16))
NEW = TEXT.replace(b"old_name", b"new_name")

_QUICK = Patience(first=0.01)


@frozen
class Stage:
    """A double, and an engine that talks to it."""

    double: Double

    @property
    def books(self) -> Books:
        """What the double has seen."""
        return self.double.books

    def do(
        self,
        instructions: str = RENAME,
        files: Mapping[str, bytes | None] | None = None,
        *,
        others: Mapping[str, bytes] | None = None,
        stop: Callable[[], bool] = never,
        patience: Patience = _QUICK,
        **options: Any,
    ) -> Result:
        """Do a task of these files (one by default), in a workspace with some others."""
        task = {FILE: TEXT} if files is None else files
        workspace = {path: data for path, data in task.items() if data is not None} | dict(others or {})
        settings = {"base_url": self.double.url, **options}
        job = Job(task, instructions, {name: value for name, value in settings.items() if value is not None})
        return ClaudeEngine(patience).run(job, MemoryReader(workspace), stop)

    def told(self) -> str:
        """Give all that was sent, as text."""
        return str(self.books.requests)


@contextmanager
def stage(faults: Faults | None = None) -> Iterator[Stage]:
    """Give a stage; nothing of it is left afterwards."""
    with double(faults) as made:
        yield Stage(made)


def only(result: Result) -> FileResult:
    """Give the result of the only file."""
    (file,) = result.files
    return file


def reason(result: Result) -> str:
    """Give the first reason that the only file's result has."""
    return only(result).left[0].reason
