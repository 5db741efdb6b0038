from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.house.repository import ROOT


def test_without_a_network_the_demonstration_runs_on_the_sample(tmp_path: Path) -> None:
    alone = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "", "XDG_CACHE_HOME": str(tmp_path / "cache")}
    done = subprocess.run(
        [sys.executable, "-m", "tests.packages.demo"],
        cwd=tmp_path,
        env={**os.environ, **alone, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Using the bundled sample instead." in done.stdout
    assert "22 files changed" in done.stdout
    assert '+    """' in done.stdout
    folder = tmp_path / "build" / "run" / "bookshop"
    subprocess.run(
        [sys.executable, "-m", "parallel_refactor", "undo", "--yes"], cwd=folder, capture_output=True, check=True
    )
    left = subprocess.run(["git", "diff", "--stat"], cwd=folder, capture_output=True, text=True, check=True)
    assert left.stdout == ""
