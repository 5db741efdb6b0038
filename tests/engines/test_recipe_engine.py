"""The recipe engine lets no result through that breaks what the recipe promises."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import pytest
from attrs import frozen

from parallel_refactor.engines.interface import (
    EngineError,
    FileResult,
    Job,
    Left,
    Outcome,
    Reader,
    Result,
    Stop,
    StoppedError,
)
from parallel_refactor.engines.recipe import RecipeEngine
from parallel_refactor.engines.recipes.recipe import Option
from tests.engines.engine_runs import MemoryReader, never


@frozen
class Upper:
    """Promises to change only the case of letters. Does what it is told."""

    does: Callable[[str, bytes], FileResult | None]
    stops_after: int = 100
    name: str = "upper"
    title: str = "Upper case"
    description: str = ""
    version: int = 1
    suffixes: tuple[str, ...] = (".txt",)
    order: Literal["none"] = "none"
    tools: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()

    def prepare(self, options: Mapping[str, Any], paths: Sequence[str], reader: Reader) -> Mapping[str, Any]:  # noqa: ARG002
        return options

    def apply(self, job: Job, reader: Reader, stop: Stop) -> Result:  # noqa: ARG002
        files = [self.does(path, data or b"") for path, data in list(job.files.items())[: self.stops_after]]
        result = Result(tuple(file for file in files if file is not None))
        if self.stops_after < len(job.files):
            raise StoppedError(result)
        return result

    def check(self, before: bytes, after: FileResult, options: Mapping[str, Any]) -> str:  # noqa: ARG002
        return "" if after.new is not None and before.lower() == after.new.lower() else "more than the case differs"


def honest(path: str, data: bytes) -> FileResult:
    return FileResult(path, Outcome.CHANGED, data.upper(), (Left("a note"),))


def lying(path: str, data: bytes) -> FileResult:
    return FileResult(path, Outcome.CHANGED, data.upper() + b"!", (Left("a note"),))


def run(recipe: Upper, **files: bytes) -> tuple[FileResult, ...]:
    return RecipeEngine(recipe).run(Job(files), MemoryReader(files), never).files


def test_a_result_that_keeps_the_promise_passes() -> None:
    assert run(Upper(honest), a=b"one") == (FileResult("a", Outcome.CHANGED, b"ONE", (Left("a note"),)),)


def test_a_lie_fails_its_file_only() -> None:
    recipe = Upper(lambda path, data: (lying if path == "b" else honest)(path, data))
    good, bad = run(recipe, a=b"one", b=b"two")
    assert good.outcome is Outcome.CHANGED
    assert bad == FileResult("b", Outcome.FAILED, None, (Left("more than the case differs"), Left("a note")))


def test_a_deletion_that_was_not_promised_fails() -> None:
    (file,) = run(Upper(lambda path, _data: FileResult(path, Outcome.CHANGED)), a=b"one")
    assert file.outcome is Outcome.FAILED


@pytest.mark.parametrize("outcome", [Outcome.UNCHANGED, Outcome.LEFT, Outcome.FAILED])
def test_contents_come_only_with_a_change(outcome: Outcome) -> None:
    (file,) = run(Upper(lambda path, _data: FileResult(path, outcome, b"smuggled", (Left("why"),), 0o777)), a=b"one")
    assert file == FileResult("a", outcome, None, (Left("why"),), None)


def test_the_same_contents_are_no_change() -> None:
    assert run(Upper(honest), a=b"ONE") == (FileResult("a", Outcome.UNCHANGED, left=(Left("a note"),)),)


def test_a_file_without_an_answer_is_an_error() -> None:
    with pytest.raises(EngineError, match="no result for b"):
        run(Upper(lambda path, data: honest(path, data) if path == "a" else None), a=b"one", b=b"two")


def test_what_was_done_before_a_stop_is_checked_too() -> None:
    with pytest.raises(StoppedError) as stopped:
        run(Upper(lying, stops_after=1), a=b"one", b=b"two")
    assert [file.outcome for file in stopped.value.partial.files] == [Outcome.FAILED]
    with pytest.raises(StoppedError) as stopped:
        run(Upper(honest, stops_after=1), a=b"one", b=b"two")
    assert [file.outcome for file in stopped.value.partial.files] == [Outcome.CHANGED]


def test_the_engine_has_the_name_of_its_flag() -> None:
    assert RecipeEngine(Upper(honest)).name == "recipe"
