"""`doctor` finds what is wrong with a board, says what to do, and repairs what it may."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from lockboard.board import Board
from lockboard.model import RunState
from tests.cli.program import call, refusal
from tests.cli.stage import Stage
from tests.cli.terminal import Terminal


def test_a_board_that_is_well(tmp_path: Path) -> None:
    assert "no task board" in refusal("doctor", cwd=tmp_path)
    stage = Stage(tmp_path.resolve())
    stage.plan(2)
    stage.worker()
    assert call("doctor", cwd=tmp_path).stdout == f"The task board of {tmp_path.resolve()} is well.\n"
    stage.desert()


def test_dead_workers_are_found_and_their_files_given_back(tmp_path: Path) -> None:
    stage = Stage(tmp_path.resolve())
    stage.plan(2)
    stage.worker()
    stage.hold("pkg/a2.py", "Jane")
    stage.desert()
    found = call("doctor", cwd=tmp_path)
    assert found.returncode == 1
    for sentence in (
        f"Worker r1-w1 (process {os.getpid()}) is dead, and still has pkg/a1.py, pkg/b1.py.",
        "is dead, and still has pkg/a2.py.",
        "Run r1 (running) has nobody who drives it.",
        "`parallel-refactor resume r1` goes on",
    ):
        assert sentence in found.stdout
    with Terminal("doctor", cwd=tmp_path) as terminal:
        terminal.expect(r"Repair 2 of these\?")
        terminal.press("y\r")
        terminal.expect("2 things repaired")
        assert terminal.leave() == 1
    board = Board(tmp_path.resolve())
    assert not board.state.locks
    assert not board.state.holds
    board.close()
    assert "dead" not in call("doctor", cwd=tmp_path).stdout


def test_views_that_somebody_spoilt_are_made_anew(tmp_path: Path) -> None:
    stage = Stage(tmp_path.resolve())
    stage.plan(2)
    stage.worker()
    (lock, other) = sorted((tmp_path / ".task_board/locks").iterdir())
    lock.unlink()
    (tmp_path / ".task_board/locks/foreign.lock").touch()
    (tmp_path / ".task_board/notes.txt").touch()
    found = call("doctor", "--yes", cwd=tmp_path)
    assert found.returncode == 1
    assert "do not say what the log says" in found.stdout
    assert "not the board's: notes.txt" in found.stdout
    assert sorted((tmp_path / ".task_board/locks").iterdir()) == [lock, other]
    (tmp_path / ".task_board/notes.txt").unlink()
    assert call("doctor", cwd=tmp_path).returncode == 0
    stage.desert()


def test_damage_is_explained_and_left_alone(tmp_path: Path) -> None:
    stage = Stage(tmp_path.resolve())
    stage.plan(2)
    stage.move(RunState.PAUSED)
    stage.desert()
    log = tmp_path / ".task_board/log.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    spoilt = b"".join((lines[0], lines[1].replace(b"t1", b"t7"), *lines[2:]))
    log.write_bytes(spoilt)
    found = call("doctor", "--yes", cwd=tmp_path)
    assert found.returncode == 1
    assert f"at byte {len(lines[0])}: the checksum does not match" in found.stdout
    assert "Traceback" not in found.stderr
    assert log.read_bytes() == spoilt


@pytest.mark.skipif(os.name == "nt", reason="Windows stops no processes")
@pytest.mark.parametrize("has_the_board", [False, True])
def test_a_stopped_supervisor_is_named(tmp_path: Path, has_the_board: bool) -> None:
    stage = Stage(tmp_path.resolve())
    stage.plan(1)
    code = f"""
import os
from contextlib import nullcontext
from pathlib import Path
from lockboard.board import Board
board = Board(Path({str(tmp_path.resolve())!r}))
life = board.join("supervisor", os.getpid(), "r1")
with board.changing() if {has_the_board} else nullcontext():
    print(life.process, flush=True)
    input()
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout
        name = holder.stdout.readline().strip()
        holder.send_signal(signal.SIGSTOP)
        found = call("doctor", cwd=tmp_path)
        assert found.returncode == 1
        assert f"Supervisor {name} (process {holder.pid}) is stopped." in found.stdout
        assert f"kill -CONT {holder.pid}" in found.stdout
        assert (f"process {holder.pid} has held the board" in found.stdout) is has_the_board
        holder.kill()
    stage.desert()
