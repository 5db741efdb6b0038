"""Review on the command line: run --review, review, accept, reject."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from tests.cli.program import answer, call, refusal

RUN = ("run", "--engine", "simulate", "--workers", "2", "--review", "--yes")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    root = tmp_path / "workspace"
    (root / "pkg").mkdir(parents=True)
    for number in range(3):
        (root / "pkg" / f"m{number}.py").write_text(f"value = {number}\n", encoding="utf-8")
    return root


def test_a_run_with_review_ends_with_4_and_says_what_waits(workspace: Path) -> None:
    done = call(*RUN, cwd=workspace)
    assert done.returncode == 4
    assert "3 files wait for your review" in done.stdout
    assert "pkg/m1.py" in done.stdout
    assert "parallel-refactor accept r1" in done.stdout
    assert (workspace / "pkg/m1.py").read_text() == "value = 1\n"
    assert "t1, proposed" in call("status", cwd=workspace).stdout
    assert re.search(r"pkg/m0\.py +r1 +t1, proposed", call("board", cwd=workspace).stdout)
    locks = json.loads(call("status", "--json", cwd=workspace).stdout)["locks"]
    assert {(lock["path"], lock["owner"], lock["kind"]) for lock in locks} == {
        (f"pkg/m{number}.py", "r1", "proposal") for number in range(3)
    }
    assert call("guard", "--path", "pkg/m1.py", cwd=workspace).returncode == 0
    assert call("cancel", cwd=workspace).returncode == 0


def test_what_is_proposed_is_shown_accepted_and_rejected(workspace: Path) -> None:
    assert call(*RUN, cwd=workspace).returncode == 4
    (workspace / "pkg/m1.py").write_text("mine = 1\n\nvalue = 1\n")
    shown = call("review", "m1.py", cwd=workspace / "pkg").stdout
    assert "+++ b/pkg/m1.py" in shown
    assert "m0.py" not in shown
    assert "-mine" not in shown
    [proposal] = json.loads(call("review", "r1", "pkg/m1.py", "--json", cwd=workspace).stdout)["proposals"]
    [file] = proposal["files"]
    assert (file["path"], file["conflict"]) == ("pkg/m1.py", "")
    assert Path(file["new"]).read_text().startswith("mine = 1\n\nvalue = 1\n")
    assert call("accept", "pkg/m1.py", cwd=workspace).returncode == 4
    assert (workspace / "pkg/m1.py").read_text().startswith("mine = 1\n\nvalue = 1\n#")
    rest = call("reject", "r1", "pkg/m0.py", "--json", cwd=workspace)
    assert rest.returncode == 4
    assert json.loads(rest.stdout)["files"] == {"changed": 1, "unchanged": 0, "left": 1, "failed": 0, "proposed": 1}
    assert answer("accept", cwd=workspace)["files"]["changed"] == 2
    assert (workspace / "pkg/m0.py").read_text() == "value = 0\n"
    assert answer("undo", "--yes", cwd=workspace)["files"]["changed"] == 2
    assert (workspace / "pkg/m1.py").read_text() == "mine = 1\n\nvalue = 1\n"


def test_a_conflict_is_told(workspace: Path) -> None:
    shutil.rmtree(workspace / "pkg")
    (workspace / "a.py").write_text("value = 1\n")
    assert call(*RUN, cwd=workspace).returncode == 4
    (workspace / "a.py").write_text("mine = 1\n")
    assert "a.py cannot be accepted: line 1: it was changed there" in call("review", cwd=workspace).stdout
    again = call("accept", cwd=workspace)
    assert again.returncode == 4
    assert "line 1: it was changed there" in again.stdout
    assert (workspace / "a.py").read_text() == "mine = 1\n"
    assert call("reject", "--task", "t1", cwd=workspace).returncode == 0
    assert "No run proposes anything here" in refusal("accept", cwd=workspace)


def test_the_workspace_can_ask_for_review(workspace: Path) -> None:
    (workspace / "parallel-refactor.toml").write_text("review = true\n")
    assert call(*(word for word in RUN if word != "--review"), "--include", "*.py", cwd=workspace).returncode == 4
    assert "proposes nothing as t9" in refusal("reject", "--task", "t9", cwd=workspace)
    assert call("cancel", cwd=workspace).returncode == 0
    (workspace / "parallel-refactor.toml").write_text('review = "yes"\n')
    assert "review must be true or false" in refusal(*RUN, cwd=workspace)
