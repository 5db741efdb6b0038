"""Whole runs from the command line: plan, ask, run, cancel, pause, undo; with the exit codes that programs rely on."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import psutil
import pytest

from lockboard.board import Board
from lockboard.model import ProcessKind, RunState, TaskState
from tests.cli.program import PATIENCE, answer, call, refusal, started
from tests.cli.terminal import Terminal

SLOW = ("run", "--engine", "simulate", "--workers", "2", "--option", "seconds=0.5")
QUICK = ("run", "--engine", "simulate", "--workers", "2")


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    root = tmp_path / "my workspace"
    (root / "pkg").mkdir(parents=True)
    for number in range(8):
        (root / "pkg" / f"module{number}.py").write_text(f"value = {number}\n", encoding="utf-8")
    (root / "notes.md").write_text("# Notes\n", encoding="utf-8")
    return root


def contents(root: Path) -> dict[str, bytes]:
    """Give name -> bytes of the workspace's own files."""
    return {path.name: path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file() and not on_board(path)}


def on_board(path: Path) -> bool:
    """Whether a file is the board's."""
    return ".task_board" in path.parts


def test_a_run_answers_programs_with_one_object(workspace: Path) -> None:
    before = contents(workspace)
    found = answer(*QUICK, "--yes", cwd=workspace)
    assert found.items() >= {"run": "r1", "state": "done", "engine": "simulate", "workers": 2}.items()
    assert found["seconds"] > 0
    assert found["tasks"].keys() == {"done", "failed", "skipped", "cancelled", "blocked", "waiting"}
    assert found["tasks"]["done"] > 0
    assert found["files"] == {"changed": 9, "unchanged": 0, "left": 0, "failed": 0}
    after = contents(workspace)
    assert all(after[name].startswith(before[name]) and after[name] != before[name] for name in before)


def test_the_plan_is_shown_and_nothing_touched(workspace: Path) -> None:
    before = contents(workspace)
    plan = answer(*QUICK, "--plan", "--include", "*.py", "--exclude", "*7.py", cwd=workspace)
    assert plan["files"] == [f"pkg/module{number}.py" for number in range(7)]
    assert sorted(path for task in plan["tasks"] for path in task["files"]) == plan["files"]
    shown = call(*QUICK, "--plan", cwd=workspace)
    assert shown.returncode == 0
    assert "9 files" in shown.stdout
    assert contents(workspace) == before
    assert not (workspace / ".task_board").exists()


@pytest.mark.parametrize("path", ["pkg", "pkg/module3.py"])
def test_a_part_of_the_workspace_can_be_named(workspace: Path, path: str) -> None:
    (workspace / ".git").mkdir()
    wanted = [f"pkg/module{number}.py" for number in range(8)] if path == "pkg" else [path]
    assert answer(*QUICK, path, "--plan", cwd=workspace)["files"] == wanted
    inside = answer(*QUICK, Path(path).name, "--plan", cwd=workspace / "pkg") if path != "pkg" else None
    assert inside is None or inside["files"] == wanted
    assert answer(*QUICK, "--plan", cwd=workspace / "pkg")["files"] == [f"pkg/module{n}.py" for n in range(8)]


def test_undo_puts_everything_back_and_its_undo_brings_it_again(workspace: Path) -> None:
    before = contents(workspace)
    answer(*QUICK, "--yes", cwd=workspace)
    after = contents(workspace)
    assert answer("undo", "--yes", cwd=workspace)["files"]["changed"] == 9
    assert contents(workspace) == before
    again = call("undo", "--yes", str(workspace), cwd=workspace.parent)
    assert again.returncode == 0
    assert "9 files to change again: run r2 put back what run r1 had changed" in again.stdout
    assert contents(workspace) == after
    assert "Undo: parallel-refactor undo r3" in again.stdout


def test_undo_says_what_it_leaves_out_and_asks(workspace: Path) -> None:
    answer(*QUICK, "--yes", cwd=workspace)
    mine = workspace / "pkg" / "module1.py"
    mine.write_text("value = 'mine'\n", encoding="utf-8")
    after = contents(workspace)
    assert "add --yes" in call("undo", cwd=workspace).stderr
    for reply, code in (("n\r", 3), ("y\r", 0)):
        with Terminal("undo", cwd=workspace) as terminal:
            terminal.expect(r"\d+ files to put back as before run r1")
            terminal.expect(r"pkg/module1\.py")
            terminal.expect(r"Go ahead\?")
            assert contents(workspace) == after
            terminal.press(reply)
            assert terminal.leave() == code
    assert mine.read_text(encoding="utf-8") == "value = 'mine'\n"
    assert contents(workspace)["notes.md"] == b"# Notes\n"


def test_undo_merges_what_a_person_edited_when_told(workspace: Path) -> None:
    answer(*QUICK, "notes.md", "--yes", cwd=workspace)
    notes = workspace / "notes.md"
    mine = "Mine.\n\n"
    notes.write_text(mine + notes.read_text(), encoding="utf-8")
    assert (
        "With --merge 1 file of these can be put back around your edits" in call("undo", "--yes", cwd=workspace).stdout
    )
    done = call("undo", "--merge", "--yes", cwd=workspace)
    assert "your later edits stay in it" in done.stdout
    assert notes.read_text(encoding="utf-8") == f"{mine}# Notes\n"


def test_undo_says_when_nothing_can_be_put_back(workspace: Path) -> None:
    answer(*QUICK, "notes.md", "--yes", cwd=workspace)
    (workspace / "notes.md").write_text("# Mine\n", encoding="utf-8")
    done = call("undo", "--yes", cwd=workspace)
    assert done.returncode == 2
    assert "Left out" in done.stdout
    assert "Nothing of run r1 can be put back" in done.stderr
    assert answer("status", cwd=workspace)["runs"][-1]["id"] == "r1"


@pytest.mark.parametrize(("reply", "code", "changed"), [("n\r", 3, False), ("y\r", 0, True), ("\x03", 3, False)])
def test_the_plan_is_asked_about(workspace: Path, reply: str, code: int, changed: bool) -> None:
    before = contents(workspace)
    with Terminal(*QUICK, cwd=workspace) as terminal:
        terminal.expect("9 files")
        terminal.expect(r"Start\?")
        assert contents(workspace) == before
        terminal.press(reply)
        assert terminal.leave() == code
    assert (contents(workspace) != before) is changed
    assert answer("status", cwd=workspace)["runs"][0]["state"] == ("done" if changed else "cancelled")


def test_nothing_is_asked_where_nothing_is_to_do(workspace: Path) -> None:
    assert answer("run", "Modernise Python code", "--yes", cwd=workspace)["files"]["unchanged"] == 8
    with Terminal("run", "Modernise Python code", cwd=workspace) as terminal:
        assert terminal.leave() == 0
    assert "Start?" not in terminal.text
    assert "8 files: 8 unchanged" in terminal.text


def test_failures_have_their_exit_code_and_place(workspace: Path) -> None:
    done = call(*QUICK, "--yes", "--option", "fail=pkg/module3.py", cwd=workspace)
    assert done.returncode == 1
    assert "failed: pkg/module3.py: failed on demand" in done.stdout
    assert "failed on demand\n         pkg/module3.py\n" in done.stdout
    assert "value = 3\n" in contents(workspace)["module3.py"].decode()


def test_an_interrupted_run_ends_without_a_process_left(workspace: Path) -> None:
    with started(*SLOW, "--yes", "--json", cwd=workspace) as (running, output):
        board = wait_for_worker(workspace)
        workers = [process.pid for process in board.state.processes.values()]
        running.send_signal(signal.SIGINT)
        found = json.loads(output.read())
        assert running.wait(timeout=PATIENCE) == 3
    assert found["state"] == "cancelled"
    assert found["tasks"]["cancelled"] > 0
    _, alive = psutil.wait_procs([psutil.Process(pid) for pid in workers if psutil.pid_exists(pid)], timeout=PATIENCE)
    assert not alive


def test_a_run_goes_on_without_its_window(workspace: Path) -> None:
    with started(*SLOW, "--yes", cwd=workspace) as (running, _):
        board = wait_for_worker(workspace)
        running.terminate()
        assert running.wait(timeout=PATIENCE) == 128 + signal.SIGTERM
    while not board.run("r1").state.ended:
        board.refresh()
    assert board.run("r1").state is RunState.DONE
    assert all(b"simulated" in data for data in contents(workspace).values())


def test_a_run_is_paused_resumed_and_cancelled_from_elsewhere(workspace: Path) -> None:
    for number in range(8, 100):
        (workspace / "pkg" / f"module{number}.py").write_text("", encoding="utf-8")
    with started(*SLOW, "--yes", cwd=workspace) as (running, _):
        wait_for_worker(workspace)
        assert "r1 is paused" in call("pause", "--path", workspace, cwd=workspace.parent).stdout
        assert answer("status", cwd=workspace)["runs"][0]["state"] == "paused"
        with Terminal("resume", cwd=workspace) as terminal:
            terminal.expect(r"w\d +pkg/module")
            assert "r1 is cancelled" in call("cancel", workspace, cwd=workspace.parent).stdout
            assert terminal.leave() == 3
        assert running.wait(timeout=PATIENCE) == 3
    assert "has ended" in refusal("resume", "r1", cwd=workspace)


def test_a_worker_and_a_task_are_cancelled(workspace: Path) -> None:
    with started(*QUICK, "--option", "seconds=100", "--yes", "--json", cwd=workspace) as (running, output):
        board = wait_for_worker(workspace)
        worker = next(p.id for p in board.state.processes.values() if p.kind is ProcessKind.WORKER)
        assert f"Worker {worker} has stopped" in call("cancel", "--worker", worker, cwd=workspace).stdout
        assert "Task t1 of run r1 is cancelled" in call("cancel", "--task", "t1", cwd=workspace).stdout
        assert not running.poll()
        assert "Run r1 is cancelled" in call("cancel", cwd=workspace).stdout
        assert json.loads(output.read())["tasks"]["cancelled"] == len(board.run("r1").tasks)
        assert running.wait(timeout=PATIENCE) == 3


def test_what_has_landed_is_not_cancelled(workspace: Path) -> None:
    answer(*QUICK, "--yes", cwd=workspace)
    for arguments in ((), ("--task", "t1")):
        done = call("cancel", "r1", *arguments, cwd=workspace)
        assert done.returncode == 1
        assert "undo r1" in done.stdout


def test_a_stopped_run_is_resumed(workspace: Path) -> None:
    with started(*SLOW, "--yes", cwd=workspace) as (running, output):
        board = wait_for_worker(workspace)
        supervisor = next(p.pid for p in board.state.processes.values() if p.kind is ProcessKind.SUPERVISOR)
        psutil.Process(supervisor).kill()
        assert "Its supervisor has died" in output.read()
        assert running.wait(timeout=PATIENCE) == 4
    assert not board.run("r1").state.ended
    assert "stopped" in call("status", cwd=workspace).stdout
    assert answer("resume", cwd=workspace)["files"] == {"changed": 9, "unchanged": 0, "left": 0, "failed": 0}


def test_a_held_file_is_waited_for_and_named(workspace: Path) -> None:
    board = Board(workspace, create=True)
    life = board.join(ProcessKind.SERVER, 0)
    board.hold("pkg/module2.py", "Jane", life.process)
    done = call(*QUICK, "--yes", cwd=workspace)
    assert done.returncode == 4
    assert "waits for pkg/module2.py: held by Jane" in done.stdout
    assert b"simulated" not in contents(workspace)["module2.py"]
    with Terminal("resume", cwd=workspace) as terminal:
        terminal.expect(r"waits +pkg/module2\.py +held by Jane")
        board.unhold("pkg/module2.py", life.process)
        assert terminal.leave() == 0
    assert b"simulated" in contents(workspace)["module2.py"]


def test_held_files_can_be_left_out(workspace: Path) -> None:
    board = Board(workspace, create=True)
    life = board.join(ProcessKind.SERVER, 0)
    board.hold("pkg/module2.py", "Jane", life.process)
    found = answer(*QUICK, "--yes", "--held", "skip", cwd=workspace)
    assert found["files"] == {"changed": 8, "unchanged": 0, "left": 1, "failed": 0}


def test_old_runs_are_cleaned(workspace: Path) -> None:
    answer(*QUICK, "--yes", cwd=workspace)
    assert "Nothing to clean" in call("clean", cwd=workspace).stdout
    board = Board(workspace)
    for _ in range(10):
        board.move_run(board.add_run(board.run("r1").spec), RunState.DONE)
    assert "Deleted the undo of 1 run: r1" in call("clean", cwd=workspace).stdout
    assert "clean" in refusal("undo", "r1", "--yes", cwd=workspace)


def wait_for_worker(root: Path) -> Board:
    """Wait until a worker of the first run has a task."""
    while not (root / ".task_board" / "board.json").exists():
        pass
    board = Board(root)
    states: dict[str, Any] = {}
    while TaskState.CLAIMED not in states.values():
        board.refresh()
        tasks = board.state.runs["r1"].tasks if board.state.runs else {}
        states = {name: task.state for name, task in tasks.items()}
    return board
