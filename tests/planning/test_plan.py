from __future__ import annotations

import hashlib
import json
import os
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from parallel_refactor.planning.interface import LeftOut, Order, Plan, PlanError, PlannedTask, PlanRequest
from parallel_refactor.planning.plan import make_plan
from parallel_refactor.planning.show import as_json, render
from tests.planning.trees import write

SAMPLE: dict[str, str | bytes] = {
    "shop/__init__.py": "",
    "shop/book.py": "from shop import money\n" + "x = 1\n" * 400,
    "shop/money.py": "from shop.errors import E\n" + "y = 1\n" * 500,
    "shop/errors.py": "z = 1\n" * 600,
    "shop/broken.py": "from shop import money\ndef (\n",
    "shop/made.py": "# @generated\n",
    "README.md": "# shop\n",
}


def shown(plan: Plan, width: int = 100) -> str:
    console = Console(file=StringIO(), width=width)
    render(plan, console)
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


def test_tasks_follow_the_imports_where_the_order_matters(tmp_path: Path) -> None:
    plan = make_plan(PlanRequest(write(tmp_path, SAMPLE), order=Order.NEEDS, workers=4))
    task = {path: task for task in plan.tasks for path in task.files}
    assert sorted(task) == sorted(path for path in SAMPLE if path.endswith(".py") and path != "shop/made.py")
    assert task["shop/book.py"].needs == (task["shop/money.py"].id,)
    assert task["shop/money.py"].needs == (task["shop/errors.py"].id,)
    assert task["shop/errors.py"].needs == ()
    assert {name for name, t in task.items() if t.group == "g1"} == {"shop/book.py", "shop/money.py", "shop/errors.py"}
    assert task["shop/broken.py"].files == ("shop/broken.py",)
    assert plan.left_out == (LeftOut("shop/made.py", "generated: the comment at its top says so"),)
    assert plan.imports["shop/book.py"] == ("shop/money.py",)


def test_the_root_may_be_named_through_a_link_or_from_where_one_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = write(tmp_path / "root", SAMPLE)
    monkeypatch.chdir(tmp_path)
    expected = make_plan(PlanRequest(root, order=Order.AFTER))
    assert make_plan(PlanRequest(Path("root"), order=Order.AFTER)) == expected
    if os.name == "posix":
        (tmp_path / "link").symlink_to("root")
        assert make_plan(PlanRequest(tmp_path / "link", order=Order.AFTER)) == expected


def test_files_that_an_earlier_run_left_are_skipped(tmp_path: Path) -> None:
    root = write(tmp_path, SAMPLE)
    left_behind = {("shop/money.py", hashlib.sha256((root / "shop/money.py").read_bytes()).hexdigest())}
    left_behind |= {("shop/book.py", hashlib.sha256(b"other contents").hexdigest())}
    plan = make_plan(PlanRequest(root, order=Order.NEEDS, done=lambda path, digest: (path, digest) in left_behind))
    assert plan.skipped == ("shop/money.py",)
    planned = {path: task for task in plan.tasks for path in task.files}
    assert "shop/money.py" not in planned
    assert planned["shop/book.py"].needs == ()
    assert plan.imports["shop/book.py"] == ("shop/money.py",)


def test_a_plan_without_tasks_says_that_all_is_done(tmp_path: Path) -> None:
    plan = make_plan(PlanRequest(write(tmp_path, SAMPLE), done=lambda _path, _digest: True))
    assert plan.tasks == ()
    assert len(plan.skipped) == 5
    assert "5 files skipped" in shown(plan)


def test_nothing_matched_says_what_was_looked_for_and_what_was_there(tmp_path: Path) -> None:
    root = write(tmp_path, {"a.py": b"\0", "b.py": b"\0", "c.py": "# @generated\n", "d.txt": "", "web/e.js": ""})
    with pytest.raises(PlanError, match=r"ends in \.py .*Left out: binary \(2\); generated: .* \(1\)\."):
        make_plan(PlanRequest(root))
    with pytest.raises(PlanError, match=r"ends in \.ts or \.tsx in .*web that matches /src outside \*_test\.ts"):
        make_plan(PlanRequest(root, scope="web", suffixes=(".ts", ".tsx"), include=("/src",), exclude=("*_test.ts",)))


def test_other_languages_are_planned_without_imports(tmp_path: Path) -> None:
    root = write(tmp_path, {"a.js": "import './b.js'\n", "b.js": "", "c.js": b"\0"})
    plan = make_plan(PlanRequest(root, suffixes=(".js",), order=Order.AFTER))
    assert sorted(path for task in plan.tasks for path in task.files) == ["a.js", "b.js"]
    assert not any(task.after for task in plan.tasks)


def test_json_holds_the_whole_plan(tmp_path: Path) -> None:
    plan = make_plan(PlanRequest(write(tmp_path, SAMPLE), order=Order.NEEDS, workers=4))
    data = json.loads(json.dumps(as_json(plan)))
    assert data["files"] == sorted(path for task in plan.tasks for path in task.files)
    assert [PlannedTask(**{**task, **_tuples(task)}) for task in data["tasks"]] == list(plan.tasks)
    assert data["groups"] == [{"id": "g1", "tasks": [task.id for task in plan.tasks if task.group == "g1"]}]
    assert data["left_out"] == [{"path": "shop/made.py", "reason": "generated: the comment at its top says so"}]
    assert data["skipped"] == []


def test_a_person_sees_tasks_groups_waits_and_what_was_left_out(tmp_path: Path) -> None:
    plan = make_plan(PlanRequest(write(tmp_path, SAMPLE), order=Order.NEEDS, workers=4))
    text = shown(plan)
    assert "5 files (9 kB) in 5 tasks" in text
    assert "1 group of tasks" in text
    rows = {line.split()[-1]: line.split() for line in text.splitlines() if line.startswith("t")}
    errors, money = rows["shop/errors.py"], rows["shop/money.py"]
    assert errors[:4] == [errors[0], "4", "kB", "g1"]
    assert money[3:5] == ["g1", errors[0]]
    assert "generated: the comment at its top says so (1): shop/made.py" in text


def test_long_plans_are_cut_and_odd_names_are_escaped() -> None:
    tasks = tuple(PlannedTask(f"t{number}", (f"[red]{number}\n.py",) * 5, 1) for number in range(1, 100))
    text = shown(Plan(tasks, tuple(LeftOut(f"{number}\udcff.py", "binary") for number in range(1000))))
    assert "[red]1\\n.py, [red]1\\n.py, [red]1\\n.py and 2 more" in text
    assert "... and 59 more tasks" in text
    assert "binary (1,000): 0\\udcff.py, 1\\udcff.py, 2\\udcff.py and 997 more" in text
    assert text.count("\n") < 60


def _tuples(task: dict[str, object]) -> dict[str, object]:
    return {key: tuple(value) for key, value in task.items() if isinstance(value, list)}
