"""The program of the engine `command`, for one worker: run in its shadow of the workspace, over a task's files."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Mapping
from pathlib import Path

from parallel_refactor.engines.interface import EngineError, Result, Stop, StoppedError
from parallel_refactor.engines.metering import GivenBackError
from parallel_refactor.running.program import Program
from parallel_refactor.running.request import RunRequest
from parallel_refactor.running.shadow import Shadow, shadows

_MOST_BYTES = 20_000_000  # of one file


class Command:
    """A run's program, for one worker."""

    def __init__(self, root: Path, run: str, worker: str, request: RunRequest) -> None:
        place = shadows(root, run) / worker
        self._shadow = Shadow(root, place / "files")
        self._program = Program(
            request.command, request.command_timeout, root, self._shadow.folder, output=place / "output"
        )

    def make(self, files: Mapping[str, bytes | None], stop: Stop) -> Mapping[str, bytes | None]:
        """Run the program over some files, and give what they are then.

        Raises EngineError where it fails, with what it said, and StoppedError where `stop` asks for the end.
        """
        try:
            self._shadow.show(files)
            problem = self._program.run(stop, (path for path, data in files.items() if data is not None))
            if problem:
                raise EngineError(problem)
            return {path: self._read(path) for path in files}
        except GivenBackError as error:
            raise StoppedError(Result(()), str(error)) from error
        except OSError as error:
            raise EngineError(f"the program {shlex.join(self._program.words)} cannot be run: {error}") from error

    def _read(self, path: str) -> bytes | None:
        """Read what the program left; a link that it made could lead to anything."""
        file = self._shadow.folder / path
        try:
            found = file.lstat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        real = Path(os.path.realpath(file.parent)).is_relative_to(os.path.realpath(self._shadow.folder))
        if not stat.S_ISREG(found.st_mode) or not real:
            raise EngineError(f"the program left something else than a file at {path}")
        if found.st_size > _MOST_BYTES:
            raise EngineError(f"the program made more than {_MOST_BYTES:,} bytes of {path}")
        return file.read_bytes()
