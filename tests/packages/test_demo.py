from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.house.repository import ROOT


def test_without_a_network_the_demonstration_runs_on_the_sample(tmp_path: Path) -> None:
    said = demonstrate("demo", tmp_path)
    assert "22 files changed" in said
    assert '+    """' in said
    assert_undone(tmp_path / "build" / "run" / "bookshop")


def test_without_a_key_a_double_plays_the_model(tmp_path: Path) -> None:
    said = demonstrate("model_demo", tmp_path)
    for words in (
        "a double on this machine plays the model",
        "This is an estimate",
        "It never spends more than $10.00",
        "files held",
        "of $10.00, at the prices of",
        "finished Done as asked for.",
        "tokens by the model's count",
        "book_id",
    ):
        assert words in said, said
    assert_undone(tmp_path / "build" / "run-model" / "bookshop")


def demonstrate(name: str, folder: Path) -> str:
    """Run a demonstration without a network or key; gives what it says."""
    alone = {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": "",
        "XDG_CACHE_HOME": str(folder / "cache"),
        "ANTHROPIC_API_KEY": "",
    }
    done = subprocess.run(
        [sys.executable, "-m", f"tests.packages.{name}"],
        cwd=folder,
        env={**os.environ, **alone, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Using the bundled sample instead." in done.stdout
    return done.stdout


def assert_undone(folder: Path) -> None:
    """Undo the run, and see nothing left of it."""
    subprocess.run(
        [sys.executable, "-m", "parallel_refactor", "undo", "--yes"], cwd=folder, capture_output=True, check=True
    )
    left = subprocess.run(["git", "diff", "--stat"], cwd=folder, capture_output=True, text=True, check=True)
    assert left.stdout == ""
