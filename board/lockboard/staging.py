"""Where a submission's new contents wait to land: complete and durable before the line that names them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from lockboard.digest import digest
from lockboard.errors import BoardError
from lockboard.model import ABSENT, Claim, Submission


def check(claim: Claim, submission: Submission, contents: Mapping[str, bytes]) -> None:
    """Raise BoardError where a submission names other files than its task's, or contents do not fit their digests."""
    owned = set(claim.task.files)
    seen = set()
    for change in submission.files:
        if change.path not in owned or change.path in seen:
            raise BoardError(f"Task {claim.task.id} does not own {change.path}: nothing of it is taken.")
        seen.add(change.path)
        wanted = change.new if change.changed else ABSENT
        if digest(contents.get(change.path)) != wanted:
            raise BoardError(f"Task {claim.task.id} hands in other contents for {change.path} than it says.")


def stage(directory: Path, submission: Submission, contents: Mapping[str, bytes]) -> None:
    """Write the new contents as `<index>` into the submission's directory, durably; raises BoardError."""
    if not contents:
        return
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for index, change in enumerate(submission.files):
            if change.path in contents:
                _write_durably(directory / str(index), contents[change.path])
        sync_directory(directory)
    except OSError as error:
        raise BoardError(f"{directory}: cannot write: {error.strerror}.") from error


def sync_directory(directory: Path) -> None:
    """Make the names in a directory durable, where the system can."""
    if os.name == "nt":
        return
    fd = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _write_durably(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
