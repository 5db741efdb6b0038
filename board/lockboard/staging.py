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
    try:
        directory.mkdir(parents=True, exist_ok=True)
        staged = [index for index, change in enumerate(submission.files) if change.path in contents]
        for index in staged:
            (directory / str(index)).write_bytes(contents[submission.files[index].path])
        # After all are written: the first sync then does most of the work for all.
        for index in staged:
            _sync(directory / str(index), os.O_RDWR)
        if os.name != "nt":
            _sync(directory, os.O_RDONLY)
    except OSError as error:
        raise BoardError(f"{directory}: cannot write: {error.strerror}.") from error


def _sync(path: Path, flags: int) -> None:
    fd = os.open(path, flags)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
