"""Lists what a folder holds and git's ignore rules let through, inside a git work tree and outside any."""

from __future__ import annotations

import os
import re
import shutil
import stat
import subprocess
from collections.abc import Container, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from attrs import frozen

from parallel_refactor.planning.globs import parse_glob
from parallel_refactor.planning.interface import LeftOut

OWN_REPOSITORY = "a git submodule or a repository of its own: open it as a workspace to change it"
_NEVER = frozenset({".git", ".task_board"})
_OTHER_REPOSITORY = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY")


@frozen
class Listing:
    """Paths relative to the folder, with `/`, sorted; links are listed and not followed. `closed`: not entered."""

    paths: tuple[str, ...]
    closed: tuple[LeftOut, ...]


def list_paths(root: Path) -> Listing:
    """List what is not ignored by .gitignore files, `.git/info/exclude` or the user's own excludes.

    Git answers where it is installed and `root` is in a work tree; it also lists files that are tracked although
    ignored. Otherwise, and where git lists nothing because `root` itself is ignored, the folders are walked by the
    same rules (gitignore(5)). The board and git's own folder are never listed.
    """
    listing = list_by_git(root)
    return listing if listing and (listing.paths or listing.closed) else list_by_walk(root)


def is_ignored(root: Path, path: str) -> bool:
    """Tell whether git ignores a path, which need not exist; its own folder and the board count as ignored."""
    if _git(root, "check-ignore", "--quiet", "--", path) is not None:
        return True
    rules, _ = _rules_above(root)
    folder, parts = root, path.split("/")
    for place, part in enumerate(parts):
        rules = (*rules, *_rules_of(folder, (".git", ".gitignore")))
        if part.lower() in _NEVER or _ignored(_base(folder) + part, place < len(parts) - 1, rules):
            return True
        folder /= part
    return False


def list_by_git(root: Path) -> Listing | None:
    """List with git; None where git is missing, refuses, or `root` is in no work tree."""
    output = _git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    if output is None:
        return None
    names = {os.fsdecode(name) for name in output.split(b"\0") if name}
    kept = sorted(name for name in names if not any(part.lower() in _NEVER for part in name.split("/")))
    closed = [name for name in kept if name.endswith("/") or _is_folder(root / name)]
    return Listing(
        tuple(name for name in kept if name not in set(closed)),
        tuple(LeftOut(name.rstrip("/"), OWN_REPOSITORY) for name in closed),
    )


def list_by_walk(root: Path) -> Listing:
    """List without git. Outside a work tree, repositories below `root` are entered, as folders like others."""
    paths: list[str] = []
    closed: list[LeftOut] = []
    todo = [("", *_rules_above(root))]
    while todo:
        prefix, rules, in_work_tree = todo.pop()
        folder = root / prefix
        try:
            entries = {entry.name: entry for entry in os.scandir(folder)}
        except OSError as error:
            closed.append(LeftOut(prefix.rstrip("/") or ".", f"the folder cannot be read: {error.strerror}"))
            continue
        if in_work_tree and ".git" in entries:
            closed.append(LeftOut(prefix.rstrip("/"), OWN_REPOSITORY))
            continue
        in_work_tree = in_work_tree or ".git" in entries
        rules = (*rules, *_rules_of(folder, entries))
        base = _base(folder)
        for name, entry in entries.items():
            is_folder = _is_folder(entry)
            if name.lower() in _NEVER or _ignored(base + name, is_folder, rules):
                continue
            if is_folder:
                todo.append((f"{prefix}{name}/", rules, in_work_tree))
            else:
                paths.append(prefix + name)
    return Listing(tuple(sorted(paths)), tuple(sorted(closed, key=lambda left: left.path)))


@frozen
class _Rule:
    """One line of an ignore file: it speaks of the paths that begin with `base`."""

    base: str
    regex: re.Pattern[str]
    ignores: bool
    folders_only: bool

    def matches(self, path: str, is_folder: bool) -> bool:
        """Tell whether the line names this very path, not only a folder above it: those are judged on the way down.

        The library's expressions also match what is below a named folder, and mark that by their only group.
        """
        if self.folders_only and not is_folder:
            return False
        name = path[len(self.base) :].replace("\n", "\0")  # no pattern has either, and `.` does not match the first
        return bool(self.regex.fullmatch(name) or (not self.regex.groups and self.regex.search(name)))


def _ignored(path: str, is_folder: bool, rules: Sequence[_Rule]) -> bool:
    """Judge a path whose parent is not ignored: the last line that names it decides."""
    return next((rule.ignores for rule in reversed(rules) if rule.matches(path, is_folder)), False)


def _rules_above(root: Path) -> tuple[tuple[_Rule, ...], bool]:
    """Read the rules from outside `root` that hold in it, and whether a work tree begins above it."""
    rules = own = tuple(_read_rules(_user_excludes(root), root))
    top = next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), root)
    if top == root:
        return own, False
    rules = (*_read_rules(_user_excludes(root), top), *_read_rules(top / ".git" / "info" / "exclude", top))
    between = [folder for folder in reversed((root, *root.parents)) if folder.is_relative_to(top)]
    for folder, inner in pairwise(between):
        rules = (*rules, *_read_rules(folder / ".gitignore", folder))
        if _ignored(inner.as_posix(), True, rules):
            return own, False  # somebody opened an ignored folder: they mean what is in it
    return rules, True


def _rules_of(folder: Path, names: Container[str]) -> Iterator[_Rule]:
    """Read the rules that begin to hold in this folder."""
    if ".git" in names:
        yield from _read_rules(folder / ".git" / "info" / "exclude", folder)
    if ".gitignore" in names:
        yield from _read_rules(folder / ".gitignore", folder)


def _read_rules(file: Path, folder: Path) -> Iterator[_Rule]:
    """Read an ignore file for what is below `folder`; none where there is no such regular file."""
    if not file.is_file() or (file.is_symlink() and file.name == ".gitignore"):
        return
    base = _base(folder)
    for line in os.fsdecode(file.read_bytes().removeprefix(b"\xef\xbb\xbf")).split("\n"):
        text = line.removesuffix("\r")
        folders_only = text.rstrip(" ").endswith("/")
        pattern = parse_glob(text.rstrip(" ")[:-1] if folders_only else text)
        if pattern is not None and pattern.regex is not None:
            yield _Rule(base, pattern.regex, bool(pattern.include), folders_only)


def _user_excludes(root: Path) -> Path:
    """Say where the user's own ignore rules are: as git is set, or where git looks by itself."""
    named = _git(root, "config", "--type=path", "--get", "core.excludesFile")
    if named and named.strip():
        return Path(os.fsdecode(named.removesuffix(b"\n")))
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "git" / "ignore"


def _git(root: Path, *arguments: str) -> bytes | None:
    """Run git in `root`, whatever repository the environment names; None where it is missing or fails."""
    git = shutil.which("git")
    if git is None:
        return None
    environment = {key: value for key, value in os.environ.items() if key not in _OTHER_REPOSITORY}
    # a file system monitor is a program that the workspace names: not run
    command = [git, "-C", str(root), "-c", "core.fsmonitor=false", *arguments]
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else None


def _base(folder: Path) -> str:
    return folder.as_posix().rstrip("/") + "/"


def _is_folder(place: Path | os.DirEntry[str]) -> bool:
    """Tell whether this is a folder and no link to one (a junction of Windows is one)."""
    try:
        status = place.stat(follow_symlinks=False)
    except OSError:
        return False
    is_link = getattr(status, "st_file_attributes", 0) & stat.FILE_ATTRIBUTE_REPARSE_POINT
    return stat.S_ISDIR(status.st_mode) and not is_link
