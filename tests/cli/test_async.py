"""The recipe that makes code asynchronous, as people run it: by a prompt that says where, and as one step."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.program import answer, refusal

PROMPT = "Refactor all files in src/ to use async/await"
CLIENT = "import time\n\n\ndef fetch(name: str) -> str:\n    time.sleep(0)\n    return name.upper()\n"
MAIN = """\
from client import fetch


def main() -> None:
    print(fetch("a"), fetch("b"))


if __name__ == "__main__":
    main()
"""


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    (tmp_path / "tools").mkdir()
    (tmp_path / "src" / "client.py").write_text(CLIENT, encoding="utf-8")
    (tmp_path / "src" / "main.py").write_text(MAIN, encoding="utf-8")
    (tmp_path / "src" / "other.py").write_text("X = 1\n", encoding="utf-8")
    (tmp_path / "tools" / "alone.py").write_text(MAIN.replace("client", "gone") + "import time\n", encoding="utf-8")
    return tmp_path


def printed(workspace: Path) -> str:
    return subprocess.check_output([sys.executable, workspace / "src" / "main.py"], text=True)


def test_a_prompt_says_where_and_files_that_hang_together_are_a_group(workspace: Path) -> None:
    plan = answer("run", PROMPT, "--plan", cwd=workspace)
    assert plan["files"] == ["src/client.py", "src/main.py", "src/other.py"]
    groups = {path: task["group"] for task in plan["tasks"] for path in task["files"]}
    assert groups["src/client.py"] == groups["src/main.py"] != ""
    assert groups["src/other.py"] == ""


def test_a_run_changes_what_can_change_and_undo_brings_it_back(workspace: Path) -> None:
    before = printed(workspace)
    found = answer("run", PROMPT, "--yes", cwd=workspace)
    assert found["files"] == {"changed": 2, "unchanged": 1, "left": 0, "failed": 0}
    assert found["counts"]["functions made async"] == 2
    assert "asyncio.run(main())" in (workspace / "src" / "main.py").read_text(encoding="utf-8")
    assert printed(workspace) == before
    assert answer("run", PROMPT, "--yes", cwd=workspace)["files"]["changed"] == 0
    answer("undo", found["run"], "--yes", cwd=workspace)
    assert (workspace / "src" / "client.py").read_text(encoding="utf-8") == CLIENT


def test_what_is_left_is_told_with_its_place(workspace: Path) -> None:
    (workspace / "tools" / "caller.py").write_text("from client import fetch\n\nprint(fetch('x'))\n", encoding="utf-8")
    found = answer("run", PROMPT, "--yes", cwd=workspace)
    assert found["files"]["changed"] == 0
    reason = "`fetch` is not made async: it is called in tools/caller.py:3, outside of the run"
    assert {"path": "src/client.py", "reason": reason, "line": 4} in found["left"]


def test_twins_stand_beside_what_has_to_stay(workspace: Path) -> None:
    (workspace / "src" / "table.py").write_text("from client import fetch\n\nTABLE = [fetch]\n", encoding="utf-8")
    before = printed(workspace)
    found = answer("run", PROMPT, "--option", "mode=twin", "--yes", cwd=workspace)
    assert found["counts"].items() >= {"functions made async": 1, "twins added": 1, "calls awaited": 2}.items()
    assert {"fetch", "afetch"} <= runpy.run_path(str(workspace / "src" / "client.py")).keys()
    assert "await afetch" in (workspace / "src" / "main.py").read_text(encoding="utf-8")
    assert printed(workspace) == before
    assert answer("run", PROMPT, "--option", "mode=twin", "--yes", cwd=workspace)["files"]["changed"] == 0


def test_a_place_that_there_is_not_is_refused(workspace: Path) -> None:
    said = refusal("run", PROMPT.replace("src/", "lib/"), "--yes", cwd=workspace)
    assert "The prompt names lib/, but there is no such file or folder" in said
    assert "other" in refusal("run", PROMPT, "tools", "--option", "other=1", "--yes", cwd=workspace)
