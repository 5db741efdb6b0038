"""The server in Neovim, without a screen: what a person sees and does there, with no plugin at all."""

from __future__ import annotations

import pytest

from lockboard.model import RunState
from tests.editors.conftest import Drive
from tests.running.runs import Runs


@pytest.mark.timeout(500)
def test_locks_hover_actions_commands_and_text(runs: Runs, drive: Drive) -> None:
    shown = drive("nvim", "--clean", "--headless", script="neovim.lua")
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
