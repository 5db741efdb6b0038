"""Two people and the workers in one file, for a short time."""

from __future__ import annotations

from pathlib import Path

from tests.lsp.typing_people import run


def test_no_text_differs_and_none_is_lost(tmp_path: Path) -> None:
    run(tmp_path.resolve(), examples=8)
