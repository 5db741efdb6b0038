"""The two moves that landing is made of: swap two files, and move one to a free name. Never an overwrite.

Linux: `renameat2` with RENAME_EXCHANGE and RENAME_NOREPLACE (man 2 rename). macOS: `renameatx_np` with RENAME_SWAP and
RENAME_EXCL. Windows: `ReplaceFileW` and a plain rename, which does not overwrite there. Elsewhere, and on file systems
that cannot: a move out and a move in, between which the name is free for a moment; somebody who saves in that moment
wins, and the swap is undone. A move that may not overwrite is there a second name and then the end of the first.
Windows and macOS are written from their documentation and could not be run here.
"""

from __future__ import annotations

import ctypes
import errno
import os
import sys
from contextlib import suppress
from itertools import count
from pathlib import Path

from attrs import frozen

from lockboard.durable import sync_folder

_ASIDE, _KEPT = "aside", "kept"
_CANNOT = {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP}


@frozen
class Place:
    """A name in a directory that is open, so that nobody can put a link in its way. `fd` is -1 on Windows."""

    directory: Path
    name: str
    fd: int = -1

    @property
    def path(self) -> Path:
        """The place as a path, for messages and for systems without directory descriptors."""
        return self.directory / self.name

    @property
    def dir_fd(self) -> int | None:
        """The directory's descriptor as os functions take it."""
        return None if self.fd < 0 else self.fd

    @property
    def target(self) -> Path | str:
        """What os functions take beside `dir_fd`."""
        return self.path if self.fd < 0 else self.name

    def exists(self) -> bool:
        """Whether there is anything of this name."""
        return self.stat() is not None

    def stat(self) -> os.stat_result | None:
        """Describe what has this name; None where nothing has."""
        try:
            return os.lstat(self.target) if self.fd < 0 else os.stat(self.name, dir_fd=self.fd, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def beside(self, ending: str) -> Place:
        """Give the place of this name with an ending."""
        return Place(self.directory, f"{self.name}.{ending}", self.fd)


def exchange(here: Place, there: Place) -> None:
    """Swap two files that both exist; `there` is on the board. Raises OSError, then both are as before.

    FileExistsError says that somebody else made `here` in the middle of a swap in two moves: that stays, and what was
    there before is kept beside `there`.
    """
    if sys.platform == "win32":
        _replace_on_windows(here, there)
        return
    try:
        _rename_with_flag(here, there, _EXCHANGE)
    except OSError as error:
        if error.errno not in _CANNOT:
            raise
        _exchange_in_two_moves(here, there)


def move(source: Place, target: Place) -> None:
    """Move a file to a name that nobody has; raises FileExistsError where somebody does, other OSError."""
    if sys.platform == "win32":
        os.rename(source.path, target.path)  # noqa: PTH104  does not overwrite on Windows
        return
    try:
        _rename_with_flag(source, target, _NOREPLACE)
    except OSError as error:
        if error.errno not in _CANNOT:
            raise
        os.link(source.name, target.name, src_dir_fd=source.fd, dst_dir_fd=target.fd, follow_symlinks=False)
        sync_folder(target.directory)  # a power loss must not take both names away
        _unlink(source)


def finish(here: Place, there: Place) -> None:
    """Bring to one of its two ends what a crash has cut short: a swap in two moves, or a move by a second name."""
    aside, resting = there.beside(_ASIDE), there.stat()
    if not aside.exists() and (resting is None or resting.st_nlink == 1):
        return  # nothing was cut short
    for one, other in ((there, here), (aside, here), (aside, there)):
        first, second = one.stat(), other.stat()
        if first and second and os.path.samestat(first, second):
            _unlink(one)
    if aside.exists():
        if not here.exists():
            move(aside, here)
        elif not there.exists():
            move(aside, there)
        else:
            _keep(aside, there)


def _exchange_in_two_moves(here: Place, there: Place) -> None:
    aside = there.beside(_ASIDE)
    move(here, aside)
    try:
        move(there, here)
    except OSError:
        finish(here, there)
        raise
    move(aside, there)


def _keep(aside: Place, there: Place) -> None:
    """Keep what was `here` in the middle of a swap, because somebody made another file of that name."""
    for number in count(1):
        with suppress(FileExistsError):
            move(aside, there.beside(f"{_KEPT}{number}"))
            return


def _unlink(place: Place) -> None:
    os.unlink(place.target, dir_fd=place.dir_fd)


if sys.platform == "linux":
    _EXCHANGE, _NOREPLACE = 2, 1
    _function = "renameat2"
elif sys.platform == "darwin":
    _EXCHANGE, _NOREPLACE = 2, 4
    _function = "renameatx_np"
else:
    _EXCHANGE, _NOREPLACE = 0, 0
    _function = ""

_libc = ctypes.CDLL(None, use_errno=True) if _function else None
_rename = getattr(_libc, _function, None) if _libc else None
if _rename is not None:
    _rename.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)


def _rename_with_flag(source: Place, target: Place, flag: int) -> None:
    if _rename is None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    if _rename(source.fd, os.fsencode(source.name), target.fd, os.fsencode(target.name), flag) != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), str(source.path), None, str(target.path))


def _replace_on_windows(here: Place, there: Place) -> None:
    aside = there.beside(_ASIDE)
    kernel: ctypes.CDLL = getattr(ctypes, "windll").kernel32  # noqa: B009  exists on Windows only
    if not kernel.ReplaceFileW(str(here.path), str(there.path), str(aside.path), 0, None, None):
        raise OSError(0, f"cannot replace (Windows error {kernel.GetLastError()})", str(here.path))
    move(aside, there)
