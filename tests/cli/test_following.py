"""A run is shown while it goes: live on a terminal, as lines elsewhere; Ctrl-C asks before it cancels."""

from __future__ import annotations

import re
import signal
from pathlib import Path

import pytest

from lockboard.model import Note, RunState, TaskState, Wish
from tests.cli.program import PATIENCE, started
from tests.cli.stage import TITLE, Stage
from tests.cli.terminal import Terminal


def test_the_live_view_shows_plan_workers_progress_and_waits(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    with Terminal("resume", cwd=tmp_path) as terminal:
        terminal.expect(TITLE)
        terminal.expect("Planning")
        stage.plan(10, left=(Note("pkg/gen.py", "generated"),))
        stage.worker()
        stage.hold("pkg/a3.py", "Jane")
        terminal.expect("0 of 20 files · 0 %")
        terminal.expect(r"w1 +pkg/a1\.py \+1 .*\d s")
        terminal.expect(r"waits +pkg/a3\.py +held by Jane")
        terminal.expect("1 left out")
        stage.finish("t4", "t5")
        stage.board.end_task("r1", "t2", TaskState.FAILED, "bad", (Note("pkg/b2.py", "[bold]invalid syntax", 7),))
        terminal.expect("6 of 20 files · 30 %")
        terminal.expect(r"failed pkg/b2\.py:7 +\[bold\]invalid syntax")
        stage.finish(*(f"t{n}" for n in (1, 3, 6, 7, 8, 9, 10)))
        stage.move(RunState.FAILED)
        assert terminal.leave() == 1
    assert "\x1b[?25h" in terminal.raw.rpartition("\x1b[?25l")[2], "the cursor is shown again"


def test_the_summary_says_what_failed_where_and_what_was_left(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    left = [
        *(Note(f"gen{n}.py", "generated") for n in range(5)),
        Note("c.py", "`f` is odd", 3),
        Note("c.py", "`g` is odd"),
    ]
    stage.plan(3, left=tuple(left))
    stage.board.end_task("r1", "t2", TaskState.FAILED, "bad", (Note("pkg/b2.py", "invalid syntax", 7),))
    stage.finish("t1", "t3")
    with Terminal("resume", cwd=tmp_path) as terminal:
        terminal.expect(TITLE)
        stage.move(RunState.FAILED)
        assert terminal.leave() == 1
    summary = terminal.text[terminal.text.rindex("Failed  ") - 500 :]
    assert "2 failed" in summary
    assert "invalid syntax\n         pkg/b2.py:7\n" in summary
    assert "5  generated" in summary
    assert "and 2 more" in summary
    assert "2  `...` is odd\n         c.py:3\n" in summary


def test_lines_are_written_where_there_is_no_terminal(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    with started("resume", cwd=tmp_path) as (following, output):
        assert output.readline() == f"r1: {TITLE}: planning\n"
        stage.plan(10, left=(Note("pkg/gen.py", "generated"),))
        stage.board.end_task("r1", "t2", TaskState.FAILED, "bad", (Note("pkg/b2.py", "invalid syntax", 7),))
        stage.finish(*(f"t{n}" for n in (1, 3, 4, 5, 6, 7, 8, 9)))
        shown = [output.readline()]
        while not re.match(r"r1: 9\d %, 18 of 20 files, ", shown[-1]):
            shown.append(output.readline())
            assert shown[-1], shown
        stage.finish("t10")
        stage.move(RunState.FAILED)
        rest = output.read()
        assert following.wait(timeout=PATIENCE) == 1
    assert "r1: 20 files in 10 tasks, 1 left out\n" in shown
    assert "r1: failed: pkg/b2.py:7: invalid syntax\n" in shown
    assert "\x1b" not in "".join(shown) + rest
    assert "invalid syntax" in rest


def test_a_run_that_waits_for_a_person_is_left_with_its_names(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.plan(2)
    stage.hold("pkg/b1.py", "Jane")
    with started("resume", cwd=tmp_path) as (following, output):
        output.readline()
        stage.move(RunState.WAITING)
        shown = output.read()
        assert following.wait(timeout=PATIENCE) == 4
    assert "r1: waits for pkg/b1.py: held by Jane\n" in shown
    assert "held by Jane\n         pkg/b1.py\n" in shown
    assert not stage.board.run("r1").state.ended


def test_a_run_whose_supervisor_dies_is_left(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.plan(2)
    with started("resume", cwd=tmp_path) as (following, output):
        output.readline()
        stage.desert()
        shown = output.read()
        assert following.wait(timeout=PATIENCE) == 4
    assert "Stopped" in shown
    assert "resume r1" in shown


@pytest.mark.parametrize("answer", ["y\r", "\x03"])
def test_ctrl_c_asks_then_cancels(tmp_path: Path, answer: str) -> None:
    stage = Stage(tmp_path)
    stage.plan(2)
    with Terminal("resume", cwd=tmp_path) as terminal:
        terminal.expect("0 of 4 files")
        terminal.press("\x03")
        terminal.expect(r"Cancel the run\?")
        stage.board.refresh()
        assert stage.board.run("r1").wish is not Wish.CANCEL
        terminal.press(answer)
        terminal.expect("cancelling")
        stage.board.refresh()
        assert stage.board.run("r1").wish is Wish.CANCEL
        stage.move(RunState.CANCELLED)
        assert terminal.leave() == 3
    assert "Cancelled" in terminal.text


def test_ctrl_c_and_no_leaves_the_run_alone(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.plan(2)
    with Terminal("resume", cwd=tmp_path) as terminal:
        terminal.expect("0 of 4 files")
        terminal.press("\x03")
        terminal.expect(r"Cancel the run\?")
        terminal.press("n\r")
        terminal.expect("It goes on without this window")
        assert terminal.leave() == 4
    stage.board.refresh()
    assert stage.board.run("r1").wish is not Wish.CANCEL


def test_an_interrupt_without_a_terminal_cancels_at_once(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.plan(2)
    with started("resume", cwd=tmp_path) as (following, output):
        output.readline()
        following.send_signal(signal.SIGINT)
        while stage.board.run("r1").wish is not Wish.CANCEL:
            assert following.poll() is None
            stage.board.refresh()
        stage.move(RunState.CANCELLED)
        assert following.wait(timeout=PATIENCE) == 3


def test_the_window_can_be_closed(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.plan(2)
    with Terminal("resume", cwd=tmp_path) as terminal:
        terminal.expect("0 of 4 files")
        terminal.process.terminate()
        assert terminal.leave() == 128 + signal.SIGTERM
    assert terminal.raw.rstrip().endswith("\x1b[?25h") or "\x1b[?25h" in terminal.raw[-40:]
    stage.board.refresh()
    assert stage.board.run("r1").wish is not Wish.CANCEL


def test_colours_can_be_turned_off(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.plan(2)
    with Terminal("resume", cwd=tmp_path, NO_COLOR="1") as terminal:
        terminal.expect("0 of 4 files")
        stage.move(RunState.CANCELLED)
        terminal.leave()
    assert "\x1b[3" not in terminal.raw.replace("\x1b[3m", "")


def test_a_dumb_terminal_gets_lines(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.plan(2)
    with Terminal("resume", cwd=tmp_path, TERM="dumb") as terminal:
        stage.finish("t1")
        terminal.expect("r1: 50 %, 2 of 4 files")
        stage.move(RunState.CANCELLED)
        terminal.leave()
    assert "\x1b" not in terminal.raw


def test_more_workers_than_lines_fit(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.plan(30)
    for _ in range(25):
        stage.worker()
    with Terminal("resume", cwd=tmp_path, size=(20, 60)) as terminal:
        terminal.expect(r"and \d+ more workers, \d+ of them busy")
        stage.move(RunState.CANCELLED)
        terminal.leave()
    frames = terminal.text.split(TITLE)
    assert max(frame.count("\n") for frame in frames) < 20
