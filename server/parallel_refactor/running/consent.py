"""What a person has agreed to: programs that a workspace's settings name are run only when they have, once per change.

It is remembered outside of the workspace, whose files may come from anywhere: one small file for each agreement.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from parallel_refactor.running.homes import state_folder
from parallel_refactor.running.request import RequestError


def agree(root: Path, check: str) -> None:
    """Remember that a program may be run on the results of this workspace; raises RequestError."""
    file = _file(root, check)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"workspace": os.path.realpath(root), "check": check}) + "\n", encoding="utf-8")
    except OSError as error:
        raise RequestError(f"{file} cannot be written, where your agreement is kept: {error.strerror}.") from error


def is_agreed(root: Path, check: str) -> bool:
    """Whether a person has agreed to exactly this in this workspace; to nothing they need not."""
    return not check or _file(root, check).exists()


def require(root: Path, check: str) -> None:
    """Raise RequestError where a program may not be run yet."""
    if not is_agreed(root, check):
        raise RequestError(
            f"This run would start a program on each result: {check!r}, and nobody has agreed to that yet in {root}. "
            "Look at it; then `parallel-refactor run` or `resume` with --yes agrees, until it changes."
        )


def _file(root: Path, check: str) -> Path:
    key = json.dumps([os.path.realpath(root), check])
    return state_folder() / "agreed" / f"{hashlib.sha256(key.encode()).hexdigest()}.json"
