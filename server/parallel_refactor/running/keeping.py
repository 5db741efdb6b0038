"""Keeps what was done of a file that a person took back from a worker, as a patch for `git apply` or `patch -p1`."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from lockboard.board import Board
from lockboard.model import ABSENT, Submission

_LINE = re.compile(rb"[^\n]*\n|[^\n]+")
_NO_NEWLINE = b"\n\\ No newline at end of file\n"

Contents = Mapping[str, bytes | None]
"""Paths with what is in them, None where there is no file."""


def patch_file(board: Board, run: str, task: str, token: int) -> Path:
    """Give the file where the patch for a claim is kept, if there is one."""
    return board.layout.run(run) / "kept" / f"{task}.{token}.patch"


def keep(patch: Path, before: Contents, after: Contents) -> bool:
    """Write a patch from `before` to `after`; False, and no file, where no line changed. Raises OSError."""
    data = b"".join(diff(path, before.get(path), after[path]) for path in after)
    if not data:
        return False
    patch.parent.mkdir(exist_ok=True)
    fresh = patch.with_name(f".{patch.name}.{os.getpid()}")
    fresh.write_bytes(data)
    fresh.replace(patch)
    return True


def held_part(board: Board, after: Contents) -> dict[str, bytes | None]:
    """Give those of some files that people hold, as far as this process has read the board."""
    return {path: data for path, data in after.items() if board.state.holds.get(board.state.fold(path))}


def submitted(board: Board, run: str, task: str, token: int, submission: Submission) -> dict[str, bytes | None]:
    """Read what a task handed in and has not landed; raises OSError."""
    folder = board.layout.exchange(run, task, token)
    return {
        change.path: None if change.new == ABSENT else (folder / str(index)).read_bytes()
        for index, change in enumerate(submission.files)
        if change.changed
    }


def diff(path: str, before: bytes | None, after: bytes | None) -> bytes:
    """Say how a file changes, as `git apply` and `patch -p1` read it; nothing where no line does."""
    if before == after:
        return b""
    name = os.fsencode(path) + (b"\t" if " " in path else b"")
    lines = difflib.diff_bytes(
        difflib.unified_diff,
        _LINE.findall(before or b""),
        _LINE.findall(after or b""),
        b"/dev/null" if before is None else b"a/" + name,
        b"/dev/null" if after is None else b"b/" + name,
    )
    return b"".join(_whole_lines(lines))


def _whole_lines(lines: Iterator[bytes]) -> Iterator[bytes]:
    for line in lines:
        yield line if line.endswith(b"\n") else line + _NO_NEWLINE
