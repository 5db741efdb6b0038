"""Tasks for the engine, done over real HTTP with the real SDK against the double."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from attrs import Factory, define, frozen

from parallel_refactor.engines.claude.asking import Patience
from parallel_refactor.engines.claude.engine import ClaudeEngine
from parallel_refactor.engines.interface import FileResult, Job, Result
from parallel_refactor.engines.metering import Answer, Meter, Unmetered, Wait
from tests.doubles.faults import Faults
from tests.doubles.limits import Limits
from tests.doubles.model_api import Books, Double, double
from tests.engines.engine_runs import MemoryReader, never

FILE = "pkg/mod.py"
TEXT = b"import log\n\n\ndef old_name(value):\n    log.info('old_name')\n    return value\n\n\nprint(old_name(1))\n"
RENAME = "Replace `old_name` by `new_name`."
LONG = b"".join(b"def f%d(old_name):\n    return %d\n" % (number, number) for number in range(16))
NEW = TEXT.replace(b"old_name", b"new_name")

_QUICK = Patience(first=0.01)


@define
class Recorder:
    """A meter that writes down what it is told, and first says so often that one has to wait. `most`: as asked for."""

    waits: int = 0
    capped: bool = False
    most: list[tuple[int, int]] = Factory(list)
    answers: list[Answer] = Factory(list)
    begins: int = 0

    def ask(self, input_tokens: int, output_tokens: int) -> Wait | None:
        if self.waits:
            self.waits -= 1
            return Wait(0.01, "the test")
        self.most.append((input_tokens, output_tokens))
        return None

    def begun(self) -> None:
        self.begins += 1

    def answered(self, answer: Answer) -> None:
        self.answers.append(answer)

    def tokens(self) -> Counter[str]:
        """Add up all answers; those of which nobody knows what they cost count as 0."""
        found: Counter[str] = Counter()
        for answer in self.answers:
            found.update(answer.tokens or {})
        return found


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
        meter: Meter | None = None,
        context: str = "",
        changed: Mapping[str, tuple[bytes | None, bytes | None]] | None = None,
        **options: Any,
    ) -> Result:
        """Do a task of these files (one by default), in a workspace with some others."""
        task = {FILE: TEXT} if files is None else files
        workspace = {path: data for path, data in task.items() if data is not None} | dict(others or {})
        settings = {"base_url": self.double.url, **options}
        given = {name: value for name, value in settings.items() if value is not None}
        job = Job(task, instructions, given, meter or Unmetered(), context=context, changed=changed or {})
        return ClaudeEngine(patience).run(job, MemoryReader(workspace), stop)

    def told(self) -> str:
        """Give all that was sent, as text."""
        return str(self.books.requests)


@contextmanager
def stage(faults: Faults | None = None, limits: Limits | None = None) -> Iterator[Stage]:
    """Give a stage; nothing of it is left afterwards."""
    with double(faults, limits) as made:
        yield Stage(made)


def only(result: Result) -> FileResult:
    """Give the result of the only file."""
    (file,) = result.files
    return file


def reason(result: Result) -> str:
    """Give the first reason that the only file's result has."""
    return only(result).left[0].reason
