"""The project's own check: a program that each result of a model must pass before it is handed in.

It runs in the worker's shadow of the workspace. That lies outside of the workspace, so that the audit hook which keeps
workers from writing there stays as strict as it is.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import psutil

from parallel_refactor.engines.claude.secrets import has_secret_name, masked
from parallel_refactor.engines.interface import EngineError, Stop
from parallel_refactor.engines.metering import GivenBackError
from parallel_refactor.running import trees
from parallel_refactor.running.homes import cache_folder
from parallel_refactor.running.request import RequestError, RunRequest
from parallel_refactor.running.shadow import Shadow

_SHOWN = 6_000  # characters of a check's output that a model gets: its beginning and its end
_MOST_OUTPUT = 20_000_000  # bytes
_POLL = 0.02


def require_program(root: Path, request: RunRequest) -> None:
    """Raise RequestError where a check cannot be run here."""
    words = shlex.split(request.check)
    if not words:
        return
    program = str(root / words[0]) if os.path.dirname(words[0]) else words[0]  # noqa: PTH120  also "./check"
    if not shutil.which(program):
        raise RequestError(f"check is {request.check!r}, and there is no program {words[0]!r} that could be run.")
    if Path(os.path.realpath(cache_folder())).is_relative_to(os.path.realpath(root)):
        raise RequestError(
            f"Checks run in a copy of the workspace in {cache_folder()}, which lies in the workspace itself: "
            "set XDG_CACHE_HOME to a folder outside."
        )


def shadows(root: Path, run: str) -> Path:
    """Give the folder with the shadows of a run's workers. Whoever supervises the run deletes it."""
    key = hashlib.sha256(os.fsencode(os.path.realpath(root))).hexdigest()[:16]
    return cache_folder() / "shadows" / f"{root.name}-{key}" / run


def delete_shadows(root: Path, run: str) -> None:
    """Delete what a run's workers had for their checks."""
    shutil.rmtree(shadows(root, run), ignore_errors=True)


class Check:
    """A run's check, for one worker."""

    def __init__(self, root: Path, run: str, worker: str, request: RunRequest, denied: Callable[[str], bool]) -> None:
        place = shadows(root, run) / worker
        self._words = shlex.split(request.check)
        self._seconds = request.check_timeout
        self._shadow = Shadow(root, place / "files", lambda path: denied(path) or has_secret_name(path))
        self._output = place / "output"

    def find_problem(self, changed: Mapping[str, bytes], overlay: Mapping[str, Path | bytes | None], stop: Stop) -> str:
        """Say what the check has against the new contents of some files, "" for nothing.

        `overlay` is what other tasks have handed in that this one builds on. Raises EngineError where the check cannot
        be run, GivenBackError where `stop` asks for the end.
        """
        try:
            self._shadow.show({**overlay, **changed})
            how = self._run(self._with_files(changed), stop)
            return masked(f"{shlex.join(self._words)} {how}:\n{self._said()}".rstrip()) if how else ""
        except OSError as error:
            raise EngineError(f"the check {shlex.join(self._words)} cannot be run: {error}") from error

    def _with_files(self, changed: Mapping[str, bytes]) -> list[str]:
        files = [f"./{path}" if path.startswith("-") else path for path in changed]
        words = [word for given in self._words for word in (files if given == "{files}" else [given])]
        if not os.path.dirname(words[0]):  # noqa: PTH120  a name that is looked for; Windows needs its ending
            words[0] = shutil.which(words[0]) or words[0]
        return words

    def _run(self, words: list[str], stop: Stop) -> str:
        """Run the program and give how it failed, "" if it did not. All that it has started ends with it."""
        # The model's key is not for programs of the project.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ANTHROPIC_")}
        end = time.monotonic() + self._seconds
        with self._output.open("wb") as output:
            child = subprocess.Popen(
                words,
                cwd=self._shadow.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                while child.poll() is None:
                    if stop():
                        raise GivenBackError("stopped on request")
                    if time.monotonic() > end:
                        return f"did not end within {self._seconds:g} s"
                    if self._output.stat().st_size > _MOST_OUTPUT:
                        return f"printed more than {_MOST_OUTPUT:,} bytes"
                    with suppress(subprocess.TimeoutExpired):
                        child.wait(_POLL)
            finally:
                _end(child)
        return f"failed (exit code {child.returncode})" if child.returncode else ""

    def _said(self) -> str:
        """Give the output as a model may see it: cut, without secrets, and with paths as they are in the workspace."""
        text = masked(self._output.read_bytes().decode("utf-8", "replace"))
        for folder in {str(self._shadow.folder), os.path.realpath(self._shadow.folder)}:
            text = text.replace(f"{folder}{os.sep}", "").replace(folder, ".")
        half = _SHOWN // 2
        return text if len(text) <= _SHOWN else f"{text[:half]}\n... (cut) ...\n{text[-half:]}"


def _end(child: subprocess.Popen[bytes]) -> None:
    """End a program and what it started, also what it left behind."""
    with suppress(psutil.NoSuchProcess):
        if child.poll() is None:
            trees.kill_tree(psutil.Process(child.pid))
    if sys.platform != "win32":
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
    trees.kill_below(psutil.Process())  # a worker has no children but these
    child.wait()
