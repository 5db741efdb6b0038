"""Any program as an engine: real runs of real programs, in a private copy of the workspace."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Any

import pytest

from lockboard.model import RunState, TaskState, Wish
from parallel_refactor.running import consent
from parallel_refactor.running.report import Report
from parallel_refactor.running.request import RequestError, RunRequest
from parallel_refactor.running.start import start_run
from tests.cli.program import answer, refusal
from tests.running.runs import Runs, before


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the person folders of their own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def python(code: str, *words: str) -> str:
    return shlex.join([sys.executable, "-c", code, *words])


def start(runs: Runs, command: str, **more: Any) -> str:
    consent.agree(runs.root, command)
    return start_run(runs.board, RunRequest(engine="command", command=command, workers=1, **more))


def run(runs: Runs, command: str, **more: Any) -> Report:
    return runs.end(start(runs, command, **more))


SHOUT = python(
    "import os, pathlib, sys\n"
    "for name in sys.argv[1:]:\n"
    "    path = pathlib.Path(name); path.write_text(path.read_text().upper())\n"
    "pathlib.Path('m0001.py').write_text('not mine')\n"
    "pathlib.Path('new.py').write_text('new')\n",
    "{files}",
)


def test_only_the_files_of_the_task_come_back(runs: Runs, home: Path) -> None:
    runs.write(2)
    report = run(runs, SHOUT, include=("m0000.py",))
    assert (report.state, report.files) == (RunState.DONE, {"changed": 1, "unchanged": 0, "left": 0, "failed": 0})
    assert (runs.root / "m0000.py").read_text() == before(0).upper()
    assert (runs.root / "m0001.py").read_text() == before(1)
    assert not (runs.root / "new.py").exists()
    assert not any((home / "cache").rglob("*.py"))


def test_its_exit_code_decides_file_by_file(runs: Runs) -> None:
    names = runs.write(3)
    fail = "import sys, pathlib\nfor name in sys.argv[1:]:\n    path = pathlib.Path(name)\n    path.write_text('x')\n"
    report = run(runs, python(f"{fail}    if name == 'm0001.py': sys.exit('no ' + name)\n", "{files}"))
    assert report.files == {"changed": 2, "unchanged": 0, "left": 0, "failed": 1}
    assert [(runs.root / name).read_text() for name in names] == ["x", before(1), "x"]
    (failed,) = [task for task in runs.board.run("r1").tasks.values() if task.state is TaskState.FAILED]
    assert "failed (exit code 1):\nno m0001.py" in failed.reason


def test_a_file_can_be_deleted_and_a_link_is_refused(runs: Runs, home: Path) -> None:
    (home / "secret").write_text("secret")
    runs.write(2)
    code = (
        f"import os\nos.remove('m0000.py')\nos.remove('m0001.py')\nos.symlink({str(home / 'secret')!r}, 'm0001.py')\n"
    )
    report = run(runs, python(code))
    assert report.files["failed"] == 1
    assert not (runs.root / "m0000.py").exists()
    assert (runs.root / "m0001.py").read_text() == before(1)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import time; time.sleep(60)", "did not end within 0.5 s"),
        ("while True: print('x' * 10000)", "printed more than 20,000,000 bytes"),
    ],
)
def test_time_and_output_have_limits(runs: Runs, code: str, said: str) -> None:
    runs.write(1)
    run(runs, python(code), command_timeout=0.5 if "sleep" in code else 60)
    (task,) = runs.board.run("r1").tasks.values()
    assert said in task.reason
    assert (runs.root / "m0000.py").read_text() == before(0)


def test_a_cancel_ends_the_program(runs: Runs, home: Path) -> None:
    runs.write(1)
    started = home / "started"
    name = start(runs, python(f"import pathlib, time; pathlib.Path({str(started)!r}).touch(); time.sleep(600)"))
    runs.until(started.exists, "the program has started")
    runs.wish(name, Wish.CANCEL)
    runs.reach(name, RunState.CANCELLED)
    runs.assert_nobody_left()


def test_from_the_command_line_and_the_settings(tmp_path: Path) -> None:

    root = tmp_path / "workspace"
    root.mkdir()
    (root / "a.py").write_text("import os\n")
    fix = shlex.join([sys.executable, "-m", "ruff", "check", "--fix", "--isolated", "{files}"])
    (root / "parallel-refactor.toml").write_text(f"command = {fix!r}\n")
    assert "there is no program 'no-such-program'" in refusal(
        "run", "--engine", "command", "--command", "no-such-program", "--yes", cwd=root
    )
    done = answer("run", "--engine", "command", "--include", "*.py", "--yes", cwd=root)
    assert done["files"] == {"changed": 1, "unchanged": 0, "left": 0, "failed": 0}
    assert (root / "a.py").read_text() == ""


def test_nobody_runs_what_a_person_has_not_agreed_to(runs: Runs) -> None:
    runs.write(1)
    with pytest.raises(RequestError, match="nobody has agreed"):
        start_run(runs.board, RunRequest(engine="command", command="ls"))
