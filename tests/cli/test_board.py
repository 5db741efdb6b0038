"""`board` shows what a person asks of a board: how far, who has what, who waits for whom."""

from __future__ import annotations

import re
from pathlib import Path

from lockboard.model import RunState
from tests.cli.program import call
from tests.cli.stage import Stage
from tests.cli.terminal import Terminal


def lines(shown: str) -> list[list[str]]:
    return [line.split() for line in shown.splitlines()]


def row(shown: str, path: str) -> list[str]:
    (found,) = [line for line in lines(shown) if line[:1] == [path]]
    return found


def test_an_empty_board_says_so(tmp_path: Path) -> None:
    assert "no task board" in call("board", cwd=tmp_path).stderr


def test_tasks_owners_and_waits_are_shown(tmp_path: Path) -> None:
    stage = Stage(tmp_path.resolve())
    stage.plan(4)
    stage.worker()
    stage.hold("pkg/b3.py", "Jane")
    stage.finish("t4")
    shown = call("board", cwd=tmp_path).stdout
    assert re.search(r"^r1 running +Add docstrings.* 2 of 8 files", shown, re.MULTILINE)
    assert ["ready", "2", "·", "claimed", "1", "·", "skipped", "1"] in lines(shown)
    taken, waited = shown.split("waited for")
    assert "3 files taken" in taken
    assert row(taken, "pkg/a1.py")[:4] == ["pkg/a1.py", "r1-w1", "t1,", "claimed"]
    assert row(taken, "pkg/b3.py")[:4] == ["pkg/b3.py", "Jane", "unsaved", "text"]
    assert row(waited, "pkg/b3.py")[:7] == ["pkg/b3.py", "Jane", "has", "it", "1", "task", "waits"]
    stage.move(RunState.WAITING, "Jane holds pkg/b3.py")
    assert "Jane holds pkg/b3.py" in call("board", cwd=tmp_path).stdout
    stage.desert()
    assert "stopped: `resume r1` goes on" in call("board", cwd=tmp_path).stdout
    stage.move(RunState.DONE)
    assert re.search(r"^r1 done .*0 files changed", call("board", cwd=tmp_path).stdout, re.MULTILINE)


def test_watching_shows_what_changes_until_ctrl_c(tmp_path: Path) -> None:
    stage = Stage(tmp_path.resolve())
    stage.plan(2)
    with Terminal("board", "--watch", cwd=tmp_path) as terminal:
        terminal.expect(r"0 of 4 files")
        stage.hold("pkg/b2.py", "Jane")
        terminal.expect(r"pkg/b2\.py +Jane +unsaved text")
        terminal.press("\x03")
        assert terminal.leave() == 0
    assert call("board", "--watch", cwd=tmp_path).returncode == 2
    stage.desert()
