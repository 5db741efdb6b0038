"""When a server has to end: its editor is gone, or somebody asks the process to."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil

_LOOK = 1.0
"""Seconds between two looks whether the editor lives."""


def on_signals(end: Callable[[], None]) -> None:
    """Call `end` on the running loop when the process is asked to end."""
    loop = asyncio.get_running_loop()
    for name in ("SIGTERM", "SIGINT", "SIGHUP", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: loop.call_soon_threadsafe(end))


async def until_gone(process: int) -> None:
    """Wait until a process has ended; for ever if it cannot be seen from here, as from within a container."""
    import psutil  # noqa: PLC0415  (slow, and the server starts fast)

    try:
        editor = psutil.Process(process)
    except (psutil.Error, ValueError, OverflowError):
        await asyncio.get_running_loop().create_future()
        return
    while _lives(editor):
        await asyncio.sleep(_LOOK)


def _lives(process: psutil.Process) -> bool:
    import psutil  # noqa: PLC0415

    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True
