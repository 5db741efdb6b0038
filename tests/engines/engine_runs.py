"""Runs recipes through their engine over files in memory, as a worker does with those of a task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from parallel_refactor.engines.interface import FileResult, Job, Outcome, Result
from parallel_refactor.engines.recipe import RecipeEngine
from parallel_refactor.engines.recipes.recipe import Recipe

Files = Mapping[str, bytes]


@frozen
class MemoryReader:
    """A workspace in memory."""

    files: Files

    def read(self, path: str) -> bytes:
        try:
            return self.files[path]
        except KeyError:
            raise FileNotFoundError(path) from None

    def paths(self) -> tuple[str, ...]:
        return tuple(sorted(self.files))


def never() -> bool:
    """Never ask to stop."""
    return False


def run_recipe(recipe: Recipe, files: Files, options: Mapping[str, Any] | None = None, size: int = 100) -> Result:
    """Prepare a recipe for a workspace, and do it in tasks of so many files; gives the results as one."""
    reader = MemoryReader(files)
    paths = [path for path in files if path.endswith(recipe.suffixes)]
    prepared = recipe.prepare(options or {}, paths, reader)
    engine = RecipeEngine(recipe)
    results: list[FileResult] = []
    for first in range(0, len(paths), size):
        task = {path: files[path] for path in paths[first : first + size]}
        results += engine.run(Job(task, options=prepared), reader, never).files
    return Result(tuple(results))


def after(files: Files, result: Result) -> dict[str, bytes]:
    """Give the workspace as it is when the result has landed."""
    return {**files, **{file.path: file.new or b"" for file in result.files if file.outcome is Outcome.CHANGED}}


def settled(recipe: Recipe, files: Files, options: Mapping[str, Any] | None = None) -> dict[str, bytes]:
    """Run a recipe, then again, and show that the second time changes nothing; gives the workspace."""
    first = run_recipe(recipe, files, options)
    failed = {file.path: file.left for file in first.files if file.outcome is Outcome.FAILED}
    assert not failed
    done = after(files, first)
    second = run_recipe(recipe, done, options)
    assert {file.path for file in second.files if file.outcome not in (Outcome.UNCHANGED, Outcome.LEFT)} == set()
    return done


def reasons(result: Result) -> dict[str, list[str]]:
    """Give what was left in each file, and why."""
    return {file.path: [left.reason for left in file.left] for file in result.files if file.left}


def rewrite_options(pattern: str, replace: str, **more: str) -> dict[str, Any]:
    """Give the options of the recipe that rewrites."""
    return {"pattern": pattern, "replace": replace, **more}
