"""Where a submission's new contents wait to land: complete and durable before the line that names them."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from lockboard.digest import digest
from lockboard.durable import sync_file, sync_folder
from lockboard.errors import BoardError, disk_error
from lockboard.model import ABSENT, Claim, Submission
from lockboard.paths import check_name


def check(claim: Claim, submission: Submission, contents: Mapping[str, bytes]) -> None:
    """Raise BoardError where a submission names files that it may not, or contents do not fit their digests."""
    owned = set(claim.task.files)
    seen = set()
    for change in submission.files:
        if change.path not in owned or change.path in seen:
            raise BoardError(f"Task {claim.task.id} does not own {change.path}: nothing of it is taken.")
        seen.add(change.path)
        wanted = change.new if change.changed else ABSENT
        if digest(contents.get(change.path)) != wanted:
            raise BoardError(f"Task {claim.task.id} hands in other contents for {change.path} than it says.")
    for edit in submission.shared_edits:
        check_name(edit.path)


def stage(directory: Path, submission: Submission, contents: Mapping[str, bytes]) -> None:
    """Write the new contents as `<index>` into the submission's directory, durably; raises BoardError.

    The directory is new: one of this name is left from an attempt that failed, or from a claim that a power loss took
    out of the log, so that its token was given again.
    """
    staged = {
        directory / str(index): contents[change.path]
        for index, change in enumerate(submission.files)
        if change.path in contents
    }
    try:
        if directory.exists():
            shutil.rmtree(directory)
        directory.mkdir(parents=True)
        for path, data in staged.items():
            path.write_bytes(data)
        # After all are written: the first sync then does most of the work for all.
        for path in staged:
            sync_file(path)
        sync_folder(directory)
    except OSError as error:
        shutil.rmtree(directory, ignore_errors=True)  # where the disk is full, the room is needed
        raise disk_error(directory, "write", error) from error
