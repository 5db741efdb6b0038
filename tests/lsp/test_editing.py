"""Two people and the workers in some files, for a short time."""

from __future__ import annotations

from pathlib import Path

from tests.lsp.editing import run


def test_nothing_that_was_typed_is_lost(tmp_path: Path) -> None:
    happened = run(tmp_path.resolve(), stories=8)
    assert happened["landed"]
