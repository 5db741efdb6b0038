"""Whole runs of the model engine: real workers, the real SDK, real HTTP, and a double at its other end."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from lockboard.model import RunState, TaskState, Wish
from parallel_refactor.running.request import RequestError, RunRequest
from parallel_refactor.running.start import plan_only, start_run
from tests.cli.program import call
from tests.doubles.faults import Faults
from tests.doubles.model_api import Double, double
from tests.doubles.strict import KEY
from tests.running.runs import Runs

RENAME = "Replace `value` by `worth`."


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the workers the double's key."""
    monkeypatch.delenv("ANTHROPIC_BASE_URL", raising=False)
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)


def test_every_task_is_done_once_although_requests_fail(runs: Runs) -> None:
    paths = runs.write(12)
    before = {path: (runs.root / path).read_text() for path in paths}
    faults = Faults(first=("", "429", "drop"), rate=0.2, kinds=("429", "500", "529", "drop", "error", "truncate"))
    with double(faults) as served:
        name = _start(runs, served, RENAME, workers=4)
        runs.until(lambda: runs.workers(name), "workers have come")
        assert not [line for process in runs.family() for line in process.cmdline() if KEY in line]
        report = runs.end(name)
        books = served.books
    assert not report.failures
    assert report.tasks == {**dict.fromkeys(report.tasks, 0), "done": 12}
    assert report.files == {"changed": 12, "unchanged": 0, "left": 0, "failed": 0}
    assert {path: (runs.root / path).read_text() for path in paths} == {
        path: text.replace("value", "worth") for path, text in before.items()
    }
    assert Counter(task.state for task in runs.board.run_tasks(name).values()) == {TaskState.DONE: 12}
    assert not books.refused
    assert faults.done["429"] + faults.done["drop"] >= 2
    assert books.completed == 2 * 12, "no task was asked for twice"
    assert report.counts["requests"] == len(books.requests)
    assert report.counts["output_tokens"] >= books.tokens["output_tokens"]
    assert report.dollars is not None
    assert report.dollars > 0
    assert not [path for path in runs.board.layout.board.rglob("*") if path.is_file() and KEY in _text(path)]


def test_what_is_too_much_at_once_is_done_file_by_file(runs: Runs) -> None:
    (runs.root / "a.py").write_text("import b\nvalue = 1\n")
    (runs.root / "b.py").write_text("import a\nvalue = 2\n")
    with double() as served:
        name = _start(runs, served, f"{RENAME} [play: crowded]", workers=2)
        report = runs.end(name)
    assert report.state == "done", report.failures
    assert runs.run(name).tasks["t1"].spec.files == ("a.py", "b.py")
    assert report.tasks["done"] == 2
    assert (runs.root / "a.py").read_text() == "import b\nworth = 1\n"
    assert (runs.root / "b.py").read_text() == "import a\nworth = 2\n"


def test_what_does_not_parse_lands_nowhere(runs: Runs) -> None:
    (path,) = runs.write(1)
    before = (runs.root / path).read_text()
    with double() as served:
        report = runs.end(_start(runs, served, f"{RENAME} [play: break-always]", workers=1))
    assert report.state == "failed"
    assert "does not parse" in report.failures[0].reason
    assert f"{path}:1" in report.failures[0].reason
    assert (runs.root / path).read_text() == before


def test_without_a_key_no_run_begins(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    request = RunRequest(engine="claude", prompt="Make it better")
    for begin in (lambda: start_run(runs.board, request), lambda: plan_only(runs.root, request)):
        with pytest.raises(RequestError, match=r"set ANTHROPIC_API_KEY .* Without a model: .*docstrings"):
            begin()
    assert not runs.board.state.runs


def test_a_run_is_not_resumed_without_its_key(runs: Runs) -> None:
    runs.write(1)
    options = {"base_url": "https://" + "model.invalid"}
    name = start_run(runs.board, RunRequest(engine="claude", prompt=RENAME, options=options, confirm=True))
    runs.reach(name, RunState.ASKING)
    done = call("resume", name, "--yes", cwd=runs.root, ANTHROPIC_API_KEY="")
    assert (done.returncode, done.stdout) == (2, "")
    assert "set ANTHROPIC_API_KEY" in done.stderr
    runs.wish(name, Wish.CANCEL)
    assert runs.end(name).state == "cancelled"


def _start(runs: Runs, served: Double, prompt: str, **more: Any) -> str:
    return start_run(runs.board, RunRequest(engine="claude", prompt=prompt, options={"base_url": served.url}, **more))


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8", "replace")
