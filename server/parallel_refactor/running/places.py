"""Which part of a workspace a prompt means."""

from __future__ import annotations

import posixpath
from pathlib import Path

from parallel_refactor.running.request import RequestError


def narrowed(root: Path, scope: str, place: str) -> str:
    """Give the part of a scope that a prompt names, from the scope or the root; raises RequestError for no such place.

    Both are relative paths of files or folders, "" for everything.
    """
    if not place:
        return scope
    for base in (scope, ""):
        found = posixpath.normpath(posixpath.join(base, place.replace("\\", "/")))
        found = "" if found == "." else found
        inside = not scope or f"{found}/".startswith(f"{scope}/")
        if inside and not found.startswith(("..", "/")) and (root / found).exists():
            return found
    raise RequestError(f"The prompt names {place}, but there is no such file or folder in {scope or root}.")
