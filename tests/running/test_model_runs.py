"""Whole runs of the model engine: real workers, the real SDK, real HTTP, and a double at its other end."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from lockboard.model import RunState, TaskState, Wish
from parallel_refactor.running.request import RequestError, RunRequest
from parallel_refactor.running.start import plan_only, resolve, start_run
from tests.cli.program import call
from tests.doubles.faults import Faults
from tests.doubles.limits import Limits
from tests.doubles.model_api import Double, double
from tests.doubles.strict import KEY
from tests.planning.trees import write
from tests.running.runs import Runs

pytestmark = pytest.mark.usefixtures("key")

RENAME = "Replace `value` by `worth`."


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


def test_files_that_are_too_long_for_one_request_are_done_one_by_one(runs: Runs) -> None:
    for name, other in (("a", "b"), ("b", "a")):
        (runs.root / f"{name}.py").write_text(f"import {other}\nvalue = 1\n" + "# filler\n" * 2_000)
    with double(limits=Limits(longest=16_000)) as served:
        report = runs.end(_start(runs, served, RENAME, workers=2))
    assert (report.state, report.tasks["done"]) == ("done", 2), report.failures
    assert "worth" in (runs.root / "a.py").read_text()
    assert "worth" in (runs.root / "b.py").read_text()


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


KEYWORD = "Make `unit` of `area` a required keyword; who leaves it out means `1`."
SHAPES = {
    "shapes.py": "def area(a, unit=0):\n    return a * unit\n",
    "plan.py": "from shapes import area\n\nx = area(2)\n",
}


def test_files_come_after_those_that_they_import_and_their_workers_are_told_what_changed(runs: Runs) -> None:
    write(runs.root, SHAPES)
    with double() as served:
        report = runs.end(_start(runs, served, KEYWORD, workers=2))
    assert report.state == "done"
    assert (runs.root / "shapes.py").read_text() == "def area(a, *, unit):\n    return a * unit\n"
    assert (runs.root / "plan.py").read_text() == "from shapes import area\n\nx = area(2, unit=1)\n"
    messages = [str(body["messages"][0]["content"]) for body in served.books.requests]
    assert "after:\ndef area(a, *, unit): ...\n" in next(text for text in messages if "- plan.py" in text)
    assert "<signatures" not in next(text for text in messages if "- shapes.py" in text)


def test_without_an_order_nobody_waits(runs: Runs) -> None:
    write(runs.root, SHAPES)
    request = RunRequest(engine="claude", prompt=KEYWORD, options={"order": "none", "base_url": "http://localhost:1"})
    assert not any(task.after for task in plan_only(runs.root, request).tasks)
    assert any(task.after for task in plan_only(runs.root, evolve(request, options={})).tasks)


CIRCLE = {"a.py": "import b\nvalue = 1\n", "b.py": "import a\nvalue = 2\n", "user.py": "import a\nvalue = 3\n"}


def test_the_good_files_of_a_task_land_although_others_come_after_it(runs: Runs) -> None:
    write(runs.root, CIRCLE)
    with double() as served:
        name = _start(runs, served, f"{RENAME} [refuse: b.py]", workers=1)
        report = runs.end(name)
    tasks = {task.spec.files: task.spec for task in runs.board.run_tasks(name).values()}
    assert tasks["user.py",].after == (tasks["a.py", "b.py"].id,)
    assert [failure.path for failure in report.failures] == ["b.py"]
    assert {path: (runs.root / path).read_text() for path in CIRCLE} == {
        path: text if path == "b.py" else text.replace("value", "worth") for path, text in CIRCLE.items()
    }


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (
            RunRequest(engine="recipe", recipe="docstrings", interface=("a.py",)),
            "leave out deny, check, interface and choose",
        ),
        (RunRequest(engine="claude", prompt="x", interface=("",)), "interface: The glob '' names nothing"),
        (RunRequest(engine="claude", prompt="x", options={"order": "needs"}), "it must be one of after, none"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(request_: RunRequest, said: str) -> None:
    with pytest.raises(RequestError, match=said):
        resolve(request_, Path())
