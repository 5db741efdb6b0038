"""The server in Neovim, without a screen: what a person sees and does there, with no plugin at all."""

from __future__ import annotations

import pytest

from lockboard.model import RunState
from tests.editors.conftest import ADD, Drive
from tests.running.runs import Runs


@pytest.mark.timeout(500)
def test_a_run_from_its_prompt_to_its_undo_locks_hover_actions_and_text(runs: Runs, drive: Drive) -> None:
    shown = drive("nvim", "--clean", "--headless", script="neovim.lua", setup="lua")
    assert "Add docstrings to all functions: 3 files in 3 tasks" in shown["question"]
    assert shown["landed"] != shown["undone"] == ADD
    assert "Parallel Refactor: Add docstrings to all functions" in [step.get("title") for step in shown["progress"]]
    assert "| t1 | done by r1-w" in shown["document"]
    run = runs.reach(shown["run"], RunState.CANCELLED)
    for lock in (shown["open"], shown["closed"]):
        assert (lock["source"], lock["code"], lock["lnum"], lock["severity"]) == ("parallel-refactor", "locked", 0, 3)
        assert f"Worker {run.id}-w" in lock["message"]
    assert f"Worker {run.id}-w" in shown["hover"]
    assert f"Run: {run.id}, Simulate edits" in shown["hover"]
    assert shown["actions"][0] == "Give me this file"
    assert shown["actions"][2] == f"Cancel run {run.id}"
    assert shown["typed"] == "# 'in Neovim' é🙂\nname = 12\n\tlast\n"
    assert shown["text"] == shown["typed"]
    assert (runs.root / "a.py").read_text() == "name = 1\n"
    assert (runs.root / "b.py").read_text() == "name = 1\n"
