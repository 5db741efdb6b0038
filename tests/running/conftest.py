from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running.runs import Runs, runs_in


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    """Give a workspace for runs; every test also shows that no process is left behind."""
    with runs_in(tmp_path / "workspace") as made:
        yield made
