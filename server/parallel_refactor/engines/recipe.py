"""The `recipe` engine: runs a recipe over a task and lets nothing through that breaks the recipe's promise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import evolve, frozen

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
from parallel_refactor.engines.recipes.recipe import Recipe


@frozen
class RecipeEngine:
    """Runs one recipe. A changed file that fails the recipe's own check comes back as failed, with the reason."""

    recipe: Recipe

    @property
    def name(self) -> str:
        """The word that `--engine` takes."""
        return "recipe"

    def run(self, job: Job, reader: Reader, stop: Stop) -> Result:
        """Apply the recipe and check every changed file; raises EngineError and StoppedError as the recipe does."""
        try:
            result = self.recipe.apply(job, reader, stop)
        except StoppedError as stopped:
            raise StoppedError(self._checked(stopped.partial, job)) from None
        answered = {file.path for file in result.files}
        if missing := sorted(set(job.files) - answered):
            raise EngineError(f"recipe {self.recipe.name} gave no result for {', '.join(missing)}; please report this")
        return self._checked(result, job)

    def _checked(self, result: Result, job: Job) -> Result:
        return evolve(result, files=tuple(self._checked_file(file, job.files, job.options) for file in result.files))

    def _checked_file(
        self, file: FileResult, before: Mapping[str, bytes | None], options: Mapping[str, Any]
    ) -> FileResult:
        old = before.get(file.path)
        if file.outcome is Outcome.CHANGED and file.new == old and file.mode is None:
            return FileResult(file.path, Outcome.UNCHANGED, left=file.left)
        if file.outcome is not Outcome.CHANGED:
            return evolve(file, new=None, mode=None)
        if broken := self.recipe.check(old or b"", file, options):
            return FileResult(file.path, Outcome.FAILED, left=(Left(broken), *file.left))
        return file
