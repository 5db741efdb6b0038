"""`status` says who holds what, to people and to programs."""

from __future__ import annotations

import json
import os
from contextlib import closing
from pathlib import Path

from lockboard.board import Board
from lockboard.model import RunSpec, RunState
from tests.cli.program import PATIENCE, answer, call, refusal, started
from tests.cli.stage import TITLE, Stage


def test_a_folder_where_nothing_was_run_has_an_empty_board(tmp_path: Path) -> None:
    assert answer("status", cwd=tmp_path) == {"runs": [], "locks": [], "workers": []}
    assert "Nothing has been run" in call("status", cwd=tmp_path).stdout
    assert not list(tmp_path.iterdir())


def test_runs_locks_and_workers_are_listed(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.plan(3)
    claim = stage.worker()
    stage.hold("pkg/a3.py", "Jane")
    found = answer("status", cwd=tmp_path)
    (run,) = found["runs"]
    assert {name: run[name] for name in ("id", "state", "title", "engine", "supervised")} == {
        "id": "r1",
        "state": "running",
        "title": TITLE,
        "engine": "recipe",
        "supervised": True,
    }
    (worker,) = found["workers"]
    assert (worker["id"], worker["pid"], worker["task"]) == ("r1-w1", os.getpid(), "t1")
    assert worker["since"] > 0
    locks = {lock["path"]: lock for lock in found["locks"]}
    assert locks.keys() == {"pkg/a1.py", "pkg/b1.py", "pkg/a3.py"}
    assert locks["pkg/b1.py"].items() >= {
        "owner": "r1-w1", "kind": "worker", "task": "t1", "run": "r1", "token": claim.token
    }.items()  # fmt: skip
    assert locks["pkg/a3.py"].items() >= {
        "owner": "Jane", "kind": "person", "task": None, "run": None, "token": None
    }.items()  # fmt: skip


def test_people_read_the_same(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.plan(3)
    stage.worker()
    stage.hold("pkg/a3.py", "Jane")
    stage.finish("t2")
    shown = call("status", cwd=tmp_path).stdout
    assert "\x1b" not in shown
    lines = [line.split() for line in shown.splitlines()]
    assert [line[:2] for line in lines if line[:1] == ["r1"]] == [["r1", "running"]]
    assert "2 of 6 files" in shown
    assert ["r1-w1", "pid", str(os.getpid()), "t1:", "pkg/a1.py,", "pkg/b1.py"] in lines
    assert ["pkg/a3.py", "Jane", "person", "now"] in lines


def test_a_run_without_a_supervisor_is_shown_as_stopped(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.plan(3)
    stage.worker()
    stage.desert()
    found = answer("status", cwd=tmp_path)
    assert [(run["state"], run["supervised"]) for run in found["runs"]] == [("running", False)]
    assert found["workers"] == []
    assert len(found["locks"]) == 2
    shown = call("status", cwd=tmp_path).stdout
    assert "stopped" in shown
    assert "resume r1" in shown


def test_a_run_that_began_just_now_is_not_called_stopped(tmp_path: Path) -> None:
    with closing(Board(tmp_path, create=True)) as board:
        board.add_run(RunSpec(TITLE, "recipe"))
    (run,) = answer("status", cwd=tmp_path)["runs"]
    assert (run["state"], run["supervised"]) == ("planning", True)
    for command in ("status", "board"):
        shown = call(command, cwd=tmp_path).stdout
        assert "planning" in shown
        assert "resume r1" not in shown


def test_names_that_are_no_text_reach_people_and_programs(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.hold("new\nline\x1b[31m.py", "J\x1bane")
    stage.hold(os.fsdecode(b"latin-\xe9.py"), "Jane")
    shown = call("status", cwd=tmp_path).stdout
    assert r"new\nline\x1b[31m.py" in shown
    assert r"latin-\udce9.py" in shown
    assert "\x1b" not in shown
    paths = {lock["path"] for lock in answer("status", cwd=tmp_path)["locks"]}
    assert paths == {"new\nline\x1b[31m.py", os.fsdecode(b"latin-\xe9.py")}


def test_status_is_asked_from_anywhere_in_the_workspace(tmp_path: Path) -> None:
    Stage(tmp_path).move(RunState.CANCELLED)
    inner = tmp_path / "pkg"
    inner.mkdir()
    assert answer("status", cwd=inner)["runs"][0]["state"] == "cancelled"
    assert answer("status", "pkg", cwd=tmp_path)["runs"][0]["state"] == "cancelled"


def test_a_board_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    Stage(tmp_path)
    card = tmp_path / ".task_board" / "board.json"
    card.write_text(json.dumps({**json.loads(card.read_text(encoding="utf-8")), "format": 99}), encoding="utf-8")
    assert "format 99" in refusal("status", cwd=tmp_path)
    card.write_text("{", encoding="utf-8")
    assert "board.json is damaged" in refusal("status", cwd=tmp_path)
    assert "does-not-exist" in refusal("status", "does-not-exist", cwd=tmp_path)


def test_a_run_that_goes_on_is_listed_however_old(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    for _ in range(12):
        stage.board.move_run(stage.board.add_run(stage.board.run("r1").spec), RunState.DONE)
    shown = call("status", cwd=tmp_path).stdout
    names = [line.split()[0] for line in shown.splitlines() if TITLE in line]
    assert names == [*(f"r{number}" for number in range(13, 3, -1)), "r1"]
    assert "and 2 older runs" in shown


def test_whoever_reads_the_output_may_leave(tmp_path: Path) -> None:
    with started("recipes", cwd=tmp_path) as (listing, output):
        output.close()
        assert listing.wait(timeout=PATIENCE) == 128 + 13
