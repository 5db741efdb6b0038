"""A model proposes edits in files that are not its own, and is told at once what cannot be: real runs, real HTTP."""

from __future__ import annotations

import pytest

from parallel_refactor.running.request import RunRequest
from parallel_refactor.running.start import start_run
from tests.doubles.model_api import double
from tests.running.runs import Runs

pytestmark = pytest.mark.usefixtures("key")

NOT_THERE = ("ignored.py", "../outside.py", "/etc/hostname", ".git/config", "link.py", "no.py")


def run(runs: Runs, *proposals: str, **options: object) -> tuple[set[str], str]:
    """Run over m0000.py; gives the run's tasks, and all that the model was told."""
    with double() as served:
        request = RunRequest(
            engine="claude",
            prompt=" ".join(("Replace `value` by `worth`.", *(f"[propose: {one}]" for one in proposals))),
            include=("m*.py",),
            options={"base_url": served.url},
            **options,  # type: ignore[arg-type]
        )
        name = start_run(runs.board, request)
        assert not runs.end(name).failures
        return set(runs.board.run_tasks(name)), str(served.books.requests)


def test_what_no_model_may_see_and_what_is_not_there_is_refused(runs: Runs) -> None:
    runs.write(1)
    (runs.root / ".gitignore").write_text("ignored*\n")
    for name in ("denied.sql", ".env", "ignored.py", "other.py"):
        (runs.root / name).write_text("x = 1\n")
    (runs.root / "link.py").symlink_to("other.py")
    (runs.root.parent / "outside.py").write_text("x = 1\n")
    paths = ("denied.sql", ".env", *NOT_THERE)
    tasks, told = run(runs, *(f"{path}: x = 1 -> x = 2" for path in paths), deny=("*.sql",))
    assert tasks == {"t1"}
    assert "denied.sql is one of those that may not be read" in told
    assert ".env looks like a secret" in told
    for path in NOT_THERE:
        assert f"The workspace has no file {path}" in told


def test_what_does_not_fit_is_told_at_once(runs: Runs) -> None:
    runs.write(1)
    (runs.root / "twice.py").write_text("x = 1\nx = 1\ny = 2\n")
    long = f"twice.py: y = 2 -> y = '{'y' * 2_000}'"
    edits = ("x = 1 -> x = 2", "z = 1 -> z = 2", "y = 2 -> y = (", "y = 2 -> y = 2")
    tasks, told = run(runs, *(f"twice.py: {edit}" for edit in edits), "m0000.py: value -> worth", long)
    assert tasks == {"t1"}
    assert "old_str is in twice.py 2 times, at lines 1, 2" in told
    assert "old_str is not in twice.py" in told
    assert "twice.py: the result does not parse" in told
    assert "old_str and new_str are the same" in told
    assert "m0000.py is yours: edit it" in told
    assert "may have 2,000 characters each" in told


def test_a_later_edit_is_tried_after_the_earlier_and_ten_are_the_most(runs: Runs) -> None:
    runs.write(1)
    (runs.root / "other.py").write_text("x = 0\n")
    tasks, told = run(runs, *(f"other.py: x = {number} -> x = {number + 1}" for number in range(11)))
    assert tasks == {"t1", "shared"}
    assert (runs.root / "other.py").read_text() == "x = 10\n"
    assert "You have made 10 proposals: do without this one" in told
