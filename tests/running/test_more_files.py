"""A model asks for one more file while it works: real runs, with the double's model and real workers."""

from __future__ import annotations

import pytest

from lockboard.model import TaskState
from parallel_refactor.running.records import transcripts
from parallel_refactor.running.request import RunRequest
from parallel_refactor.running.start import start_run, start_undo
from tests.doubles.model_api import double
from tests.running.runs import Runs

pytestmark = pytest.mark.usefixtures("key")

TEXT = "Replace `value` by `worth`. [play: more]"


def run(runs: Runs, more: str, **options: object) -> tuple[str, str]:
    """Run over m0000.py, with a model that asks for more; gives the run, and all that the model was told."""
    with double() as served:
        request = RunRequest(
            engine="claude",
            prompt=f"{TEXT} [more: {more}]",
            workers=2,
            include=("m*.py",),
            options={"base_url": served.url},
            **options,  # type: ignore[arg-type]
        )
        name = start_run(runs.board, request)
        runs.end(name)
        return name, str(served.books.requests)


def test_a_free_file_and_a_new_one_land_with_the_task_and_are_undone_with_it(runs: Runs) -> None:
    runs.write(1)
    (runs.root / "other.py").write_text("other = 1\n")
    name, _ = run(runs, "other.py pkg/new.py")
    (task,) = runs.board.run_tasks(name).values()
    assert task.state is TaskState.DONE
    assert task.spec.files == ("m0000.py", "other.py", "pkg/new.py")
    assert (runs.root / "m0000.py").read_text() == "worth = 0\n"
    assert (runs.root / "other.py").read_text() == (runs.root / "pkg" / "new.py").read_text() == "made = 1\n"
    assert not runs.board.state.locks
    undo = start_undo(runs.board, name)
    runs.end(undo)
    assert (runs.root / "other.py").read_text() == "other = 1\n"
    assert not (runs.root / "pkg").exists()


def test_what_is_not_free_or_not_for_a_model_is_refused_at_once(runs: Runs) -> None:
    runs.write(2)
    (runs.root / ".gitignore").write_text("ignored*\n")
    for name in ("held.py", "denied.sql", ".env", "ignored.py"):
        (runs.root / name).write_text("x = 1\n")
    (runs.root / "link.py").symlink_to("held.py")
    person = runs.person()
    runs.board.hold("held.py", "ann", person)
    before = {path.name: path.read_bytes() for path in runs.root.iterdir() if path.is_file()}
    wanted = "m0001.py held.py denied.sql .env ignored.py ignored-new.py ../outside.py .git/config link.py m0000.py"
    name, told = run(runs, wanted, deny=("*.sql",), exclude=("m0001.py",))
    assert [task.spec.files for task in runs.board.run_tasks(name).values()] == [("m0000.py", "m0001.py")]
    assert "You do not get held.py: ann holds held.py" in told
    assert "denied.sql is one of those that may not be read" in told
    assert ".env looks like a secret" in told
    assert "You do not get ignored.py: the workspace has no such file, or git ignores it" in told
    assert "You do not get ignored-new.py: git ignores it" in told
    assert "You do not get ../outside.py" in told
    assert "You do not get .git/config: " in told
    assert "You do not get link.py: reached through a symbolic link" in told
    assert "m0000.py is yours already" in told
    after = {path.name: path.read_bytes() for path in runs.root.iterdir() if path.is_file()}
    changed = {path for path in after if after[path] != before.get(path)}
    assert changed == {"m0000.py", "m0001.py"}
    records = [line for record in transcripts(runs.board, name, "t1") for line in record.lines]
    assert "ask_for_file" in str(records)


def test_a_file_of_another_task_is_refused(runs: Runs) -> None:
    runs.write(2)
    name, told = run(runs, "m0000.py m0001.py")
    assert [len(task.spec.files) for task in runs.board.run_tasks(name).values()] == [1, 1]
    assert told.count("of run r1 has m000") + told.count("of this run. Do without it") >= 2
