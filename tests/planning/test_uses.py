"""Interfaces come first, and those who use them land with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from parallel_refactor.planning.interface import Order, Plan, PlanError, PlanRequest
from parallel_refactor.planning.plan import make_plan
from tests.planning.trees import write

SHOP: dict[str, str | bytes] = {
    "shop/__init__.py": "from shop.money import Money\n",
    "shop/money.py": "from shop.errors import E\nclass Money:\n    def add_tax(self): ...\n\ndef total(): ...\n",
    "shop/errors.py": "class E(Exception): ...\n",
    "shop/order.py": "from shop import money\nmoney.total()\n",
    "shop/report.py": "from shop import order\n\ndef show(amount):\n    return amount.add_tax()\n",
    "shop/page.py": "from shop import report\nreport.show(1)\n",
    "shop/other.py": "def total(): ...\n",
    "README.md": "# total\n",
}


def plan(root: Path, *interface: str, files: dict[str, str | bytes] | None = None) -> Plan:
    write(root, SHOP if files is None else files)
    return make_plan(PlanRequest(root, suffixes=(), interface=interface, order=Order.AFTER, workers=4))


def test_users_need_the_interface_and_others_wait_for_nobody(tmp_path: Path) -> None:
    found = plan(tmp_path, "/shop/money.py")
    task = {path: task for task in found.tasks for path in task.files}
    assert set(task) == set(SHOP)
    users = {"shop/__init__.py", "shop/order.py", "shop/report.py"}
    assert {path for path, one in task.items() if one.needs} == users
    assert {one.needs for path, one in task.items() if path in users} == {(task["shop/money.py"].id,)}
    assert {path for path, one in task.items() if one.group == "g1"} == {"shop/money.py", *users}
    assert task["shop/money.py"].files == ("shop/money.py",)
    assert not any(one.after for one in found.tasks)


def test_an_interface_that_uses_another_comes_after_it(tmp_path: Path) -> None:
    found = plan(tmp_path, "money.py", "errors.py")
    task = {path: task for task in found.tasks for path in task.files}
    assert task["shop/money.py"].needs == (task["shop/errors.py"].id,)
    assert set(task["shop/order.py"].needs) == {task["shop/money.py"].id}
    assert {one.group for one in found.tasks} == {"g1", ""}


def test_interfaces_that_use_each_other_are_one_task(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"a.py": "import b\n", "b.py": "import a\n", "c.py": "import a\n"}
    found = plan(tmp_path, "a.py", "b.py", files=files)
    assert [task.files for task in found.tasks] == [("a.py", "b.py"), ("c.py",)]
    assert found.tasks[1].needs == (found.tasks[0].id,)


def test_of_languages_whose_imports_are_not_known_all_files_count_as_users(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"a.ts": "export {}\n", "b.ts": "x\n", "README.md": "# x\n", "c.py": "x = 1\n"}
    found = plan(tmp_path, "a.ts", files=files)
    assert {path for task in found.tasks if task.needs for path in task.files} == {"b.ts", "README.md"}


@pytest.mark.parametrize(
    ("interface", "said"),
    [
        ("shop/monney.py", "which is no file of the run"),
        ("broken.py", "broken.py does not parse"),
        ("", "names nothing"),
    ],
)
def test_an_interface_that_makes_no_sense_is_refused(tmp_path: Path, interface: str, said: str) -> None:
    with pytest.raises(PlanError, match=said):
        plan(tmp_path, interface, files={**SHOP, "broken.py": "def (\n"})
