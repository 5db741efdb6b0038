"""What other programs say of a tree: ruff of its names, pyrefly of its types. Neither looks at the tree's settings."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections import Counter
from pathlib import Path

_SETTINGS = """
project-includes = ["**/*.py", "**/*.pyi"]
project-excludes = []
disable-project-excludes-heuristics = true
use-ignore-files = false
skip-interpreter-query = true
python-version = "3.11"
search-path = [".", "src", "tests"]
"""


def undefined_names(root: Path) -> Counter[str]:
    """Count the undefined names of each file."""
    command = [program("ruff"), "check", "--isolated", "--no-cache", "--select=F821,F822", "--exit-zero"]
    done = subprocess.run(
        [*command, "--no-respect-gitignore", "--output-format=json", "."], cwd=root, capture_output=True, check=True
    )
    return Counter(Path(found["filename"]).relative_to(root.resolve()).as_posix() for found in json.loads(done.stdout))


def checker_errors(root: Path) -> Counter[str]:
    """Count pyrefly's errors of each file."""
    with tempfile.TemporaryDirectory() as folder:
        copy = _copy(root, Path(folder))
        command = [program("pyrefly"), "check", "--config=pyrefly.toml", "--output-format=json", "--summary=none"]
        done = subprocess.run([*command, "--threads=1"], cwd=copy, capture_output=True, check=False)
        errors = json.loads(done.stdout)["errors"]
    return Counter(Path(error["path"]).as_posix() for error in errors if error["severity"] == "error")


def infer(root: Path) -> None:
    """Let pyrefly annotate a tree, as a person would."""
    (root / "pyrefly.toml").write_text(_SETTINGS, encoding="utf-8")
    command = [program("pyrefly"), "infer", "--config=pyrefly.toml", "--containers=false"]
    subprocess.run(command, cwd=root, capture_output=True, check=False)  # 1 where it cannot read some file
    (root / "pyrefly.toml").unlink()


def program(name: str) -> str:
    """Give the path of a program of this environment."""
    found = shutil.which(name, path=sysconfig.get_path("scripts"))
    assert found, f"{name} is not installed beside {sys.executable}"
    return found


def _copy(root: Path, folder: Path) -> Path:
    copy = folder / "tree"
    shutil.copytree(root, copy, symlinks=True, ignore=shutil.ignore_patterns(".task_board", "pyrefly.toml"))
    (copy / "pyrefly.toml").write_text(_SETTINGS, encoding="utf-8")
    return copy
