"""The project's own check: a program that each result of a model must pass before it is handed in.

It runs in the worker's shadow of the workspace. That lies outside of the workspace, so that the audit hook which keeps
workers from writing there stays as strict as it is.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from parallel_refactor.engines.claude.secrets import has_secret_name
from parallel_refactor.engines.interface import EngineError, Stop
from parallel_refactor.running.program import Program
from parallel_refactor.running.request import RunRequest
from parallel_refactor.running.shadow import Shadow, list_workspace, shadows


class Check:
    """A run's check, for one worker."""

    def __init__(self, root: Path, run: str, worker: str, request: RunRequest, denied: Callable[[str], bool]) -> None:
        def list_sendable(root: Path) -> Iterable[str]:
            """Leave out what no model may see: what the check prints of it would get there."""
            return (path for path in list_workspace(root) if not (denied(path) or has_secret_name(path)))

        place = shadows(root, run) / worker
        self._shadow = Shadow(root, place / "files", list_sendable)
        self._program = Program(
            request.check, request.check_timeout, root, self._shadow.folder, output=place / "output"
        )

    def find_problem(self, changed: Mapping[str, bytes], overlay: Mapping[str, Path | bytes | None], stop: Stop) -> str:
        """Say what the check has against the new contents of some files, "" for nothing.

        `overlay` is what other tasks have handed in that this one builds on. Raises EngineError where the check cannot
        be run, GivenBackError where `stop` asks for the end.
        """
        try:
            self._shadow.show({**overlay, **changed})
            return self._program.run(stop, changed)
        except OSError as error:
            raise EngineError(f"the check {shlex.join(self._program.words)} cannot be run: {error}") from error
