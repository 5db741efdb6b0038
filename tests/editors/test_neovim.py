"""The server in Neovim, without a screen: what a person sees and does there, with no plugin at all."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lockboard.model import RunState
from tests.house.repository import ROOT
from tests.running.runs import Runs, runs_in

NEOVIM = shutil.which("nvim")

pytestmark = pytest.mark.skipif(NEOVIM is None, reason="there is no nvim here")


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    with runs_in(tmp_path / "workspace") as made:
        for name in ("a.py", "b.py"):
            (made.root / name).write_text("name = 1\n")
        yield made


def test_locks_hover_actions_and_text(runs: Runs, tmp_path: Path) -> None:
    result = tmp_path / "shown.json"
    script = ROOT / "tests/editors/neovim.lua"
    command = [str(NEOVIM), "--clean", "--headless", "-l", str(script), str(runs.root), sys.executable, str(result)]
    done = subprocess.run(command, cwd=runs.root, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr
    shown = json.loads(result.read_text())
    run = runs.reach(shown["run"], RunState.CANCELLED)
    for lock in (shown["open"], shown["closed"]):
        assert (lock["source"], lock["code"], lock["lnum"], lock["severity"]) == ("parallel-refactor", "locked", 0, 3)
        assert f"Worker {run.id}-w" in lock["message"]
    assert f"{run.id}-w" in shown["hover"]
    assert shown["actions"][0] == "Give me this file"
    assert shown["actions"][2] == f"Cancel run {run.id}"
    assert shown["text"] == "typed = 'in Neovim' -- é🙂\n"
    assert (runs.root / "a.py").read_text() == "name = 1\n"
