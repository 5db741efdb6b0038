"""The server in Emacs, without a screen: with eglot, which comes with Emacs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from lockboard.model import RunState
from tests.house.repository import ROOT
from tests.running.runs import Runs, runs_in

EMACS = shutil.which("emacs")


def has_eglot() -> bool:
    find = ["emacs", "--batch", "--eval", '(kill-emacs (if (locate-library "eglot") 0 1))']
    return EMACS is not None and subprocess.run(find, capture_output=True, check=False).returncode == 0


pytestmark = pytest.mark.skipif(not has_eglot(), reason="there is no Emacs with eglot here")


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    with runs_in(tmp_path / "workspace") as made:
        for name in ("a.py", "b.py"):
            (made.root / name).write_text("name = 1\n")
        yield made


def test_locks_hover_commands_and_text(runs: Runs, tmp_path: Path) -> None:
    result = tmp_path / "shown.json"
    environment = {"ROOT": str(runs.root), "PYTHON": sys.executable, "RESULT": str(result)}
    command = [str(EMACS), "--batch", "-l", str(ROOT / "tests/editors/emacs.el")]
    done = subprocess.run(
        command, cwd=runs.root, env=os.environ | environment, capture_output=True, text=True, check=False, timeout=100
    )
    assert done.returncode == 0, done.stderr
    shown = json.loads(result.read_text())
    run = runs.reach(shown["run"], RunState.CANCELLED)
    assert f"Worker {run.id}-w" in shown["locked"]
    assert f"{run.id}-w" in shown["hover"]
    assert shown["text"] == "typed = 'in Emacs é🙂'\nname = 1\n"
    assert (runs.root / "a.py").read_text() == "name = 1\n"
