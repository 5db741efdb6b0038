"""The page about recipes of one's own: what it shows works when it is typed in."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.cli.program import answer, call, refusal
from tests.house.repository import ROOT

PAGE = (ROOT / "docs" / "recipes.md").read_text()


def example(language: str) -> str:
    found = re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    assert len(found) == 1
    return str(found[0])


def test_the_rule_file_of_the_page(tmp_path: Path) -> None:
    (tmp_path / ".parallel-refactor").mkdir()
    (tmp_path / ".parallel-refactor" / "fetch.yml").write_text(example("yaml"))
    (tmp_path / "a.py").write_text("import urllib.request as r\n\npage = r.urlopen(url, timeout=3)\n")
    assert "Fetch through the shop's own client" in call("recipes", cwd=tmp_path).stdout
    answer("run", "Fetch through the shop's own client", "--yes", "--workers", "1", cwd=tmp_path)
    new = "import urllib.request as r\nfrom shop.http import get\n\npage = get(url, seconds=3)\n"
    assert (tmp_path / "a.py").read_text() == new
    (tmp_path / ".parallel-refactor" / "fetch.yml").write_text("title: Fetch\n")
    assert ".parallel-refactor/fetch.yml: it needs rules" in refusal("recipes", cwd=tmp_path)


def test_the_class_of_the_page(tmp_path: Path) -> None:
    package, installed, workspace = tmp_path / "package", tmp_path / "installed", tmp_path / "workspace"
    package.mkdir()
    workspace.mkdir()
    (package / "shouting.py").write_text(example("python"))
    (package / "pyproject.toml").write_text(example("toml"))
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--target", installed, package], check=True, capture_output=True)
    (workspace / "a.py").write_text("x = 1  # todo: more\n")
    done = call("run", "shout", "--yes", "--workers", "1", cwd=workspace, PYTHONPATH=str(installed))
    assert done.returncode == 0, done.stderr
    assert (workspace / "a.py").read_text() == "x = 1  # TODO: more\n"
