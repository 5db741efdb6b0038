"""A workspace for an editor without a screen, and what runs a script in it that drives it as a person would.

The editors are installed by `make e2e`. Without one its test fails: a skipped test would promise what nobody has seen.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.house.repository import ROOT
from tests.running.runs import Runs, runs_in

Drive = Callable[..., dict[str, Any]]

_SCRIPTS = ROOT / "tests" / "editors"
_DEADLINE = 400
"""Seconds for a whole script. Each wait in it has a deadline of its own, which names what did not happen."""


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    """Give a workspace of two files."""
    with runs_in(tmp_path / "workspace") as made:
        for name in ("a.py", "b.py"):
            (made.root / name).write_text("name = 1\n")
        yield made


@pytest.fixture
def drive(runs: Runs, tmp_path: Path) -> Drive:
    """Give what runs a script in an editor, `drive(command..., script)`, and gives what the person saw."""

    def run(*command: str, script: str) -> dict[str, Any]:
        if shutil.which(command[0]) is None:
            pytest.fail(f"There is no {command[0]} here: `make e2e` installs it.")
        result = tmp_path / "shown.json"
        environment = os.environ | {"ROOT": str(runs.root), "PYTHON": sys.executable, "RESULT": str(result)}
        full = [*command, "-l", str(_SCRIPTS / script)]
        done = subprocess.run(
            full, cwd=runs.root, env=environment, capture_output=True, text=True, check=False, timeout=_DEADLINE
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        shown: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
        return shown

    return run
