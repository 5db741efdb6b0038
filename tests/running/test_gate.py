"""The gate over a run: real runs whose results a real program accepts or not, before any of them lands."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from lockboard.model import RunState, TaskState, Wish
from parallel_refactor.engines.simulate import MARK
from parallel_refactor.running import consent
from parallel_refactor.running.request import RequestError, RunRequest
from parallel_refactor.running.start import ensure_supervisor, resume_run, start_run
from tests.cli.program import call, refusal
from tests.doubles.faults import Faults
from tests.doubles.model_api import double
from tests.doubles.strict import KEY
from tests.running.runs import Runs, edits, kill

HEAD = f"""\
import os, pathlib, subprocess, sys, time
marked = {{path.name for path in pathlib.Path().rglob("*.py") if {MARK!r} in path.read_text()}}
def say(place, text):
    with open(place, "a") as file:
        print(text, file=file)
def wait_for(place):
    while not os.path.exists(place):
        time.sleep(0.01)
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the run a person's folders of its own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def gate(code: str) -> str:
    """Give a gate in Python, which knows the names of the files with a result as `marked`."""
    return shlex.join([sys.executable, "-c", HEAD + code])


def start(runs: Runs, command: str, **more: Any) -> str:
    consent.agree(runs.root, command)
    return runs.start(gate=command, options={"order": "none", **more.pop("options", {})}, **more)


def edited(runs: Runs) -> set[str]:
    return {path.name for path in runs.root.rglob("*.py") if edits(path)}


def failed(runs: Runs, name: str) -> dict[str, str]:
    tasks = runs.board.run_tasks(name).values()
    return {task.spec.files[0]: task.reason for task in tasks if task.state is TaskState.FAILED}


def test_nothing_lands_before_the_gate_has_passed_over_all_results(runs: Runs, home: Path) -> None:
    paths = runs.write(6)
    go, seen = home / "go", home / "seen"
    code = f"say({str(seen)!r}, len(marked))\nif marked: wait_for({str(go)!r})"
    name = start(runs, gate(code))
    runs.until(lambda: seen.exists() and "6" in seen.read_text(), "the gate is at work")
    runs.until(lambda: "checking 6 results with" in runs.run(name).reason, "it says so")
    assert seen.read_text().split() == ["0", "6"]
    assert not edited(runs)
    assert set(runs.states(name)) == {TaskState.SUBMITTED}
    assert "checking 6 results" in call("status", cwd=runs.root).stdout
    go.touch()
    report = runs.end(name)
    assert report.files["changed"] == 6
    assert edited(runs) == set(paths)
    assert not list((home / "cache").rglob("m*.py")), "the copies are gone with the run"


def test_who_breaks_the_gate_is_named_and_the_rest_lands(runs: Runs) -> None:
    paths = runs.write(9)
    bad = {"m0003.py", "m0006.py"}
    name = start(runs, gate(f"sys.exit('spoiled by ' + str(sorted(marked & {bad!r})) if marked & {bad!r} else 0)"))
    report = runs.end(name)
    assert report.state == "failed"
    assert edited(runs) == set(paths) - bad
    reasons = failed(runs, name)
    assert reasons.keys() == bad
    assert "the gate does not pass with it" in reasons["m0003.py"]
    assert "failed (exit code 1):\nspoiled by ['m0003.py']" in reasons["m0003.py"]


def test_results_that_are_bad_only_together_end_with_some_that_pass(runs: Runs) -> None:
    paths = runs.write(5)
    pair = {"m0001.py", "m0004.py"}
    name = start(runs, gate(f"sys.exit({pair!r} <= marked)"))
    report = runs.end(name)
    assert len(report.failures) == 1
    left = set(paths) - edited(runs)
    assert len(left) == 1
    assert left < pair


def test_a_workspace_that_does_not_pass_by_itself_is_said_before_any_work(runs: Runs) -> None:
    paths = runs.write(3)
    (runs.root / "broken.txt").write_text("x")
    command = gate("sys.exit('broken' if os.path.exists('broken.txt') else 0)")
    name = start(runs, command, exclude=("*.txt",))
    found = runs.reach(name, RunState.PAUSED)
    assert "does not pass in the workspace as it is" in found.reason
    assert "failed (exit code 1):\nbroken" in found.reason
    assert set(runs.states(name)) == {TaskState.READY}
    shown = call("status", cwd=runs.root).stdout
    assert "without this run's results" in shown
    (runs.root / "broken.txt").unlink()
    resume_run(runs.board, name)
    assert runs.end(name).files["changed"] == 3
    assert edited(runs) == set(paths)


def test_what_a_person_breaks_meanwhile_is_nobodys_fault(runs: Runs, home: Path) -> None:
    runs.write(3)
    began = home / "began"
    code = (
        f"if marked and not os.path.exists({str(began)!r}): say({str(began)!r}, ''); time.sleep(600)\n"
        "sys.exit(os.path.exists('broken.txt'))"
    )
    name = start(runs, gate(code), exclude=("*.txt",))
    runs.until(began.exists, "the gate is at work")
    (runs.root / "broken.txt").write_text("x")
    runs.wish(name, Wish.PAUSE)
    runs.reach(name, RunState.PAUSED)
    resume_run(runs.board, name)
    runs.until(lambda: "does not pass in the workspace" in runs.run(name).reason, "it is told")
    assert not failed(runs, name)
    assert not edited(runs)
    (runs.root / "broken.txt").unlink()
    resume_run(runs.board, name)
    assert runs.end(name).files["changed"] == 3


def test_pause_and_cancel_end_a_gate_at_once_with_its_children(runs: Runs, home: Path) -> None:
    runs.write(2)
    pids = home / "pids"
    code = f"""if marked:
        child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True)
        say({str(pids)!r}, f'{{os.getpid()}} {{child.pid}}')
        time.sleep(600)"""
    name = start(runs, gate(code))
    for wish, state in ((Wish.PAUSE, RunState.PAUSED), (Wish.CANCEL, RunState.CANCELLED)):
        pids.write_text("")
        runs.until(lambda: len(pids.read_text().split()) == 2, "the gate is at work")
        runs.wish(name, wish)
        runs.reach(name, state)
        assert not any(map(psutil.pid_exists, map(int, pids.read_text().split())))
        if wish is Wish.PAUSE:
            assert set(runs.states(name)) == {TaskState.SUBMITTED}
            pids.write_text("")
            resume_run(runs.board, name)
    runs.end(name)
    assert not edited(runs)


def test_the_gate_is_run_again_when_its_supervisor_is_killed(runs: Runs, home: Path) -> None:
    paths = runs.write(3)
    pid, go = home / "pid", home / "go"
    code = f"if marked: say({str(pid)!r}, os.getpid()); wait_for({str(go)!r})\nsys.exit('m0001.py' in marked)"
    name = start(runs, gate(code))
    runs.until(lambda: pid.exists() and pid.read_text(), "the gate is at work")
    first = int(pid.read_text())
    kill(runs.supervisor(name))
    runs.until(lambda: not psutil.pid_exists(first), "what its supervisor had started is gone")
    assert not edited(runs)
    go.touch()
    ensure_supervisor(runs.board, name)
    runs.end(name)
    assert failed(runs, name).keys() == {"m0001.py"}
    assert edited(runs) == set(paths) - {"m0001.py"}


def test_a_held_file_waits_and_the_rest_is_gated_without_it(runs: Runs, home: Path) -> None:
    runs.write(3)
    go, seen = home / "go", home / "seen"
    code = f"if marked: say({str(seen)!r}, sorted(marked)); wait_for({str(go)!r})"
    name = start(runs, gate(code))
    runs.until(seen.exists, "the gate is at work")
    person = runs.person()
    runs.board.hold("m0001.py", "ann", person)
    go.touch()
    runs.until(lambda: edited(runs) == {"m0000.py", "m0002.py"}, "the others land")
    runs.reach(name, RunState.WAITING)
    runs.board.unhold("m0001.py", person)
    assert runs.end(name).files["changed"] == 3
    assert seen.read_text().splitlines() == [
        "['m0000.py', 'm0001.py', 'm0002.py']",
        "['m0000.py', 'm0002.py']",
        "['m0000.py', 'm0001.py', 'm0002.py']",
    ]


def test_a_file_that_a_person_saves_meanwhile_is_done_again_and_gated_again(runs: Runs, home: Path) -> None:
    runs.write(2)
    go, seen = home / "go", home / "seen"
    code = f"if marked: say({str(seen)!r}, pathlib.Path('m0001.py').read_text()); wait_for({str(go)!r})"
    name = start(runs, gate(code))
    runs.until(seen.exists, "the gate is at work")
    (runs.root / "m0001.py").write_text("ann = 1\n")
    go.touch()
    assert runs.end(name).files["changed"] == 2
    assert (runs.root / "m0001.py").read_text().startswith("ann = 1\n")
    assert "ann = 1" in seen.read_text()


def test_a_gate_that_takes_too_long_does_not_pass(runs: Runs) -> None:
    runs.write(1)
    name = start(runs, gate("if marked: time.sleep(600)"), gate_timeout=1.0)
    runs.end(name)
    assert "did not end within 1 s" in failed(runs, name)["m0000.py"]
    assert not edited(runs)


def test_tasks_that_wait_for_others_are_gated_after_them(runs: Runs, home: Path) -> None:
    (runs.root / "a.py").write_text("import b\n")
    (runs.root / "b.py").write_text("b = 1\n")
    seen = home / "seen"
    name = start(runs, gate(f"say({str(seen)!r}, sorted(marked))"), options={"order": "after"})
    assert runs.end(name).files["changed"] == 2
    assert seen.read_text().splitlines() == ["[]", "['b.py']", "['a.py', 'b.py']"]


def test_a_group_passes_or_fails_as_one(runs: Runs) -> None:
    (runs.root / "a.py").write_text("import b\n")
    (runs.root / "b.py").write_text("b = 1\n")
    runs.write(1)
    name = start(runs, gate("sys.exit('b.py' in marked)"), options={"order": "needs"})
    runs.end(name)
    assert edited(runs) == {"m0000.py"}
    assert sorted(map(str, runs.states(name))) == ["blocked", "done", "failed"]


def test_what_is_done_when_the_money_is_spent_is_gated_and_stays(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    runs.write(20)
    command = gate("print(len(marked))")
    consent.agree(runs.root, command)
    with double(Faults()) as served:
        options = {"base_url": served.url, "max_tokens": 1000}
        request = RunRequest(
            engine="claude", prompt="Append `# x`.", workers=2, options=options, max_tokens=20_000, gate=command
        )
        name = start_run(runs.board, request)
        found = runs.reach(name, RunState.PAUSED)
        assert "tokens are used" in found.reason
        states = runs.states(name)
        assert TaskState.SUBMITTED not in states
        assert 0 < states.count(TaskState.DONE) == sum("# x" in path.read_text() for path in runs.root.glob("*.py"))
        runs.wish(name, Wish.CANCEL)
        runs.end(name)


def test_a_gate_needs_agreement_once_and_no_files(runs: Runs) -> None:
    runs.write(1)
    command = gate("pass")
    with pytest.raises(RequestError, match="nobody has agreed"):
        runs.start(gate=command)
    with pytest.raises(RequestError, match="names no"):
        runs.start(gate="pytest {files}")
    with pytest.raises(RequestError, match="there is no program"):
        start(runs, "no-such-program")
    (runs.root / "parallel-refactor.toml").write_text(f"gate = {json.dumps(command)}\nengine = 'simulate'\n")
    assert "--yes" in refusal("run", "docstrings", "m0000.py", cwd=runs.root)
    assert call("run", "docstrings", "m0000.py", "--yes", cwd=runs.root).returncode == 0
    assert consent.is_agreed(runs.root, command)


def test_a_program_that_git_ignores_is_found(runs: Runs) -> None:
    runs.write(1)
    (runs.root / ".gitignore").write_text("tools/\n")
    (runs.root / "tools").mkdir()
    program = runs.root / "tools" / "check.sh"
    program.write_text("#!/bin/sh\ntest -f m0000.py && test ! -d tools\n")
    program.chmod(0o755)
    name = start(runs, "tools/check.sh", include=("m0000.py",))
    assert runs.end(name).files["changed"] == 1
