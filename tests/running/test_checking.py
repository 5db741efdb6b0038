"""The project's check: real runs of a model's results through a real program, in a copy of the workspace."""

from __future__ import annotations

import json
import os
import shlex
import sys
import tomllib
from pathlib import Path
from typing import Any

import psutil
import pytest

from lockboard.model import RunState, TaskState, Wish
from parallel_refactor.running import consent
from parallel_refactor.running.records import transcripts
from parallel_refactor.running.report import Report
from parallel_refactor.running.request import RequestError, RunRequest
from parallel_refactor.running.start import resume_run, start_run
from tests.cli.program import call, refusal
from tests.doubles.model_api import Double, double
from tests.doubles.strict import KEY
from tests.running.runs import Runs

RENAME = "Replace `value` by `worth`."
TOKEN = "ghp_" + "a1B2" * 9


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the run a key, and a person's folders of its own."""
    monkeypatch.delenv("ANTHROPIC_BASE_URL", raising=False)
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def python(code: str, *words: str) -> str:
    """Give a check in Python."""
    return shlex.join([sys.executable, "-c", code, *words])


def run(runs: Runs, served: Double, check: str, prompt: str = RENAME, **more: Any) -> tuple[str, Report]:
    consent.agree(runs.root, check)
    options = {"base_url": served.url, **more.pop("options", {})}
    request = RunRequest(engine="claude", prompt=prompt, options=options, workers=1, check=check, **more)
    name = start_run(runs.board, request)
    return name, runs.end(name)


def texts(runs: Runs) -> dict[str, str]:
    return {path.name: path.read_text() for path in runs.root.iterdir() if path.is_file()}


def checks(runs: Runs, name: str, task: str = "t1") -> list[str]:
    """Give what was wrong, check after check."""
    lines = [line for record in transcripts(runs.board, name, task) for line in record.lines]
    return [line["problem"] for line in lines if line["kind"] == "check"]


def test_a_check_sees_the_results_among_the_present_files(runs: Runs, home: Path) -> None:
    runs.write(2)
    (runs.root / ".gitignore").write_text("ignored.txt\n")
    for name in ("ignored.txt", ".env", "private.txt", "plain.txt"):
        (runs.root / name).write_text("x")
    seen = home / "seen"
    code = (
        "import os, sys, pathlib;"
        f"out = open({str(seen)!r}, 'a');"
        "print(os.getcwd(), sorted(os.listdir()), sys.argv[1:], [pathlib.Path(p).read_text() for p in sys.argv[1:]],"
        "[name for name in os.environ if 'ANTHROPIC' in name], file=out)"
    )
    with double() as served:
        _, report = run(runs, served, python(code, "{files}"), include=("m0000.py",), deny=("private.txt",))
    assert report.tasks["done"] == 1
    (line,) = seen.read_text().splitlines()
    assert line.endswith("['.gitignore', 'm0000.py', 'm0001.py', 'plain.txt'] ['m0000.py'] ['worth = 0\\n'] []")
    assert not line.startswith(str(runs.root))
    assert not list((home / "cache").rglob("m0000.py")), "the copy is gone with the run"


def test_what_fails_goes_back_to_the_model_and_lands_when_it_is_mended(runs: Runs) -> None:
    runs.write(1)
    code = "import sys; sys.exit('broken in ' + sys.argv[1] if 'def spoiled' in open(sys.argv[1]).read() else 0)"
    with double() as served:
        name, report = run(runs, served, python(code, "{files}"), f"{RENAME} [play: spoil-once]")
    assert report.tasks["done"] == 1
    first, second = checks(runs, name)
    assert "failed (exit code 1):\nbroken in m0000.py" in first
    assert second == ""
    assert texts(runs)["m0000.py"] == "worth = 0\n"
    assert "broken in m0000.py" in str(served.books.requests)


def test_what_fails_for_good_lands_nowhere(runs: Runs) -> None:
    runs.write(1)
    before = texts(runs)
    code = f"import os; print('never', {TOKEN!r}, os.getcwd() + '/m0000.py'); raise SystemExit(3)"
    with double() as served:
        name, report = run(runs, served, python(code), f"{RENAME} [play: insist]", options={"repairs": 1})
    assert report.state == "failed"
    assert "does not pass the project's check" in report.failures[0].reason
    assert "never [secret] m0000.py" in report.failures[0].reason
    assert len(checks(runs, name)) == 2
    assert texts(runs) == before
    assert TOKEN not in str(served.books.requests)


def test_a_check_that_hangs_is_ended_with_all_that_it_started(runs: Runs, home: Path) -> None:
    runs.write(1)
    before = texts(runs)
    pids = home / "pids"
    sleep = "import time; time.sleep(600)"
    code = (
        "import os, subprocess, sys;"
        f"child = subprocess.Popen([sys.executable, '-c', {sleep!r}], start_new_session=True);"
        f"open({str(pids)!r}, 'a').write(f'{{child.pid}}\\n'); {sleep}"
    )
    with double() as served:
        _, report = run(
            runs, served, python(code), f"{RENAME} [play: insist]", options={"repairs": 0}, check_timeout=1.5
        )
    assert "did not end within 1.5 s" in report.failures[0].reason
    started = [int(pid) for pid in pids.read_text().split()]
    assert started
    assert not any(psutil.pid_exists(pid) for pid in started)
    assert texts(runs) == before


def test_what_a_check_leaves_running_ends_too(runs: Runs, home: Path) -> None:
    runs.write(1)
    pid = home / "pid"
    code = (
        "import subprocess, sys;"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True);"
        f"open({str(pid)!r}, 'w').write(str(child.pid))"
    )
    with double() as served:
        _, report = run(runs, served, python(code))
    assert report.tasks["done"] == 1
    assert not psutil.pid_exists(int(pid.read_text()))


def test_what_a_check_writes_reaches_no_file_of_the_workspace_and_no_later_check(runs: Runs, home: Path) -> None:
    runs.write(3)
    (runs.root / "folder").mkdir()
    (runs.root / "folder" / "deep.txt").write_text("deep\n")
    (runs.root / "inside").symlink_to("m0002.py")
    (runs.root / "across").symlink_to(runs.root / "m0002.py")
    (runs.root / "up").symlink_to("..")
    before = texts(runs)
    seen = home / "seen"
    code = (
        "import os, shutil, pathlib as p;"
        f"out = open({str(seen)!r}, 'a');"
        "print(sorted(os.listdir()), p.Path('m0002.py').read_text(), p.Path('folder/deep.txt').read_text(), file=out);"
        "[p.Path(n).write_text('spoiled') for n in os.listdir() if p.Path(n).is_file()];"
        "p.Path('new.txt').write_text('x'); p.Path('d').mkdir(); p.Path('d/e').write_text('x');"
        "shutil.rmtree('folder'); p.Path('folder').symlink_to('d')"
    )
    with double() as served:
        _, report = run(runs, served, python(code), include=("m0000.py", "m0001.py"))
    assert not report.failures
    assert report.files["changed"] == 2
    first, second = seen.read_text().split("]")[0:2][0], seen.read_text()
    assert "across" not in first
    assert "up" not in first.replace("'", " ").split()
    assert "inside" in first
    assert second.count("deep") >= 2
    assert "spoiled" not in second
    assert "new.txt" not in second
    after = texts(runs)
    assert after["m0002.py"] == before["m0002.py"]
    assert after["m0000.py"] == before["m0000.py"].replace("value", "worth")
    assert (runs.root / "folder" / "deep.txt").read_text() == "deep\n"


def test_a_check_that_is_missing_starts_no_run(runs: Runs) -> None:
    runs.write(1)
    for check in ("no-such-program {files}", "./missing.sh"):
        consent.agree(runs.root, check)
        with pytest.raises(RequestError, match="there is no program"):
            start_run(runs.board, RunRequest(engine="claude", prompt=RENAME, check=check))
    assert not runs.board.state.runs


def test_a_check_that_goes_missing_fails_the_task(runs: Runs) -> None:
    runs.write(1)
    script = runs.root / "check.sh"
    script.write_text("#!/bin/no/such/shell\n")
    script.chmod(0o755)
    with double() as served:
        _, report = run(runs, served, "./check.sh", include=("*.py",))
    assert "the check ./check.sh cannot be run" in report.failures[0].reason


def test_a_task_is_cancelled_while_its_check_runs(runs: Runs, home: Path) -> None:
    runs.write(1)
    began = home / "began"
    check = python(f"open({str(began)!r}, 'w'); import time; time.sleep(600)")
    consent.agree(runs.root, check)
    with double() as served:
        options = {"base_url": served.url}
        request = RunRequest(engine="claude", prompt=RENAME, options=options, workers=1, check=check)
        name = start_run(runs.board, request)
        runs.until(began.exists, "the check runs")
        runs.wish(name, Wish.CANCEL)
        assert runs.end(name).state == "cancelled"


def test_a_program_of_the_settings_is_run_only_once_a_person_agrees(runs: Runs, home: Path) -> None:
    runs.write(1)
    ran = home / "ran"
    settings = runs.root / "parallel-refactor.toml"

    def ask_for(number: int) -> None:
        check = python(f"open({str(ran)!r}, 'a').write('{number}')")
        settings.write_text(f"engine = 'claude'\nbase_url = '{served.url}'\ncheck = {json.dumps(check)}\nworkers = 1\n")

    with double() as served:
        ask_for(1)
        assert "--yes" in refusal("run", RENAME, "m0000.py", cwd=runs.root)
        with pytest.raises(RequestError, match="nobody has agreed"):
            start_run(runs.board, RunRequest(engine="claude", prompt=RENAME, check=python("pass")))
        assert call("run", RENAME, "m0000.py", "--yes", cwd=runs.root).returncode == 0
        assert ran.read_text() == "1"
        assert list((home / "state").rglob("*.json"))
        assert consent.is_agreed(runs.root, check_in(settings))
        ask_for(2)
        assert not consent.is_agreed(runs.root, check_in(settings))


def check_in(settings: Path) -> str:
    return str(tomllib.loads(settings.read_text())["check"])


def test_a_run_found_on_a_board_is_not_resumed_with_its_program(runs: Runs) -> None:
    runs.write(1)
    check = python("pass")
    consent.agree(runs.root, check)
    with double() as served:
        options = {"base_url": served.url}
        request = RunRequest(engine="claude", prompt=RENAME, options=options, confirm=True, check=check)
        name = start_run(runs.board, request)
        runs.reach(name, RunState.ASKING)
        os.environ["XDG_STATE_HOME"] += "-of-another"
        with pytest.raises(RequestError, match="nobody has agreed"):
            resume_run(runs.board, name)
        runs.wish(name, Wish.CANCEL)
        runs.end(name)
    assert TaskState.DONE not in runs.states(name)
