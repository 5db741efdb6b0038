"""Which process has a lock of the operating system, by the number that it has for whoever asks.

The number that a process knows of itself means another process, or none, outside of its container
(man 7 pid_namespaces). So nobody is named, stopped or ended by such a number alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")


def holder(path: Path, told: int) -> int:
    """Give the id of the process that has a lock on a file; 0 where nobody is seen from here who does.

    `told` is what it says of itself: right, where the system does not tell (but for Linux none has such containers).
    """
    if not (_PROC / "self" / "fdinfo").exists():
        return told
    try:
        file = path.stat()
    except OSError:
        return 0
    return next((pid for pid in (told, *_processes()) if _has_locked(pid, file)), 0)


def _processes() -> Iterator[int]:
    yield from (int(entry.name) for entry in _PROC.iterdir() if entry.name.isdecimal())


def _has_locked(pid: int, file: os.stat_result) -> bool:
    """Whether a process has a lock on a file (man 5 proc_pid_fdinfo), as far as we may know."""
    with suppress(OSError):  # it has ended, or is another user's
        for fd in (_PROC / str(pid) / "fd").iterdir():
            with suppress(OSError):  # it has just been closed
                same = os.path.samestat(fd.stat(), file)
                if same and "\nlock:" in (_PROC / str(pid) / "fdinfo" / fd.name).read_text():
                    return True
    return False
