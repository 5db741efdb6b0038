"""The check of whole packages, on the bundled sample; and that it sees what it looks for."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.packages import measures
from tests.packages.catalogue import SAMPLE
from tests.packages.check import Trial, check, functions_documented, same_outcomes, same_programs, tasks_done
from tests.packages.fetch import SAMPLES


def test_the_sample_passes(tmp_path: Path) -> None:
    lines = list(check(Trial(SAMPLE, tmp_path / "sample", tmp_path, workers=4)))
    assert len(lines) == 14
    assert not [line for line in lines if not line.holds]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SAMPLES / SAMPLE.name, tmp_path / "tree"))


@pytest.mark.parametrize(
    "change",
    [
        lambda tree: (tree / "README.md").write_bytes((tree / "README.md").read_bytes() + b"\n"),
        lambda tree: (tree / "new.txt").touch(),
        lambda tree: (tree / "new").mkdir(),
        lambda tree: (tree / "setup.cfg").unlink(),
    ],
)
def test_a_change_of_a_tree_is_seen(tree: Path, change: Callable[[Path], object]) -> None:
    before = measures.tree(tree)
    assert not measures.differences(before, measures.tree(tree))
    change(tree)
    assert len(measures.differences(before, measures.tree(tree))) == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows has neither permission bits nor, for everybody, links")
def test_modes_and_links_are_seen(tree: Path) -> None:
    (tree / "link").symlink_to("setup.cfg")
    before = measures.tree(tree)
    (tree / "setup.cfg").chmod(0o600)
    (tree / "link").unlink()
    (tree / "link").symlink_to("./setup.cfg")
    assert measures.differences(before, measures.tree(tree)) == ["link", "setup.cfg"]


def test_the_board_is_no_part_of_a_tree(tree: Path) -> None:
    before = measures.tree(tree)
    (tree / ".task_board").mkdir()
    (tree / ".task_board" / "log.jsonl").touch()
    assert measures.tree(tree) == before


OLD = b"def f(x):\n    return x\n\nclass C:\n    async def g(self): pass\n"
DOCUMENTED = (
    b'def f(x):\n    """F."""\n    return x\n\nclass C:\n    async def g(self):\n        """G."""\n        pass\n'
)


@pytest.mark.parametrize(
    ("new", "holds"),
    [
        (DOCUMENTED, [True, True]),
        (OLD.replace(b"return x", b"return(x)  # the same"), [True, True]),
        (OLD.replace(b"return x", b"return y"), [True, False]),
        (OLD.replace(b"pass", b'"""No pass."""'), [True, False]),
        (OLD.replace(b"pass", b""), [False, True]),
    ],
)
def test_other_programs_are_seen(new: bytes, holds: list[bool]) -> None:
    assert [line.holds for line in same_programs({"a.py": OLD}, {"a.py": new})] == holds


def test_a_lost_file_is_seen() -> None:
    assert [line.holds for line in same_programs({"a.py": OLD}, {})] == [False, True]


@pytest.mark.parametrize(("named", "holds"), [(0, [True, True]), (1, [True, False])])
def test_docstrings_are_counted(named: int, holds: list[bool]) -> None:
    lines = list(functions_documented({"counts": {"name_only": named}}, {"a.py": OLD}, {"a.py": DOCUMENTED}))
    assert [line.figure for line in lines] == ["2 of 2 (100.0 %)", f"{named} of 2 ({named * 50:.1f} %)"]
    assert [line.holds for line in lines] == holds


def test_too_few_docstrings_are_seen() -> None:
    half = DOCUMENTED.replace(b'        """G."""\n', b"")
    lines = list(functions_documented({"counts": {}}, {"a.py": OLD}, {"a.py": half}))
    assert [line.holds for line in lines] == [False, True]


def test_tasks_that_fail_are_seen() -> None:
    tasks = {"done": 99, "failed": 1, "skipped": 0, "cancelled": 0, "blocked": 0, "waiting": 0}
    report = {"seconds": 1.0, "tasks": tasks, "files": {"changed": 1}}
    assert all(line.holds for line in tasks_done(report))
    assert not all(line.holds for line in tasks_done({**report, "tasks": {**tasks, "failed": 2}}))


@pytest.mark.parametrize("after", [{"a": "failed", "b": "skipped"}, {"a": "passed"}])
def test_other_outcomes_are_seen(after: dict[str, str]) -> None:
    before = {"a": "passed", "b": "skipped"}
    assert all(line.holds for line in same_outcomes(before, before))
    assert not all(line.holds for line in same_outcomes(before, after))
