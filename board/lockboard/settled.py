"""Whether a displaced file has its last contents, or somebody may still write into it."""

from __future__ import annotations

import signal
import sys
import time

from lockboard.digest import digest_file, digest_open, open_plain
from lockboard.exchange import Place

_QUIET = 0.05

BUSY = "busy"
"""Stands for the digest of a file that somebody has open for writing."""


def settled_digest(place: Place) -> str:
    """Name a file's contents if nobody can change them any more, else BUSY; ABSENT where there is no file.

    Linux grants a read lease (F_SETLEASE, man 2 fcntl) only when nobody has the file open for writing, and holds up
    whoever tries while it lasts. Where there is no lease to be had, a file that stays the same for a moment counts as
    settled; it is looked at again at the end of the run.
    """
    if sys.platform == "linux":
        leased = _digest_under_lease(place)
        if leased is not None:
            return leased
    before = digest_file(place.target, dir_fd=place.dir_fd)
    time.sleep(_QUIET)
    return before if before == digest_file(place.target, dir_fd=place.dir_fd) else BUSY


if sys.platform == "linux":
    import fcntl
    import os

    def _digest_under_lease(place: Place) -> str | None:
        fd = open_plain(place.target, dir_fd=place.dir_fd)
        if isinstance(fd, str):
            return fd
        try:
            # The kernel's signal to break the lease would end the process; this one is ignored unless asked for.
            fcntl.fcntl(fd, fcntl.F_SETSIG, signal.SIGURG)
            fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        except BlockingIOError:
            os.close(fd)
            return BUSY
        except OSError:
            os.close(fd)
            return None
        return digest_open(fd)
