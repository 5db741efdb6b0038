"""Running another program from an engine: no shell, a deadline, and an end when the task is asked to stop."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from attrs import frozen

from parallel_refactor.engines.interface import EngineError, Stop


@frozen
class Finished:
    """How a program ended, and what it printed."""

    status: int
    stdout: str
    stderr: str


def run_child(
    arguments: Sequence[str], *, folder: Path, environment: Mapping[str, str], stop: Stop, seconds: float
) -> Finished | None:
    """Run a program to its end and read its output as UTF-8; None when it was killed because `stop` asked for it.

    Raises EngineError when it cannot be started or takes longer than `seconds`.
    """
    end = time.monotonic() + seconds
    with tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        try:
            child = subprocess.Popen(
                arguments, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr
            )
        except OSError as error:
            raise EngineError(f"cannot start {arguments[0]}: {error}") from error
        try:
            while child.poll() is None:
                if stop():
                    return None
                if time.monotonic() > end:
                    raise EngineError(f"{arguments[0]} took longer than {seconds:g} s and was ended")
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(_POLL)
        finally:
            child.kill()
            child.wait()
        return Finished(child.returncode, _text(stdout), _text(stderr))


_POLL = 0.02


def _text(stream: IO[bytes]) -> str:
    stream.seek(0)
    return stream.read().decode("utf-8", "replace")
