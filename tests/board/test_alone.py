"""The board as a library: it runs with the packages that its guide states, and with nothing else."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.house.repository import ROOT

GUIDE = (ROOT / "board" / "README.md").read_text(encoding="utf-8")
IMPORT_ALL = """
import importlib, pkgutil, lockboard
for module in pkgutil.iter_modules(lockboard.__path__):
    importlib.import_module(f"lockboard.{module.name}")
"""


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder that has lockboard, the packages that its guide states, and what those need."""
    folder = tmp_path_factory.mktemp("packages")
    stated = re.search(r"these packages, nothing else:\n(.+)\.", GUIDE)
    assert stated
    for name in _with_needs(re.findall(r"`([\w-]+)`", stated[1])):
        for file in metadata.files(name) or ():
            if ".." not in file.parts and "__pycache__" not in file.parts:
                (folder / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(str(file.locate()), folder / file)
    shutil.copytree(ROOT / "board" / "lockboard", folder / "lockboard", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def test_the_guides_example_runs_with_the_stated_packages_alone(packages: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.txt").write_text(name)
    (example,) = re.findall(r"```python\n(.*?)```", GUIDE, flags=re.DOTALL)
    (printed,) = re.findall(r"It prints `(.+?)`", GUIDE)
    assert _python(example, packages, tmp_path) == f"{printed}\n"
    assert [(tmp_path / f"{name}.txt").read_text() for name in ("a", "b")] == ["A", "b"]
    statements = [line for line in example.splitlines() if not re.match(r"from|import|$", line)]
    assert len(statements) == 10


def test_every_module_loads_with_the_stated_packages_alone(packages: Path, tmp_path: Path) -> None:
    _python(IMPORT_ALL, packages, tmp_path)
    with pytest.raises(subprocess.CalledProcessError):
        _python("import psutil", packages, tmp_path)


def test_every_module_that_the_guide_names_is_there() -> None:
    table = GUIDE.split("| --- | --- |\n")[1].split("\n\n")[0]
    named = [name for row in table.splitlines() for name in re.findall(r"`(\w+)`", row.split("|")[1])]
    assert named
    assert not [name for name in named if not (ROOT / "board" / "lockboard" / f"{name}.py").is_file()]


def _python(source: str, packages: Path, folder: Path) -> str:
    """Run a program that can import from the standard library and `packages` only; gives what it prints."""
    start = f"import sys; sys.path.append({str(packages)!r})\n"
    command = [sys.executable, "-I", "-S", "-B", "-W", "error", "-c", start + source]
    return subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True, check=True, timeout=60).stdout


def _with_needs(names: list[str]) -> set[str]:
    """Give some installed distributions, and all that they need here."""
    found: set[str] = set()
    while names:
        name = names.pop()
        if name not in found:
            found.add(name)
            needs = map(Requirement, metadata.requires(name) or ())
            names += [need.name for need in needs if not need.marker or need.marker.evaluate({"extra": ""})]
    return found
