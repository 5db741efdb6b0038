"""Ending a process together with everything that it has started."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Collection
from contextlib import suppress

import psutil

_PR_SET_CHILD_SUBREAPER = 36
_REAP_WAIT = 2.0


def become_reaper() -> None:
    """Become the parent of all descendants whose own parent ends, so that none gets out of sight (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def kill_tree(top: psutil.Process) -> None:
    """Kill a process and its descendants. It is stopped first, so that it starts no more while it is walked."""
    with suppress(psutil.NoSuchProcess):
        top.suspend()
        kill_below(top)
        top.kill()


def kill_below(top: psutil.Process, spare: Collection[int] = ()) -> None:
    """Kill the descendants of a process, but for the children with a process id in `spare` and what they started."""
    found: dict[psutil.Process, None] = {}
    while fresh := [process for process in _descendants(top, spare) if process not in found]:
        for process in fresh:
            found[process] = None
            with suppress(psutil.Error):
                process.suspend()
    for process in found:
        with suppress(psutil.Error):
            process.kill()
    _reap(list(found))


def _reap(dead: list[psutil.Process]) -> None:
    """Take leave of those whose parent we are: they stay as zombies until somebody looks, and leave us theirs."""
    while ours := [process for process in dead if _parent(process) == psutil.Process().pid]:
        psutil.wait_procs(ours, _REAP_WAIT)
        dead = [process for process in dead if process not in ours]


def _descendants(top: psutil.Process, spare: Collection[int]) -> list[psutil.Process]:
    found: list[psutil.Process] = []
    with suppress(psutil.NoSuchProcess):
        for child in top.children():
            if child.pid in spare:
                continue
            found.append(child)
            with suppress(psutil.NoSuchProcess):
                found += child.children(recursive=True)
    return found


def _parent(process: psutil.Process) -> int:
    with suppress(psutil.NoSuchProcess):
        return process.ppid()
    return 0
