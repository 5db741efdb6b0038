"""The server in Emacs, without a screen: with eglot, which comes with Emacs."""

from __future__ import annotations

import pytest

from lockboard.model import RunState
from tests.editors.conftest import ADD, Drive
from tests.running.runs import Runs


@pytest.mark.timeout(500)
def test_a_run_from_its_prompt_to_its_undo_locks_hover_and_text(runs: Runs, drive: Drive) -> None:
    shown = drive("emacs", "--batch", script="emacs.el", setup="elisp")
    assert "Add docstrings to all functions: 3 files in 3 tasks" in shown["question"]
    assert shown["landed"] != shown["undone"] == ADD
    assert "# Run r1: Add docstrings to all functions" in shown["document"]
    run = runs.reach(shown["run"], RunState.CANCELLED)
    for lock in (shown["open"], shown["other"]):
        assert f"Worker {run.id}-w" in lock
    assert f"Worker {run.id}-w" in shown["hover"]
    assert f"Run: {run.id}, Simulate edits" in shown["hover"]
    assert shown["typed"] == "# 'in Emacs' é🙂\nname = 12\n\tlast"
    assert shown["text"] == shown["typed"]
    assert (runs.root / "a.py").read_text() == "name = 1\n"
    assert (runs.root / "b.py").read_text() == "name = 1\n"
