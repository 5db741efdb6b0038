"""Python in a container's process namespace, over the same files: Linux, by `unshare`."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.house.repository import ROOT

_UNSHARE = ("unshare", "--user", "--map-root-user", "--pid", "--fork", "--mount-proc", "--kill-child", "--")


def require_containers() -> None:
    """Skip the test where no process may begin such a namespace."""
    allowed = (
        shutil.which("unshare") and not subprocess.run([*_UNSHARE, "true"], capture_output=True, check=False).returncode
    )
    if not allowed:
        pytest.skip("no process namespaces may be made here")


@contextmanager
def inside(source: str, *arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
    """Run a program in a container; it is ended afterwards. It talks by standard output, and reads standard input."""
    command = [*_UNSHARE, sys.executable, "-c", source, *map(str, arguments)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def seen(process: subprocess.Popen[str]) -> psutil.Process:
    """Give the program in the container as it is seen from outside: the child of `unshare`."""
    (child,) = psutil.Process(process.pid).children()
    return child


def say(process: subprocess.Popen[str]) -> None:
    """Let a program that waits for a line go on."""
    assert process.stdin
    process.stdin.write("\n")
    process.stdin.flush()


def hear(process: subprocess.Popen[str]) -> str:
    """Wait for the next line that a program says."""
    assert process.stdout
    return process.stdout.readline().rstrip("\n")
