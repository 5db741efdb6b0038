"""Edits that tasks want in files that are not theirs: made by a last task, in real runs with the double's model."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lockboard.board import Board
from lockboard.errors import BoardError
from lockboard.model import RunState, TaskState
from lockboard.taking import Taken, take
from parallel_refactor.running import consent
from parallel_refactor.running.committing import commit_run
from parallel_refactor.running.report import report
from parallel_refactor.running.request import RunRequest
from parallel_refactor.running.start import retry_run, start_run, start_undo
from tests.cli.program import call
from tests.doubles.model_api import double
from tests.doubles.strict import KEY
from tests.running.runs import Runs, kill

INIT = '"""A package."""\n# exports\n\nlimit = 1\n'
CHANGE = "Replace `value` by `worth`."
EXPORT = r"[propose: pkg/__init__.py: # exports -> # exports\nfrom pkg import {name}]"
LIMIT = "[propose: pkg/__init__.py: limit = 1 -> limit = '{name}']"
DOUBLE = "[propose: pkg/list.txt: end -> end {name} end]"
REGISTER = r"[propose: pkg/list.txt: end -> {name}\nend]"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the workers the double's key, and the run a person's folders of its own."""
    monkeypatch.delenv("ANTHROPIC_BASE_URL", raising=False)
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def package(runs: Runs) -> Runs:
    """Give a package of two modules with an `__init__` and a list that both want to edit."""
    (runs.root / "pkg").mkdir()
    (runs.root / "pkg/__init__.py").write_text(INIT)
    (runs.root / "pkg/list.txt").write_text("end\n")
    for name in ("a", "b"):
        (runs.root / f"pkg/{name}.py").write_text("value = 1\n")
    return runs


def request(url: str, *proposals: str, **more: Any) -> RunRequest:
    include = more.pop("include", ("a.py", "b.py"))
    prompt = " ".join((CHANGE, *proposals))
    return RunRequest(prompt, engine="claude", workers=2, include=include, options={"base_url": url}, **more)


def run(runs: Runs, *proposals: str, **more: Any) -> tuple[str, str]:
    """Run to the end; gives the run, and all that the model was told."""
    with double() as served:
        name = start_run(runs.board, request(served.url, *proposals, **more))
        runs.end(name)
        return name, str(served.books.requests)


def contents(runs: Runs) -> dict[str, str]:
    return {path.name: path.read_text() for path in (runs.root / "pkg").iterdir()}


def test_two_tasks_edit_one_file_and_undo_and_redo_take_it_along(package: Runs) -> None:
    before = contents(package)
    with double() as served:
        words = ("run", f"{CHANGE} {EXPORT} {REGISTER}", "--engine", "claude", "--option", f"base_url={served.url}")
        done = call(*words, "--include", "a.py", "--include", "b.py", "--yes", cwd=package.root)
        assert done.returncode == 0, done.stderr
        told = str(served.books.requests)
    assert "r1: at last, the edits that tasks want in files that are not theirs: pkg/__init__.py, pkg/list.txt" in (
        done.stdout
    )
    assert "4 files: 4 changed" in done.stdout
    name = "r1"
    package.board.refresh()
    tasks = package.board.run_tasks(name)
    assert {task.state for task in tasks.values()} == {TaskState.DONE}
    assert tasks["shared"].spec.files == ("pkg/__init__.py", "pkg/list.txt")
    after = contents(package)
    assert after["__init__.py"].split("\n")[1:4] == ["# exports", "from pkg import b", "from pkg import a"]
    assert after["list.txt"] == "a\nb\nend\n"
    assert "Noted: when all files of the workspace are done, pkg/__init__.py becomes" in told
    found = report(package.board, name)
    assert found.files == {"changed": 4, "unchanged": 0, "left": 0, "failed": 0}
    assert package.run(name).changed == 4
    for run, texts in (("r1", before), ("r2", after)):
        done = call("undo", run, "--yes", cwd=package.root)
        assert done.returncode == 0, done.stderr
        assert contents(package) == texts


def test_an_edit_that_fits_no_more_is_left_with_who_wants_it_and_why(package: Runs) -> None:
    name, _ = run(package, EXPORT, LIMIT, DOUBLE)
    assert "limit = 'a'\n" in (package.root / "pkg/__init__.py").read_text()
    assert "from pkg import b" in (package.root / "pkg/__init__.py").read_text()
    found = report(package.board, name)
    assert found.state == RunState.DONE
    assert [(note.path, note.reason) for note in found.left] == [
        ("pkg/__init__.py", "task `t2` wants an edit of `limit = 1` (for b) that is not made: that text is not there"),
        ("pkg/list.txt", "task `t2` wants an edit of `end` (for b) that is not made: that text is there 2 times"),
    ]
    assert contents(package)["list.txt"] == "end a end\n"
    assert found.files == {"changed": 4, "unchanged": 0, "left": 0, "failed": 0}
    shown = call("show", "shared", cwd=package.root).stdout
    assert "shared of r1: done" in shown
    assert "wanted   pkg/__init__.py, by t2: for b" in shown
    assert "+ from pkg import b" in shown
    assert "that text is not there" in shown
    wanted = json.loads(call("show", "shared", "--json", cwd=package.root).stdout)["wanted"]
    assert [(one["task"], one["new"]) for one in wanted][1] == ("t1", "limit = 'a'")
    assert "proposed pkg/__init__.py: for a" in call("show", "t1", cwd=package.root).stdout


def test_what_several_want_alike_is_done_once(package: Runs) -> None:
    alike = r"[propose: pkg/__init__.py: # exports -> # exports\nimport json]"
    name, _ = run(package, alike, include=("a.py", "b.py", "__init__.py"))
    assert (package.root / "pkg/__init__.py").read_text().count("import json") == 1
    found = report(package.board, name)
    assert found.tasks["done"] == 4
    assert found.files == {"changed": 3, "unchanged": 0, "left": 0, "failed": 0}, "its own task left it as it was"


def test_a_file_of_another_task_is_edited_as_that_left_it(package: Runs) -> None:
    (package.root / "pkg/__init__.py").write_text(INIT + "value = 2\n")
    before = contents(package)
    name, _ = run(package, EXPORT, include=("a.py", "b.py", "__init__.py"))
    tasks = package.board.run_tasks(name)
    (own,) = [task.spec.id for task in tasks.values() if "pkg/__init__.py" in task.spec.files and not task.spec.shared]
    assert tasks["shared"].spec.after == (own,)
    text = (package.root / "pkg/__init__.py").read_text()
    assert "worth = 2" in text
    assert "from pkg import a" in text
    found = report(package.board, name)
    assert found.files == {"changed": 3, "unchanged": 0, "left": 0, "failed": 0}
    assert package.run(name).changed == 3
    after = contents(package)
    undo = start_undo(package.board, name)
    assert package.end(undo).files["changed"] == 3
    assert contents(package) == before
    package.end(start_undo(package.board, undo))
    assert contents(package) == after


def test_proposals_of_a_task_that_failed_are_not_made(package: Runs) -> None:
    with double() as served:
        name = start_run(package.board, request(served.url, EXPORT, "[refuse: pkg/a.py]"))
        package.end(name)
    text = (package.root / "pkg/__init__.py").read_text()
    assert "from pkg import b" in text
    assert "from pkg import a" not in text
    assert package.board.run_tasks(name)["shared"].spec.after == ()


@pytest.mark.parametrize("kind", ["check", "gate"])
def test_what_a_program_does_not_accept_is_left_or_fails(package: Runs, kind: str) -> None:
    code = "import pathlib, sys\nsys.exit('no b' if 'import b' in pathlib.Path('pkg/__init__.py').read_text() else 0)"
    command = shlex.join([sys.executable, "-c", code])
    consent.agree(package.root, command)
    name, _ = run(package, EXPORT, REGISTER, **{kind: command})
    found = report(package.board, name)
    assert contents(package)["a.py"] == contents(package)["b.py"] == "worth = 1\n"
    if kind == "check":  # the others are made
        assert found.state == RunState.DONE
        assert "from pkg import a" in contents(package)["__init__.py"]
        assert contents(package)["list.txt"] == "a\nb\nend\n"
        (left,) = found.left
        assert "task `t2` wants an edit of `# exports` (for b) that is not made: the project's check" in left.reason
    else:
        assert found.state == RunState.FAILED
        assert [failure.task for failure in found.failures] == ["shared"]
        assert "the gate does not pass with it" in found.failures[0].reason
        assert contents(package)["__init__.py"] == INIT
        with pytest.raises(BoardError, match="Nothing has failed"):
            retry_run(package.board, name)


def test_what_the_gate_rejects_proposes_nothing(package: Runs) -> None:
    code = "import pathlib, sys\nsys.exit('worth' in pathlib.Path('pkg/a.py').read_text())"
    command = shlex.join([sys.executable, "-c", code])
    consent.agree(package.root, command)
    name, _ = run(package, EXPORT, gate=command)
    assert package.run(name).state is RunState.FAILED
    assert contents(package)["a.py"] == "value = 1\n"
    assert "from pkg import a" not in contents(package)["__init__.py"]
    assert "from pkg import b" in contents(package)["__init__.py"]


@pytest.mark.parametrize("added", [False, True])
def test_a_supervisor_that_dies_before_the_last_task_has_it_done_once(package: Runs, added: bool) -> None:
    person = package.person()
    package.board.hold("pkg/__init__.py", "ann", person)
    with double() as served:
        name = start_run(package.board, request(served.url, EXPORT))
        package.reach(name, RunState.WAITING)
    assert not package.run(name).tasks["shared"].state.ended
    kill(package.supervisor(name))
    package.until(lambda: not package.family(), "all of the run's processes are dead")
    if not added:
        forget_last_task(package)
        assert "shared" not in package.run(name).tasks
        assert not package.board.state.schedules[name].open_tasks
    package.board.unhold("pkg/__init__.py", person)
    done = call("resume", name, "--yes", cwd=package.root)
    assert done.returncode == 0, done.stderr
    package.end(name)
    tasks = package.board.run_tasks(name)
    assert [task.spec.id for task in tasks.values() if task.spec.shared] == ["shared"]
    text = contents(package)["__init__.py"]
    assert text.count("from pkg import a\n") == text.count("from pkg import b\n") == 1
    assert package.run(name).changed == 3


def forget_last_task(runs: Runs) -> None:
    """Cut the log to what a supervisor leaves that dies just before it adds the last task."""
    log = runs.board.layout.board / "log.jsonl"
    runs.board.close()
    kept, _, _ = log.read_bytes().partition(b'"shared":true')
    log.write_bytes(kept[: kept.rindex(b"\n") + 1])
    runs.board = Board(runs.root)


def test_a_person_who_takes_a_shared_file_has_it_at_once_and_the_edits_are_made_later(
    package: Runs, tmp_path: Path
) -> None:
    go = tmp_path / "go"
    code = (
        "import os, pathlib, sys, time\n"
        f"while 'import a' in pathlib.Path('pkg/__init__.py').read_text() and not os.path.exists({str(go)!r}):\n"
        "    time.sleep(0.01)"
    )
    command = shlex.join([sys.executable, "-c", code])
    consent.agree(package.root, command)
    person = package.person()
    with double() as served:
        files = ("a.py", "b.py", "__init__.py")
        name = start_run(package.board, request(served.url, EXPORT, REGISTER, check=command, include=files))
        package.until(lambda: "pkg/list.txt" in package.board.state.locks, "the last task is under way")
        assert "3 of 4 files" in call("status", cwd=package.root).stdout
        taken = take(package.board, "pkg/list.txt", "ann", person)
        assert (taken.how, taken.task) == (Taken.TAKEN, "shared")
        go.touch()
        package.until(lambda: "import a" in contents(package)["__init__.py"], "the rest has landed")
        (package.root / "pkg/list.txt").write_text("mine\nend\n")
        package.board.unhold("pkg/list.txt", person)
        package.end(name)
    assert contents(package)["list.txt"] == "mine\n__init__\na\nb\nend\n"
    shared = [task for task in package.board.run_tasks(name).values() if task.spec.shared]
    assert {task.spec.id: task.state for task in shared} == {
        "shared": TaskState.SPLIT,
        "shared.1": TaskState.DONE,
        "shared.2": TaskState.DONE,
    }
    assert report(package.board, name).files == {"changed": 4, "unchanged": 0, "left": 0, "failed": 0}


def test_with_review_the_edits_are_made_of_what_was_accepted_and_accepted_themselves(package: Runs) -> None:
    with double() as served:
        name = start_run(package.board, request(served.url, EXPORT, REGISTER, review=True))
        package.reach(name, RunState.WAITING)
    assert call("accept", "pkg/a.py", cwd=package.root).returncode == 4
    assert call("reject", "pkg/b.py", cwd=package.root).returncode == 4
    shown = call("review", cwd=package.root).stdout
    assert "Task shared of run r1" in shown
    assert "+from pkg import a" in shown
    assert "import b" not in shown
    (package.root / "pkg/list.txt").write_text("end\nmine\n")
    assert call("accept", cwd=package.root).returncode == 0
    assert contents(package)["list.txt"] == "a\nend\nmine\n"
    assert "from pkg import a" in contents(package)["__init__.py"]


@pytest.mark.parametrize("per_task", [False, True])
def test_a_commit_has_all_that_the_run_did_to_a_file(package: Runs, per_task: bool) -> None:
    def git(*words: str) -> str:
        return subprocess.run(("git", *words), cwd=package.root, check=True, capture_output=True, text=True).stdout

    (package.root / "pkg/__init__.py").write_text(INIT + "value = 2\n")
    git("init", "-q")
    git("config", "user.email", "ann@example.org")
    git("config", "user.name", "Ann")
    git("add", "pkg")
    git("commit", "-q", "-m", "Before")
    name, _ = run(package, EXPORT, include=("a.py", "b.py", "__init__.py"))
    commits = commit_run(package.board, name, per_task=per_task)
    assert not commits.left
    assert not git("status", "--porcelain", "pkg")
    assert [sorted(made.files) for made in commits.made] == (
        [["pkg/a.py"], ["pkg/b.py"], ["pkg/__init__.py"]] if per_task else [["pkg/__init__.py", "pkg/a.py", "pkg/b.py"]]
    )
