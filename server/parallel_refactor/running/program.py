"""Running a program of the project in a copy of the workspace: with a time limit, and with all that it starts.

Only in processes that have no other children: whatever the program leaves behind ends with it.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil
from attrs import field, frozen

from parallel_refactor.engines.claude.secrets import masked
from parallel_refactor.engines.interface import Stop
from parallel_refactor.engines.metering import GivenBackError
from parallel_refactor.running import trees
from parallel_refactor.running.homes import cache_folder
from parallel_refactor.running.request import RequestError

_SHOWN = 6_000  # characters of the output that are told: its beginning and its end
_MOST_OUTPUT = 20_000_000  # bytes
_POLL = 0.02


def require_program(root: Path, name: str, command: str) -> None:
    """Raise RequestError where a command of the request cannot be run here; `name` is what the request calls it."""
    words = shlex.split(command)
    if not words:
        return
    program = str(root / words[0]) if os.path.dirname(words[0]) else words[0]  # noqa: PTH120  also "./check"
    if not shutil.which(program):
        raise RequestError(f"{name} is {command!r}, and there is no program {words[0]!r} that could be run.")
    if Path(os.path.realpath(cache_folder())).is_relative_to(os.path.realpath(root)):
        raise RequestError(
            f"{name} runs in a copy of the workspace in {cache_folder()}, which lies in the workspace itself: "
            "set XDG_CACHE_HOME to a folder outside."
        )


@frozen
class Program:
    """A command without a shell, run in `folder`, a copy of the workspace `root`; `output` is a file for what it says.

    The word {files} in it stands for files that the run names. It may take so many seconds.
    """

    words: list[str] = field(converter=shlex.split)
    seconds: float
    root: Path
    folder: Path
    output: Path

    def run(self, stop: Stop, files: Iterable[str] = ()) -> str:
        """Run it; "" where it ends with 0, else how it failed and what it said, without secrets.

        Raises OSError where it cannot be run, GivenBackError where `stop` asks for the end.
        """
        how = self._run(self._with_files(files), stop)
        return masked(f"{shlex.join(self.words)} {how}:\n{self._said()}".rstrip()) if how else ""

    def _with_files(self, files: Iterable[str]) -> list[str]:
        named = [f"./{path}" if path.startswith("-") else path for path in files]
        words = [word for given in self.words for word in (named if given == "{files}" else [given])]
        if not os.path.dirname(words[0]):  # noqa: PTH120  a name that is looked for; Windows needs its ending
            words[0] = shutil.which(words[0]) or words[0]
        elif not (self.folder / words[0]).exists():  # what git ignores is not copied, as .venv/bin/pytest
            words[0] = str(self.root / words[0])
        return words

    def _run(self, words: list[str], stop: Stop) -> str:
        # The model's key is not for programs of the project.
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ANTHROPIC_")}
        end = time.monotonic() + self.seconds
        with self.output.open("wb") as output:
            child = subprocess.Popen(
                words,
                cwd=self.folder,
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
                        return f"did not end within {self.seconds:g} s"
                    if self.output.stat().st_size > _MOST_OUTPUT:
                        return f"printed more than {_MOST_OUTPUT:,} bytes"
                    with suppress(subprocess.TimeoutExpired):
                        child.wait(_POLL)
            finally:
                _end(child)
        return f"failed (exit code {child.returncode})" if child.returncode else ""

    def _said(self) -> str:
        """Give the output as it may be told: cut, without secrets, and with paths as they are in the workspace."""
        text = masked(self.output.read_bytes().decode("utf-8", "replace"))
        for folder in {str(self.folder), os.path.realpath(self.folder)}:
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
    trees.kill_below(psutil.Process())
    child.wait()
