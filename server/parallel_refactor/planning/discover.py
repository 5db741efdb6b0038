"""Finds the files that a plan may visit, and says of the others that were asked for why they are left out."""

from __future__ import annotations

import hashlib
import os
import stat
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from attrs import frozen

from parallel_refactor.planning.generated import is_generated
from parallel_refactor.planning.globs import globs_filter
from parallel_refactor.planning.interface import LeftOut, PlanError, PlanRequest
from parallel_refactor.planning.listing import is_ignored, list_paths

_HEAD = 8192


@frozen
class Found:
    """A file to visit, as it is now: size in bytes, sha256 in hex."""

    path: str
    size: int
    digest: str


@frozen
class Discovery:
    """The files to visit, sorted by path, and those that match the request but are left out, with reasons."""

    files: tuple[Found, ...]
    left_out: tuple[LeftOut, ...]


def discover(request: PlanRequest) -> Discovery:
    """Look at every file of the workspace that matches the request and is not ignored.

    Raises PlanError where the root is no readable folder, the scope is not in it, or a glob makes no sense.
    """
    root = Path(os.path.realpath(request.root))
    if not root.is_dir():
        raise PlanError(f"{request.root} is not a folder: name a folder that holds the files to change")
    in_scope = _scope_filter(root, request.scope)
    matches = _name_filter(request)
    listing = list_paths(root)
    installed = _installed_packages(listing.paths)
    left_out = [left for left in (*listing.closed, *installed.values()) if in_scope(left.path)]
    paths = [
        path
        for path in listing.paths
        if in_scope(path) and matches(path) and not any(folder in installed for folder in _folders(path))
    ]
    return _sort_out(root, paths, left_out, request.max_bytes)


def why_not(root: Path, path: str) -> str:
    """Say why a file of the workspace may not be changed, or why a new one may not be made there; "" where it may."""
    place = Path(os.path.realpath(root), path)
    if place.resolve() != place:
        return "reached through a symbolic link: links are never followed"
    if not place.exists():
        existing = next(folder for folder in place.parents if folder.exists())
        if not existing.is_dir():
            return f"{existing.name} is no folder"
        return "git ignores it" if is_ignored(root, path) else ""
    found = discover(PlanRequest(root, path, suffixes=()))
    if any(file.path == path for file in found.files):
        return ""
    return next((left.reason for left in found.left_out), "the workspace has no such file, or git ignores it")


def same_file_twice(states: Mapping[str, os.stat_result]) -> frozenset[str]:
    """Find the names that differ only in case (or in unicode form) and lead to one and the same file.

    That is so when the file system folds names and git's index does not.
    """
    by_fold: defaultdict[tuple[str, int, int], list[str]] = defaultdict(list)
    for path, state in states.items():
        by_fold[unicodedata.normalize("NFC", path).casefold(), state.st_dev, state.st_ino].append(path)
    return frozenset(path for names in by_fold.values() if len(names) > 1 for path in names)


def _sort_out(root: Path, paths: Sequence[str], left_out: list[LeftOut], max_bytes: int) -> Discovery:
    """Look at each file once."""
    states: dict[str, os.stat_result] = {}
    for path in paths:
        try:
            states[path] = (root / path).lstat()
        except (FileNotFoundError, NotADirectoryError):
            continue  # git also lists tracked files that are gone
        except OSError as error:
            left_out.append(LeftOut(path, f"cannot be read: {error.strerror}"))
    twins = same_file_twice(states)
    folder_problem = cache(_folder_problem)
    files = []
    for path, state in states.items():
        reason = folder_problem(root, path.rpartition("/")[0]) or _status_problem(root / path, state, max_bytes)
        if path in twins:
            reason = "its name differs only in case from another name of the same file"
        found = reason or _look(root, path)
        if isinstance(found, Found):
            files.append(found)
        else:
            left_out.append(LeftOut(path, found))
    return Discovery(tuple(files), tuple(sorted(left_out, key=lambda left: left.path)))


def _look(root: Path, path: str) -> Found | str:
    """Read a regular file, or say why it is left out."""
    try:
        with (root / path).open("rb") as stream:
            head = stream.read(_HEAD)
            if b"\0" in head:
                return "binary"
            if is_generated(head):
                return "generated: the comment at its top says so"
            contents = head + stream.read()
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    return Found(path, len(contents), hashlib.sha256(contents).hexdigest())


def _status_problem(place: Path, status: os.stat_result, max_bytes: int) -> str:
    """Judge a file without opening it: a pipe would block. Permission bits count for the superuser too."""
    problems = (
        (stat.S_ISLNK(status.st_mode), "a symbolic link: links are never followed"),
        (not stat.S_ISREG(status.st_mode), "not a regular file"),
        (status.st_nlink > 1, "has several hard links: changing it here would part it from its other names"),
        (status.st_size > max_bytes, f"larger than {max_bytes:,} bytes"),
        (not status.st_mode & 0o444, "may not be read"),
        (not status.st_mode & 0o222 or not os.access(place, os.W_OK), "may not be written"),
    )
    return next((reason for problem, reason in problems if problem), "")


def _folder_problem(root: Path, folder: str) -> str:
    """Judge the folder of a file: landing replaces files, so it must be writable, and no link may lead into it."""
    try:
        if any((root / part).is_symlink() for part in (*_folders(folder), folder)):
            return "reached through a symbolic link: links are never followed"
        mode = (root / folder).stat().st_mode
    except OSError as error:
        return f"its folder cannot be read: {error.strerror}"
    if not mode & 0o222 or not os.access(root / folder, os.W_OK):
        return "its folder may not be written"
    return ""


def _scope_filter(root: Path, scope: str) -> Callable[[str], bool]:
    """Make the test for what is at or below the scope, or is a folder above it; links in the scope are resolved."""
    target = Path(os.path.realpath(root / scope))
    if not target.is_relative_to(root):
        raise PlanError(f"{scope} lies outside the workspace {root}: name a file or folder inside it")
    if not target.exists():
        raise PlanError(f"there is no file or folder {scope} in {root}")
    relative = target.relative_to(root).as_posix()
    if relative == ".":
        return lambda _path: True
    return lambda path: f"{path}/".startswith(f"{relative}/") or relative.startswith(f"{path}/")


def _name_filter(request: PlanRequest) -> Callable[[str], bool]:
    """Make the test for suffix, include and exclude globs."""
    include, exclude = globs_filter(request.include), globs_filter(request.exclude)

    def matches(path: str) -> bool:
        return (
            (not request.suffixes or path.endswith(request.suffixes))
            and (not request.include or include(path))
            and not exclude(path)
        )

    return matches


def _installed_packages(paths: Iterable[str]) -> dict[str, LeftOut]:
    """Find the folders of installed packages, which are nobody's to change: virtual environments, node_modules."""
    installed: dict[str, LeftOut] = {}
    for path in paths:
        folder, _, name = path.rpartition("/")
        if name == "pyvenv.cfg" and folder:
            installed[folder] = LeftOut(folder, "a virtual environment")
        for above in _folders(path) if "node_modules/" in path else ():
            if above.rpartition("/")[2] == "node_modules":
                installed[above] = LeftOut(above, "installed packages")
                break
    return installed


def _folders(path: str) -> Iterator[str]:
    """Give the folders above a path, the outermost first."""
    at = path.find("/")
    while at >= 0:
        yield path[:at]
        at = path.find("/", at + 1)
