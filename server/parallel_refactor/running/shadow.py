"""Copies of the workspace for checks, outside of it: what a check writes there, no user's file ever sees.

Copies, never hard links: a program that writes in place would write the user's file through one. Where the file system
can share blocks until somebody writes (reflinks), a copy costs nothing.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from parallel_refactor.planning.listing import list_paths
from parallel_refactor.running.homes import cache_folder

_FICLONE = 0x40049409  # linux/fs.h
_CACHE_TAG = "CACHEDIR.TAG"

_Mark = tuple[int, int, int, int]


def shadows(root: Path, run: str) -> Path:
    """Give the folder with the shadows of a run. Whoever supervises the run deletes it."""
    key = hashlib.sha256(os.fsencode(os.path.realpath(root))).hexdigest()[:16]
    return cache_folder() / "shadows" / f"{root.name}-{key}" / run


def delete_shadows(root: Path, run: str) -> None:
    """Delete what a run had for its checks."""
    shutil.rmtree(shadows(root, run), ignore_errors=True)


def list_workspace(root: Path) -> Iterable[str]:
    """List what git does not ignore."""
    return list_paths(root).paths


def list_shadow(folder: Path) -> Iterator[str]:
    """List what is in a shadow, but for caches."""
    for parent, folders, files in os.walk(folder):
        if _CACHE_TAG in files:
            folders.clear()
            continue
        links = [name for name in folders if os.path.islink(os.path.join(parent, name))]  # noqa: PTH114, PTH118
        for name in (*files, *links):
            yield Path(parent, name).relative_to(folder).as_posix()


class Shadow:
    """The workspace's files that git does not ignore, with some replaced; brought up to date before each use."""

    def __init__(self, root: Path, folder: Path, list_files: Callable[[Path], Iterable[str]] | None = None) -> None:
        """`list_files` gives the paths below `root` to copy, where that is not `list_workspace`."""
        self._root = Path(os.path.realpath(root))
        self.folder = folder
        self._list_files = list_files or list_workspace
        self._copied: dict[str, tuple[_Mark, _Mark]] = {}

    def show(self, overlay: Mapping[str, Path | bytes | None]) -> None:
        """Make the shadow as the workspace is now, with other contents for some paths; None: no such file.

        What an earlier check left or changed is put right, but for caches: folders with a CACHEDIR.TAG. Raises OSError.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        listed = {*self._list_files(self._root), *overlay}
        wanted = {path for path in listed if overlay.get(path, b"") is not None}
        for path in list(list_shadow(self.folder)):
            if path not in wanted:
                (self.folder / path).unlink(missing_ok=True)
                self._copied.pop(path, None)
        for folder, _, files in os.walk(self.folder, topdown=False):
            if not files and folder != str(self.folder):
                with suppress(OSError):  # it has folders with files
                    Path(folder).rmdir()
        for path in sorted(wanted):
            if path in overlay:
                self._copied.pop(path, None)
                self._put(path, overlay[path])
            else:
                try:
                    self._copy(path)
                except (FileNotFoundError, NotADirectoryError, PermissionError):  # gone since, or not for us
                    self._clear(self.folder / path)

    def _copy(self, path: str) -> None:
        source, target = self._root / path, self.folder / path
        before = _mark(source)
        with suppress(OSError):
            if self._copied.get(path) == (before, _mark(target)):
                return
        self._clear(target)
        if stat.S_ISLNK(before[0]):
            self._link(path)
        elif stat.S_ISREG(before[0]):
            _clone(source, target)
        if os.path.lexists(target):
            self._copied[path] = (before, _mark(target))

    def _link(self, path: str) -> None:
        """Make a link like one of the workspace, if it leads within; through others a check would leave the shadow."""
        leads = (self._root / path).readlink()
        place = Path(os.path.normpath((self._root / path).parent / leads))
        if not leads.is_absolute() and place.is_relative_to(self._root):
            (self.folder / path).symlink_to(leads)

    def _put(self, path: str, contents: Path | bytes | None) -> None:
        data = contents.read_bytes() if isinstance(contents, Path) else contents or b""
        target = self.folder / path
        self._clear(target)
        target.write_bytes(data)
        with suppress(FileNotFoundError):
            target.chmod(stat.S_IMODE((self._root / path).stat().st_mode) | stat.S_IRUSR | stat.S_IWUSR)

    def _clear(self, target: Path) -> None:
        """Take away what is where a file shall be, and make its folder; links on the way are not followed."""
        for folder in reversed(target.parents):
            if folder != self.folder and folder.is_relative_to(self.folder) and not _is_real_folder(folder):
                folder.unlink(missing_ok=True)
                folder.mkdir()
        if _is_real_folder(target):
            shutil.rmtree(target)
        else:
            target.unlink(missing_ok=True)


def _is_real_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _mark(path: Path) -> _Mark:
    """Give what changes when a file is written or replaced."""
    found = path.lstat()
    return found.st_mode, found.st_ino, found.st_size, found.st_mtime_ns


def _clone(source: Path, target: Path) -> None:
    if not _shares_blocks(source, target):
        shutil.copyfile(source, target)
    shutil.copystat(source, target)
    target.chmod(target.stat().st_mode | stat.S_IRUSR | stat.S_IWUSR)


if sys.platform == "linux":
    import fcntl

    def _shares_blocks(source: Path, target: Path) -> bool:
        """Copy by reflink; False, with an empty copy, where the file systems cannot."""
        with source.open("rb") as old, target.open("wb") as new:
            try:
                fcntl.ioctl(new, _FICLONE, old.fileno())
            except OSError:
                return False
        return True

else:

    def _shares_blocks(source: Path, target: Path) -> bool:  # noqa: ARG001
        return False
