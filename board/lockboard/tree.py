"""The workspace as landing sees it: directories opened one by one, never through a link."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath

from lockboard.errors import BoardError
from lockboard.exchange import Place

_DIRECTORY = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


@contextmanager
def place(root: Path, name: str) -> Iterator[Place]:
    """Give the place of a workspace file, whose folder must exist.

    Raises BoardError where a link stands in the way, FileNotFoundError where the folder does not exist.
    """
    path = PurePosixPath(name)
    directory = root / path.parent
    if os.name == "nt":
        if directory.resolve(strict=True) != directory:
            raise BoardError(f"{name}: a link leads to its folder; it is not written through.")
        yield Place(directory, path.name)
        return
    fd = os.open(root, _DIRECTORY)
    try:
        for part in path.parts[:-1]:
            try:
                inner = os.open(part, _DIRECTORY, dir_fd=fd)
            except OSError as error:
                if error.errno in (errno.ELOOP, errno.ENOTDIR):
                    raise BoardError(f"{name}: {part} is a link or no folder; it is not written through.") from error
                raise
            os.close(fd)
            fd = inner
        yield Place(directory, path.name, fd)
    finally:
        os.close(fd)


def missing_dirs(root: Path, names: Iterable[str]) -> tuple[str, ...]:
    """Give the folders that files of these names need and that do not exist, outermost first."""
    found: dict[str, None] = {}
    for name in names:
        for parent in reversed(PurePosixPath(name).parents):
            if str(parent) != "." and not os.path.lexists(root / parent):
                found[str(parent)] = None
    return tuple(found)


def make_dirs(root: Path, names: Iterable[str]) -> None:
    """Make folders, outermost first; those that exist are well."""
    for name in names:
        with place(root, name) as here, suppress(FileExistsError):
            os.mkdir(here.target, dir_fd=here.dir_fd)


def remove_empty_dirs(root: Path, names: Iterable[str]) -> None:
    """Remove folders, innermost first, as far as they are empty."""
    for name in names:
        with suppress(OSError), place(root, name) as here:
            os.rmdir(here.target, dir_fd=here.dir_fd)


def dress(here: Place, staged: Place, mode: int | None) -> None:
    """Give a staged file the owner, permissions and attributes of the file that it replaces, and the present time."""
    if here.exists():
        shutil.copystat(here.path, staged.path, follow_symlinks=False)
        if os.name != "nt":
            _chown_like(here, staged)
    if mode is not None:
        staged.path.chmod(mode)
    os.utime(staged.path)


def _chown_like(here: Place, staged: Place) -> None:
    theirs, ours = here.path.lstat(), staged.path.lstat()
    if (theirs.st_uid, theirs.st_gid) != (ours.st_uid, ours.st_gid):
        with suppress(PermissionError):  # only the superuser may give files away; the rest is as it was
            os.chown(staged.path, theirs.st_uid, theirs.st_gid, follow_symlinks=False)
            staged.path.chmod(theirs.st_mode & 0o7777)
