"""What the tests of the language server share."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make a workspace with some files."""
    folder = tmp_path.resolve() / "work space"
    folder.mkdir()
    for name in ("a.py", "b.py", "c.py"):
        (folder / name).write_text(f"name = {name!r}\nrest = 1\n")
    return folder
