"""Starting a process that outlives its starter, and everything that belongs to its starter."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

_PATIENCE = 60.0

# The process that starts the supervisor ends at once: nobody who walks the starter's process tree finds a way to it.
_HAND_OVER = """
import subprocess, sys
print(subprocess.Popen(sys.argv[1:], start_new_session=True, stdout=subprocess.DEVNULL).pid)
"""


def launch(arguments: Sequence[str], *, folder: Path, log: Path) -> int:
    """Start Python with these arguments in `folder`; standard error goes to the end of `log`. Gives the process id.

    Raises OSError and subprocess.CalledProcessError where it cannot be started.
    """
    command = [sys.executable, *arguments]
    with log.open("ab") as errors:
        if os.name == "nt":
            return _launch_on_windows(command, folder, errors.fileno())
        hand_over = [sys.executable, "-I", "-S", "-c", _HAND_OVER, *command]
        done = subprocess.run(
            hand_over, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, check=True
        )
    return int(done.stdout)


def comes_up(pid: int, is_up: Callable[[], bool]) -> bool:
    """Wait until something is so; False when the process that should see to it ends before, or takes too long."""
    end = time.monotonic() + _PATIENCE
    while not is_up():
        if not _is_running(pid):
            return is_up()
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def _is_running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _launch_on_windows(command: Sequence[str], folder: Path, errors: int) -> int:
    detached = getattr(subprocess, "DETACHED_PROCESS", 0) | getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
    own_job = getattr(subprocess, "CREATE_BREAKAWAY_FROM_JOB", 0)

    def start(flags: int) -> int:
        nothing = subprocess.DEVNULL
        child = subprocess.Popen(
            command, cwd=folder, stdin=nothing, stdout=nothing, stderr=errors, creationflags=flags, close_fds=True
        )
        return child.pid

    try:
        return start(detached | own_job)
    except PermissionError:  # the job that we are in lets nobody out
        return start(detached)
