"""What the tests of the language server share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running.runs import Runs, runs_in


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make a workspace with some files."""
    folder = tmp_path.resolve() / "work space"
    folder.mkdir()
    for name in ("a.py", "b.py", "c.py"):
        (folder / name).write_text(f"name = {name!r}\nrest = 1\n")
    return folder


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    """Give a workspace; at the end no process of it is left behind."""
    with runs_in(tmp_path / "workspace") as made:
        yield made
