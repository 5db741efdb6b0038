"""A workspace for an editor without a screen, and what runs a script in it that drives it as a person would.

The editors are installed by `make e2e`. Without one its test fails: a skipped test would promise what nobody has seen.
"""

from __future__ import annotations

import json
import os
import re
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

ADD = "def add(one, other):\n    return one + other\n"


def _setup(language: str) -> str:
    page = (ROOT / "docs" / "editors.md").read_text(encoding="utf-8")
    (block,) = re.findall(rf"^```{language}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    return str(block)


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    """Give a workspace of two files, and one that a recipe changes."""
    with runs_in(tmp_path / "workspace") as made:
        for name in ("a.py", "b.py"):
            (made.root / name).write_text("name = 1\n")
        (made.root / "c.py").write_text(ADD)
        yield made


@pytest.fixture
def drive(runs: Runs, tmp_path: Path) -> Drive:
    """Give what runs a script in an editor, `drive(command..., script, setup)`, and gives what the person saw.

    `setup` is the language of the editor's setup in docs/editors.md, which is what people copy.
    """

    def run(*command: str, script: str, setup: str) -> dict[str, Any]:
        if shutil.which(command[0]) is None:
            pytest.fail(f"There is no {command[0]} here: `make e2e` installs it.")
        result, file = tmp_path / "shown.json", tmp_path / f"setup.{setup}"
        file.write_text(_setup(setup), encoding="utf-8")
        environment = os.environ | {
            "ROOT": str(runs.root),
            "SETUP": str(file),
            "RESULT": str(result),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }
        full = [*command, "-l", str(_SCRIPTS / script)]
        done = subprocess.run(
            full, cwd=runs.root, env=environment, capture_output=True, text=True, check=False, timeout=_DEADLINE
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        shown: dict[str, Any] = json.loads(result.read_text(encoding="utf-8"))
        return shown

    return run
