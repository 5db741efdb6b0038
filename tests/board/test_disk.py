"""The board's files: readable, repaired where that is safe, refused with a clear word where not."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from lockboard.board import Board
from lockboard.cleaning import clean
from lockboard.errors import BoardError, BusyBoardError, DamagedBoardError
from lockboard.life import Life
from lockboard.model import Claim, ProcessKind, RunKind, RunSpec, RunState, TaskSpec
from lockboard.paths import folded, lock_file_name, relative_name, workspace_root
from tests.faults.power import quick_disk
from tests.faults.steps import between_lines


def begin(root: Path, tasks: int = 3) -> tuple[Board, str]:
    board = Board(root.resolve(), create=True)
    run = board.add_run(RunSpec("test", "test", fingerprint="f"))
    board.set_plan(run, tuple(TaskSpec(f"t{number}", (f"f{number}",)) for number in range(tasks)))
    board.move_run(run, RunState.RUNNING)
    return board, run


def test_ls_shows_who_holds_what(tmp_path: Path) -> None:
    board, run = begin(tmp_path)
    worker = board.join(ProcessKind.WORKER, os.getpid(), run)
    board.claim(run, worker.process)
    (lock,) = (tmp_path / ".task_board/locks").iterdir()
    assert lock.name == "f0.lock"
    shown = json.loads(lock.read_text())
    assert (shown["files"], shown["owner"], shown["kind"], shown["task"]) == (["f0"], "r1-w1", "worker", "t0")
    assert [path.name for path in (tmp_path / ".task_board/runs/r1/tasks/claimed").iterdir()] == ["t0.json"]
    assert (tmp_path / ".task_board").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / ".task_board/.gitignore").read_text() == "*\n"
    assert json.loads((tmp_path / ".task_board/runs/r1/run.json").read_text())["title"] == "test"


def test_a_lock_shows_its_present_owner(tmp_path: Path) -> None:
    board, run = begin(tmp_path, tasks=1)
    workers = [board.join(ProcessKind.WORKER, os.getpid(), run) for _ in range(2)]
    person = board.join(ProcessKind.SERVER, os.getpid())

    def shown() -> dict[str, Any]:
        (lock,) = (tmp_path / ".task_board/locks").iterdir()
        facts: dict[str, Any] = json.loads(lock.read_text())
        return facts

    def claim(worker: Life) -> Claim:
        claim = board.claim(run, worker.process)
        assert claim
        assert (shown()["owner"], shown()["token"], "pending" in shown()) == (worker.process, claim.token, False)
        return claim

    board.release(claim(workers[0]), "its owner has a much longer reason than any other to be shown here no more")
    assert not list((tmp_path / ".task_board/locks").iterdir())
    (task,) = (tmp_path / ".task_board/runs/r1/tasks/ready").iterdir()
    assert json.loads(task.read_text()) == {"run": run, "task": "t0", "files": ["f0"]}
    second = claim(workers[1])
    board.hold("f0", "Ada", person.process)
    assert (shown()["path"], shown()["owner"], shown()["pending"][0]["owner"]) == ("f0", "r1-w2", "Ada")
    board.unhold("f0", person.process)
    assert "pending" not in shown()
    board.hold("f0", "Ada", person.process)
    board.release(second, "over")
    assert (shown()["path"], shown()["owner"], shown()["kind"]) == ("f0", "Ada", "person")
    board.unhold("f0", person.process)
    claim(workers[0])


def test_a_torn_last_line_is_dropped(tmp_path: Path) -> None:
    board, _ = begin(tmp_path)
    log = tmp_path / ".task_board/log.jsonl"
    whole = log.read_bytes()
    for torn in (b"0", b'01234567 {"seq":9', b'01234567 {"seq":9}\n'):
        log.write_bytes(whole + torn)
        other = Board(tmp_path.resolve())
        assert other.state.seq == board.state.seq
        other.move_run("r1", RunState.PAUSED)
        assert Board(tmp_path.resolve()).run("r1").state is RunState.PAUSED
        log.write_bytes(whole)


def test_rubbish_between_lines_is_named(tmp_path: Path) -> None:
    begin(tmp_path)
    log = tmp_path / ".task_board/log.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(lines[0] + b"rubbish\n" + b"".join(lines[1:]))
    with pytest.raises(DamagedBoardError, match=rf"log.jsonl, at byte {len(lines[0])}"):
        Board(tmp_path.resolve())


@pytest.mark.parametrize(
    ("card", "error", "words"),
    [
        ('{"format": 99, "id": "x", "ignores_case": false}', BoardError, "format 99"),
        ("rubbish", DamagedBoardError, "damaged"),
        ("[]", DamagedBoardError, "damaged"),
    ],
)
def test_another_format_and_damage_are_refused(tmp_path: Path, card: str, error: type[BoardError], words: str) -> None:
    begin(tmp_path)
    (tmp_path / ".task_board/board.json").write_text(card)
    with pytest.raises(error, match=words):
        Board(tmp_path.resolve())


def test_views_are_made_anew_where_a_crash_left_them_behind(tmp_path: Path) -> None:
    board, run = begin(tmp_path)
    worker = board.join(ProcessKind.WORKER, os.getpid(), run)
    board.claim(run, worker.process)
    (tmp_path / ".task_board/locks/f0.lock").unlink()
    (tmp_path / ".task_board/locks/stray.lock").write_text("{}")
    (tmp_path / ".task_board/mutex").write_bytes(b"%10d %20d\n" % (1, 3))
    board.move_run(run, RunState.PAUSED)
    assert [path.name for path in (tmp_path / ".task_board/locks").iterdir()] == ["f0.lock"]


def test_views_are_made_anew_when_somebody_asks(tmp_path: Path) -> None:
    board, run = begin(tmp_path)
    worker = board.join(ProcessKind.WORKER, os.getpid(), run)
    board.claim(run, worker.process)
    (tmp_path / ".task_board/locks/f0.lock").write_text("{}")
    (tmp_path / ".task_board/locks/stray.lock").write_text("{}")
    board.rebuild_views()
    (lock,) = (tmp_path / ".task_board/locks").iterdir()
    assert json.loads(lock.read_text())["owner"] == worker.process


def test_a_snapshot_says_the_same_as_the_log(tmp_path: Path) -> None:
    board, run = begin(tmp_path)
    board.save_snapshot()
    assert not (tmp_path / ".task_board/snapshot.json").exists(), "a run is going"
    tasks = dict(board.run(run).tasks)
    board.move_run(run, RunState.DONE)
    board.save_snapshot()
    other = Board(tmp_path.resolve())
    assert not other.run(run).tasks
    assert other.run_tasks(run) == tasks
    assert (other.state.seq, other.run(run).state) == (board.state.seq, RunState.DONE)
    assert other.add_run(RunSpec("next", "test")) == "r2"
    (tmp_path / ".task_board/snapshot.json").write_text("rubbish")
    assert Board(tmp_path.resolve()).run(run).tasks == tasks


def test_clean_keeps_the_newest(tmp_path: Path) -> None:
    board, first = begin(tmp_path)
    board.move_run(first, RunState.DONE)
    for _ in range(3):
        board.move_run(board.add_run(RunSpec("test", "test")), RunState.DONE)
    assert clean(board, keep=3) == ("r1",)
    assert clean(board, keep=3) == ()
    undo = board.add_run(RunSpec("undo", "undo", RunKind.UNDO, undoes="r2"))
    assert clean(board, keep=0) == ("r3", "r4")
    board.move_run(undo, RunState.DONE)
    assert clean(board, keep=0) == ("r2", undo)


def test_a_stopped_holder_is_named(tmp_path: Path) -> None:
    begin(tmp_path)
    code = (
        "import sys; from pathlib import Path; from lockboard.board import Board\n"
        "with Board(Path(sys.argv[1])).changing(): print('in', flush=True); sys.stdin.read()"
    )
    arguments = [sys.executable, "-c", code, str(tmp_path.resolve())]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"in\n"
        holder.send_signal(signal.SIGSTOP)
        board = Board(tmp_path.resolve(), patience=0.2)
        with pytest.raises(BusyBoardError, match=str(holder.pid)):
            board.move_run("r1", RunState.PAUSED)
        holder.kill()
        holder.wait()
        board.move_run("r1", RunState.PAUSED)


def test_a_full_disk_leaves_no_half_line(tmp_path: Path) -> None:
    board, _ = begin(tmp_path)
    code = (
        "import resource, sys; from pathlib import Path; from lockboard.board import Board\n"
        "from lockboard.errors import BoardError; from lockboard.model import RunState\n"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "board = Board(Path(sys.argv[1])); size = Path(sys.argv[1], '.task_board/log.jsonl').stat().st_size\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, size + 20))\n"
        "try: board.move_run('r1', RunState.PAUSED, 'x' * 500)\n"
        "except BoardError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path.resolve())], capture_output=True, text=True, check=True
    )
    assert "log.jsonl: cannot write" in done.stdout
    assert board.add_run(RunSpec("next", "test")) == "r2"
    assert Board(tmp_path.resolve()).state.runs.keys() == {"r1", "r2"}


def test_nested_boards_and_outside_paths_are_refused(tmp_path: Path) -> None:
    begin(tmp_path)
    inner = tmp_path / "inner"
    inner.mkdir()
    with pytest.raises(BoardError, match="lies in the workspace"):
        Board(inner.resolve(), create=True)
    assert workspace_root(inner) == tmp_path.resolve()
    for bad in ("../evil", "/etc/passwd", ".git/config", ".task_board/log.jsonl", ".", "a/../b", "a//b"):
        with pytest.raises(BoardError):
            Board(tmp_path.resolve()).set_plan("r1", (TaskSpec("t", (bad,)),))


@pytest.mark.parametrize(
    ("tasks", "words"),
    [
        ((TaskSpec("../evil", ("a",)),), "is no id for a task"),
        ((TaskSpec("t", ("a",)), TaskSpec("t", ("b",))), "two tasks 't'"),
        ((TaskSpec("t", ("a",), after=("nobody",)),), "does not have"),
        ((TaskSpec("t", ("a",), needs=("nobody",)),), "does not have"),
    ],
)
def test_a_plan_that_does_not_hold_together_is_refused(tmp_path: Path, tasks: tuple[TaskSpec, ...], words: str) -> None:
    board = Board(tmp_path.resolve(), create=True)
    run = board.add_run(RunSpec("test", "test"))
    with pytest.raises(BoardError, match=words):
        board.set_plan(run, tasks)
    assert Board(tmp_path.resolve()).run(run).tasks == {}


def test_four_spellings_have_one_name(tmp_path: Path) -> None:
    root = tmp_path.resolve()
    (root / "real").mkdir()
    (root / "link").symlink_to("real")
    spellings = ("real/f.py", "link/f.py", "real/../real/f.py", str(root / "link" / "f.py"))
    assert {relative_name(root, Path(spelling)) for spelling in spellings} == {"real/f.py"}
    assert folded("E\u0301cole.PY") == folded("\u00c9cole.py")
    with pytest.raises(BoardError, match="outside"):
        relative_name(root, root.parent / "f.py")


def test_lock_file_names_are_short_and_apart() -> None:
    long = "d/" * 200
    names = {lock_file_name(key) for key in ("a b", "a%20b", "ä", "a\nb", "a/b", "a%2Fb", long + "x", long + "y")}
    assert len(names) == 8
    assert all(len(name) < 200 and "/" not in name and "\n" not in name for name in names)


def test_clean_leaves_nothing_of_the_dead_and_everything_of_the_living(tmp_path: Path) -> None:
    board, run = begin(tmp_path)
    worker = board.join(ProcessKind.WORKER, os.getpid(), run)
    gone = board.join(ProcessKind.WORKER, os.getpid(), run)
    board.depart(gone.process, "it left")
    gone.end()
    dead = board.join(ProcessKind.WORKER, os.getpid(), run)
    board.depart(dead.process, "it was found dead")
    alive = tmp_path / ".task_board/alive"
    (alive / "notes.txt").touch()
    clean(board)
    kept = {"notes.txt", *(f"{one.process}.{end}" for one in (worker, dead) for end in ("lock", "json"))}
    assert {path.name for path in alive.iterdir()} == kept, "the second departed, but holds its life lock still"
    dead.end()
    clean(board)
    assert {path.name for path in alive.iterdir()} == {"notes.txt", f"{worker.process}.lock", f"{worker.process}.json"}
    assert board.is_alive(worker.process)


def test_of_two_who_make_a_board_at_once_the_first_makes_it() -> None:
    with tempfile.TemporaryDirectory(dir=quick_disk()) as folder:
        for step in count():
            root = Path(folder, str(step)).resolve()
            root.mkdir()
            cards: list[bytes] = []

            def make(now: int, step: int = step, root: Path = root, cards: list[bytes] = cards) -> None:
                if now == step:
                    with closing(Board(root, create=True)) as board:
                        cards.append(board.layout.card.read_bytes())

            with between_lines(make):
                Board(root, create=True).close()
            if not cards:
                break
            assert (root / ".task_board/board.json").read_bytes() == cards[0]
            shutil.rmtree(root)
    assert step > 100
