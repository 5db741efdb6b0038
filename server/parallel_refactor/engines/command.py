"""The `command` engine: any program changes the files, in a copy of the workspace; only the task's come back."""

from __future__ import annotations

from collections.abc import Mapping

from parallel_refactor.engines.interface import FileResult, Job, Outcome, Reader, Result, Stop


class CommandEngine:
    """Runs the person's program over a task's files. Its exit code decides: 0, and what it made is handed in."""

    @property
    def name(self) -> str:
        """The word that `--engine` takes."""
        return "command"

    def run(self, job: Job, reader: Reader, stop: Stop) -> Result:  # noqa: ARG002 - the program has a copy
        """Run the program; raises EngineError with what it said where it fails, StoppedError when asked to stop."""
        made = job.program()
        files = tuple(_result(path, before, made) for path, before in job.files.items())
        changed = sum(file.outcome is Outcome.CHANGED for file in files)
        return Result(files, f"the program changed {changed} of {len(files)} files")


def _result(path: str, before: bytes | None, made: Mapping[str, bytes | None]) -> FileResult:
    new = made[path]
    if new == before:
        return FileResult(path, Outcome.UNCHANGED)
    return FileResult(path, Outcome.CHANGED, new)
