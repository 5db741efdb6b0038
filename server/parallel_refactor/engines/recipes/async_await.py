"""The recipe that makes functions that block, and all that call them, coroutine functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal

from parallel_refactor.engines.interface import (
    EngineError,
    FileResult,
    Job,
    Reader,
    Result,
    Stop,
    StoppedError,
)
from parallel_refactor.engines.recipes.async_check import broken_promise
from parallel_refactor.engines.recipes.async_plan import plan
from parallel_refactor.engines.recipes.planned_edits import FilePlan, carry_out
from parallel_refactor.engines.recipes.recipe import Option


class ToAsync:
    """The recipe `async`: a function becomes async only if every caller can await it; all others are left, and told."""

    name = "async"
    title = "Refactor all files to use async/await"
    description = (
        "Await blocking calls wherever every caller can await, up to asyncio.run. HTTP, sleep, processes and more."
    )
    version = 2
    suffixes = (".py", ".pyi")
    order: Literal["needs"] = "needs"
    tools: tuple[str, ...] = ()
    options = (
        Option("files", '"yes": reading and writing files counts as blocking, too'),
        Option("mode", '"twin": adds `afetch` beside a `fetch` that has to stay as it is'),
    )

    def prepare(self, options: Mapping[str, Any], paths: Sequence[str], reader: Reader) -> Mapping[str, Any]:
        """Plan as for a run that visits all files; raises EngineError."""
        return self.prepare_run(options, paths, paths, reader)

    def prepare_run(
        self, options: Mapping[str, Any], paths: Sequence[str], visited: Collection[str], reader: Reader
    ) -> Mapping[str, Any]:
        """Colour the call graph of the workspace, and plan each file's edits; raises EngineError."""
        files, mode = str(options.get("files", "no")), str(options.get("mode", "replace"))
        if files not in ("yes", "no"):
            raise EngineError(f'option files: {files!r} is neither "yes" nor "no"')
        if mode not in ("replace", "twin"):
            raise EngineError(f'option mode: {mode!r} is neither "replace" nor "twin"')
        found = plan(paths, reader, frozenset(visited), files=files == "yes", twins=mode == "twin")
        plans, joints = [one.dump() for one in found.files], [list(pair) for pair in sorted(found.joints)]
        return {**options, "plans": plans, "joints": joints, "twins": found.twins}

    def joints(self, options: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
        """Give the pairs of files that land together: a function and its callers, methods and what overrides them."""
        return [(first, second) for first, second in options["joints"]]

    def apply(self, job: Job, reader: Reader, stop: Stop) -> Result:  # noqa: ARG002
        """Change the job's files as planned; raises EngineError without a plan, StoppedError (with nothing)."""
        if "plans" not in job.options:
            raise EngineError("recipe async: its options are not prepared")
        plans = {one.path: one for one in map(FilePlan.load, job.options["plans"])}
        files: list[FileResult] = []
        counts: Counter[str] = Counter()
        for path, data in job.files.items():
            if stop():
                raise StoppedError(Result(()))
            files.append(carry_out(found := plans.get(path), path, data or b""))
            if found is not None:
                counts.update(found.counts)
                counts["functions and calls left"] += len(found.left)
        twins = f", added {counts['twins added']} twins" if counts["twins added"] else ""
        summary = f"made {counts['functions made async']} functions async{twins}"
        return Result(tuple(files), summary, dict(counts))

    def check(self, before: bytes, after: FileResult, options: Mapping[str, Any]) -> str:
        """Tell how a changed file is more than the old one with async and await, and twins, or ""."""
        return broken_promise(before, after.new or b"", options.get("twins", {}))
