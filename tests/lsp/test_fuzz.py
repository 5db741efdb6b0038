"""The fuzzer, for a short time."""

from __future__ import annotations

from pathlib import Path

from tests.lsp.fuzz import fuzz


def test_strange_messages_do_no_harm(tmp_path: Path) -> None:
    fuzz(tmp_path.resolve(), 1_500, seed=1)
