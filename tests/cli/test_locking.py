"""`lock`, `unlock`, `who` and `guard`: files kept by agents that this program did not start."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lockboard.board import Board
from tests.cli.program import answer, call, environment, refusal
from tests.cli.stage import Stage
from tests.house.repository import ROOT


def test_a_locked_file_is_its_owners_until_it_is_given_back(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("1\n")
    assert call("guard", "--path", "a.py", "--owner", "helper", cwd=tmp_path).returncode == 0
    assert not list(tmp_path.glob(".task_board"))
    assert "2 files locked for helper" in call("lock", "a.py", "new/b.py", "--owner", "helper", cwd=tmp_path).stdout
    assert re.match(r"helper has a\.py, for [\d.]+ s now\.\n$", call("who", "a.py", cwd=tmp_path).stdout)
    (lock,) = answer("who", "new/b.py", cwd=tmp_path)["locks"]
    assert (lock["owner"], lock["kind"]) == ("helper", "person")
    assert call("guard", "--path", tmp_path / "a.py", "--owner", "helper", cwd=tmp_path).returncode == 0
    refused = call("guard", "--path", "a.py", "--owner", "other", cwd=tmp_path)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("helper has a.py")
    assert "1 file given back" in call("unlock", "a.py", "--owner", "helper", cwd=tmp_path).stdout
    assert call("guard", "--path", "a.py", "--owner", "other", cwd=tmp_path).returncode == 0
    assert call("guard", "--path", "new/b.py", "--owner", "other", cwd=tmp_path).returncode == 1
    assert "1 file given back" in call("unlock", "--owner", "helper", cwd=tmp_path).stdout
    board = Board(tmp_path.resolve())
    assert not board.state.holds
    assert not board.state.processes
    board.close()


def test_a_lock_takes_all_files_or_none(tmp_path: Path) -> None:
    call("lock", "a.py", "--owner", "one", cwd=tmp_path)
    refused = call("lock", "b.py", "a.py", "--owner", "two", cwd=tmp_path)
    assert refused.returncode == 1
    assert refused.stderr.startswith("one has a.py")
    assert answer("who", "b.py", cwd=tmp_path)["locks"] == []
    call("lock", "b.py", "--owner", "one", cwd=tmp_path)
    assert {lock["path"] for lock in answer("status", cwd=tmp_path)["locks"]} == {"a.py", "b.py"}


def test_a_worker_and_an_agent_keep_each_other_out(tmp_path: Path) -> None:
    stage = Stage(tmp_path.resolve())
    stage.plan(2)
    stage.worker()
    for arguments in (("lock", "pkg/a1.py"), ("guard", "--path", "pkg/a1.py")):
        refused = call(*arguments, "--owner", "helper", cwd=tmp_path)
        assert refused.returncode == 1
        assert refused.stderr.startswith("Worker r1-w1 is changing pkg/a1.py")
    assert call("lock", "pkg/b2.py", "--owner", "helper", cwd=tmp_path).returncode == 0
    stage.board.refresh()
    assert stage.board.state.next_task(stage.board.run(stage.run)) is None
    call("unlock", "--owner", "helper", cwd=tmp_path)
    assert stage.worker().task.id == "t2"
    stage.desert()


def test_files_outside_are_nobodys(tmp_path: Path) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    call("lock", "a.py", cwd=inside)
    assert call("guard", "--path", "../b.py", "--owner", "x", cwd=inside).returncode == 0
    assert call("guard", "--path", ".task_board/log.jsonl", "--owner", "x", cwd=inside).returncode == 0
    assert "outside the workspace" in refusal("lock", "a.py", tmp_path / "b.py", cwd=inside)


@pytest.mark.skipif(os.name == "nt", reason="the hook is a shell script")
def test_the_hook_in_the_guide_stops_an_agent(tmp_path: Path) -> None:
    guide = (ROOT / "docs/guide.md").read_text(encoding="utf-8")
    (script,) = re.findall(r"```sh\n(#!/bin/sh\n.*?)```", guide, re.DOTALL)
    hook = tmp_path / "guard.sh"
    hook.write_text(script)
    (tmp_path / "space").mkdir()
    call("lock", "mine.py", "--owner", "Ada", cwd=tmp_path / "space")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for tool, code in (
        ({"file_path": str(tmp_path / "space/mine.py")}, 2),
        ({"file_path": str(tmp_path / "space/free.py")}, 0),
        ({"command": "ls"}, 0),
    ):
        done = subprocess.run(
            ["sh", str(hook)],
            cwd=tmp_path / "space",
            env=environment(PATH=path),
            input=json.dumps({"tool_name": "Edit", "session_id": "s1", "tool_input": tool}),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stderr
        assert ("Ada has mine.py" in done.stderr) == (code == 2)
