"""Folders of a person on this machine, as the XDG base directory specification and the systems have them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_OURS = "parallel-refactor"


def state_folder() -> Path:
    """Give the folder for what this program remembers of a person."""
    if sys.platform == "win32":
        return _local() / _OURS
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / _OURS
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / _OURS


def cache_folder() -> Path:
    """Give the folder for what this program can make anew."""
    if sys.platform == "win32":
        return _local() / _OURS / "cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / _OURS
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / _OURS


def _local() -> Path:
    return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
