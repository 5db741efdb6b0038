"""The repository as these tests see it: the files that git keeps, and those that are about to be added."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def files(*patterns: str) -> list[Path]:
    """Give the repository's files that match the patterns of `git ls-files`, all without one; samples apart."""
    command = [
        "git",
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
        "--",
        *patterns,
        ":!tests/samples",
    ]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=True)
    return [ROOT / name for name in sorted(filter(None, listed.stdout.split("\0"))) if (ROOT / name).is_file()]


def name(path: Path) -> str:
    """Give the path as the repository spells it."""
    return path.relative_to(ROOT).as_posix()
