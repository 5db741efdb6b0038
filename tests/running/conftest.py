from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.doubles.strict import KEY
from tests.running.runs import Runs, runs_in


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    """Give a workspace for runs; every test also shows that no process is left behind."""
    with runs_in(tmp_path / "workspace") as made:
        yield made


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the workers the double's key."""
    monkeypatch.delenv("ANTHROPIC_BASE_URL", raising=False)
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
