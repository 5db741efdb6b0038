"""What a person has agreed to: programs that a workspace's settings name are run only when they have, once per change.

It is remembered outside of the workspace, whose files may come from anywhere: one small file for each agreement.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

from parallel_refactor.running.homes import state_folder
from parallel_refactor.running.request import RequestError, RunRequest


def agree(root: Path, command: str) -> None:
    """Remember that a program may be run on the results of this workspace; raises RequestError."""
    file = _file(root, command)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"workspace": os.path.realpath(root), "command": command}) + "\n", encoding="utf-8")
    except OSError as error:
        raise RequestError(f"{file} cannot be written, where your agreement is kept: {error.strerror}.") from error


def is_agreed(root: Path, command: str) -> bool:
    """Whether a person has agreed to exactly this in this workspace."""
    return _file(root, command).exists()


def require(root: Path, request: RunRequest) -> None:
    """Raise RequestError where a program of a run may not be run yet."""
    for command in request.programs:
        if not is_agreed(root, command):
            raise RequestError(
                f"This run would start a program on its results: {command!r}, and nobody has agreed to it in {root}. "
                "Look at it; then `parallel-refactor run` or `resume` with --yes agrees, until it changes."
            )


def _file(root: Path, command: str) -> Path:
    key = json.dumps([os.path.realpath(root), command])
    return state_folder() / "agreed" / f"{hashlib.sha256(key.encode()).hexdigest()}.json"
