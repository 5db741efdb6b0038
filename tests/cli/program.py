"""The program as users start it: a process of its own, in a folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

PROGRAM = (sys.executable, "-m", "parallel_refactor")
PATIENCE = 60.0


def environment(**extra: str) -> dict[str, str]:
    """Give this process's environment without what changes colours and widths, and with `extra`."""
    unwanted = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "TERM", "TTY_COMPATIBLE")
    return {name: value for name, value in os.environ.items() if name not in unwanted} | {"TERM": "xterm"} | extra


def call(*arguments: str | Path, cwd: Path, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, with nobody at standard input."""
    return subprocess.run(
        [*PROGRAM, *map(str, arguments)],
        cwd=cwd,
        env=environment(**extra),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE,
        check=False,
    )


@contextmanager
def started(*arguments: str | Path, cwd: Path) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
    """Start a command with nobody at standard input; gives it and its standard output. It is ended afterwards."""
    with subprocess.Popen(
        [*PROGRAM, *map(str, arguments)],
        cwd=cwd,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        assert process.stdout
        try:
            yield process, process.stdout
        finally:
            process.kill()


def answer(*arguments: str | Path, cwd: Path, code: int = 0) -> dict[str, Any]:
    """Run a command that answers with one JSON object and nothing else on standard output."""
    done = call(*arguments, "--json", cwd=cwd)
    assert done.returncode == code, done.stderr
    value = json.loads(done.stdout)
    assert isinstance(value, dict)
    return value


def refusal(*arguments: str | Path, cwd: Path) -> str:
    """Run a command that must refuse its input, and give the one sentence that it says."""
    done = call(*arguments, cwd=cwd)
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.stderr
