"""What the check measures: trees to the byte, functions and their docstrings, programs apart from docstrings."""

from __future__ import annotations

import ast
import hashlib
import os
import stat
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path

from attrs import frozen

_BOARD = ".task_board"
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_TYPES = {stat.S_IFREG: "file", stat.S_IFDIR: "folder", stat.S_IFLNK: "link"}


@frozen
class Entry:
    """One path of a tree: its type, its permission bits, and the digest of its bytes or the target of the link."""

    type: str
    mode: int
    content: str


def tree(root: Path) -> dict[str, Entry]:
    """Describe every path below `root` but the board, by its relative path with `/`."""
    return {path.relative_to(root).as_posix(): _entry(path) for path in _walk(root)}


def differences(before: Mapping[str, Entry], after: Mapping[str, Entry]) -> list[str]:
    """Name the paths that only one tree has, or that differ."""
    return sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))


def sources(root: Path) -> dict[str, bytes]:
    """Read all Python files below `root`."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in _walk(root)
        if path.suffix == ".py" and not path.is_symlink()
    }


def parse(source: bytes) -> ast.Module | None:
    """Parse a file; None if it is not valid Python (of the version that runs this)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            return ast.parse(source)
        except (SyntaxError, ValueError):
            return None


def documented(module: ast.Module) -> list[bool]:
    """Tell of each function, in the order of `ast.walk`, whether it has a docstring."""
    return [
        ast.get_docstring(node, clean=False) is not None
        for node in ast.walk(module)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def without_docstrings(module: ast.Module) -> str:
    """Give the program as text with all docstrings taken out, to compare. The tree is changed by it."""
    for node in ast.walk(module):
        if isinstance(node, _DOCUMENTED) and ast.get_docstring(node, clean=False) is not None:
            del node.body[0]
    return ast.dump(module)


def _walk(root: Path) -> Iterator[Path]:
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name != _BOARD]
        yield from (Path(folder, name) for name in (*folders, *files))


def _entry(path: Path) -> Entry:
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode):
        content = os.readlink(path)  # noqa: PTH115 (the text itself: a Path would drop a leading ./)
    elif stat.S_ISREG(status.st_mode):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
    else:
        content = ""
    return Entry(_TYPES.get(stat.S_IFMT(status.st_mode), "other"), stat.S_IMODE(status.st_mode), content)
