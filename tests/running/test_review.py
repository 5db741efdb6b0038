"""Runs whose results people review before anything lands."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest

from lockboard.errors import BoardError
from lockboard.model import RunState, TaskState, Wish
from parallel_refactor.engines.simulate import MARK
from parallel_refactor.running import consent
from parallel_refactor.running.request import RunRequest
from parallel_refactor.running.reviewing import choose, decide
from parallel_refactor.running.start import start_run, start_undo
from tests.doubles.model_api import double
from tests.doubles.strict import KEY
from tests.running.runs import Runs, before, edits, kill

REVIEW = RunState.WAITING


def proposed(runs: Runs, files: int = 2) -> tuple[str, list[str]]:
    """Start a run and wait until all that it does waits for a review."""
    paths = runs.write(files)
    run = runs.start(review=True)
    assert runs.reach(run, REVIEW).reason.endswith(" for your review")
    return run, paths


def accept(runs: Runs, run: str, *files: str) -> None:
    """Have a person accept what is proposed for some files, or all of it."""
    decide(runs.board, choose(runs.board, run, files=files), "anna", accepted=True)


def reject(runs: Runs, run: str, *files: str) -> None:
    """Have a person reject it."""
    decide(runs.board, choose(runs.board, run, files=files), "anna", accepted=False)


def test_nothing_lands_before_it_is_accepted_and_the_workers_leave(runs: Runs) -> None:
    run, paths = proposed(runs)
    assert runs.run(run).reason == "2 files wait for your review"
    runs.until(lambda: not runs.workers(run), "the workers have left")
    assert [edits(runs.root / path) for path in paths] == [0, 0]
    accept(runs, run, paths[0])
    assert runs.reach(run, REVIEW).reason
    runs.until(lambda: edits(runs.root / paths[0]) == 1, "it has landed")
    reject(runs, run, paths[1])
    report = runs.end(run)
    assert report.state == RunState.DONE
    assert report.files == {"changed": 1, "unchanged": 0, "left": 1, "failed": 0}
    assert edits(runs.root / paths[1]) == 0


def test_what_is_proposed_survives_the_death_of_everybody(runs: Runs) -> None:
    run, paths = proposed(runs)
    kill(runs.supervisor(run))
    runs.assert_nobody_left()
    accept(runs, run)
    assert runs.end(run).files["changed"] == 2
    assert [edits(runs.root / path) for path in paths] == [1, 1]


def test_what_is_accepted_is_merged_with_what_a_person_wrote_since(runs: Runs) -> None:
    run, (path,) = proposed(runs, 1)
    (runs.root / path).write_text(f"mine = 1\n\n{before(0)}")
    accept(runs, run)
    assert runs.end(run).files["changed"] == 1
    text = (runs.root / path).read_text()
    assert text.startswith(f"mine = 1\n\n{before(0)}")
    assert text.count(MARK) == 1
    runs.end(start_undo(runs.board, run))
    assert (runs.root / path).read_text() == f"mine = 1\n\n{before(0)}"


def test_a_conflict_is_named_and_proposed_again(runs: Runs) -> None:
    run, (path,) = proposed(runs, 1)
    (runs.root / path).write_text("mine = 1\n")
    accept(runs, run)
    runs.until(lambda: choose_doubt(runs, run), "it is proposed again")
    assert choose_doubt(runs, run) == f"{path}: line 1: it was changed there, and the change is about the same lines"
    assert (runs.root / path).read_text() == "mine = 1\n"
    (runs.root / path).write_text(before(0))
    accept(runs, run)
    assert runs.end(run).files["changed"] == 1
    assert edits(runs.root / path) == 1


def choose_doubt(runs: Runs, run: str) -> str:
    """Say why what a run proposes is proposed again."""
    runs.board.refresh()
    proposes = runs.states(run) == [TaskState.PROPOSED]
    return choose(runs.board, run)[0].proposal.doubt if proposes else ""


def test_what_the_check_says_of_a_merge_keeps_it_from_landing(runs: Runs) -> None:
    file = runs.root / "a.py"
    file.write_text("value = 1\n\n\ndef double(number):\n    return number * 2\n")
    run = start_run(runs.board, RunRequest(recipe="docstrings", review=True, workers=1))
    runs.reach(run, REVIEW)
    broken = "value = (1\n\n\ndef double(number):\n    return number * 2\n"
    file.write_text(broken)
    accept(runs, run)
    runs.until(lambda: choose_doubt(runs, run), "it is proposed again")
    assert choose_doubt(runs, run).startswith("a.py")
    assert file.read_text() == broken
    file.write_text(broken.replace("(1", "2"))
    accept(runs, run)
    runs.end(run)
    assert file.read_text().startswith("value = 2\n")
    assert '"""' in file.read_text()


def test_a_part_of_a_task_is_accepted_and_the_rest_rejected(runs: Runs) -> None:
    """Two files that import each other are one task."""
    for name, other in (("a", "b"), ("b", "a")):
        (runs.root / f"{name}.py").write_text(f"import {other}\n")
    run = runs.start(review=True)
    runs.reach(run, REVIEW)
    [task] = runs.board.run_tasks(run).values()
    assert task.spec.files == ("a.py", "b.py")
    (runs.root / "b.py").write_text("import a\n\nmine = 1\n")
    accept(runs, run, "a.py")
    runs.until(lambda: edits(runs.root / "a.py") == 1, "the part has landed")
    runs.reach(run, REVIEW)
    assert [one.proposal.files for one in choose(runs.board, run)] == [("b.py",)]
    reject(runs, run)
    assert runs.end(run).files == {"changed": 1, "unchanged": 0, "left": 1, "failed": 0}
    assert (runs.root / "b.py").read_text() == "import a\n\nmine = 1\n"


def test_what_a_person_has_not_saved_waits_although_it_is_accepted(runs: Runs) -> None:
    run, (path,) = proposed(runs, 1)
    server = runs.person()
    runs.board.hold(path, "anna", server)
    accept(runs, run)
    runs.until(lambda: runs.run(run).reason == f"anna holds {path}", "it waits for the person")
    assert edits(runs.root / path) == 0
    (runs.root / path).write_text(f"mine = 1\n\n{before(0)}")
    runs.board.unhold(path, server)
    assert runs.end(run).files["changed"] == 1
    assert (runs.root / path).read_text().startswith("mine = 1\n")


def test_another_run_says_what_keeps_it_out(runs: Runs) -> None:
    run, (path,) = proposed(runs, 1)
    second = runs.start()
    assert runs.reach(second, RunState.WAITING).reason == f"run {run} proposes a change of {path}: accept or reject it"
    reject(runs, run)
    assert runs.end(second).files["changed"] == 1
    runs.end(run)


def test_files_that_are_skipped_when_held_are_reviewed_all_the_same(runs: Runs) -> None:
    paths = runs.write(2)
    run = runs.start(review=True, held="skip", confirm=True)
    runs.reach(run, RunState.ASKING)
    server = runs.person()
    runs.board.hold(paths[0], "anna", server)
    runs.wish(run, Wish.START)
    assert runs.reach(run, REVIEW).reason == "1 file waits for your review"
    accept(runs, run)
    assert runs.end(run).files == {"changed": 1, "unchanged": 0, "left": 1, "failed": 0}


def test_a_run_is_undone_with_what_it_proposes(runs: Runs) -> None:
    run, paths = proposed(runs)
    accept(runs, run, paths[0])
    runs.until(lambda: edits(runs.root / paths[0]) == 1, "a part has landed")
    runs.end(start_undo(runs.board, run))
    assert runs.run(run).state is RunState.UNDONE
    assert [(runs.root / path).read_text() for path in paths] == [before(0), before(1)]


def test_what_is_not_proposed_cannot_be_chosen(runs: Runs) -> None:
    run, _ = proposed(runs)
    with pytest.raises(BoardError, match=r"does not propose to change z\.py"):
        choose(runs.board, run, files=["z.py"])
    with pytest.raises(BoardError, match="proposes nothing as t9"):
        choose(runs.board, run, "t9")
    reject(runs, run)
    runs.end(run)
    with pytest.raises(BoardError, match="proposes nothing"):
        choose(runs.board, run)


def test_the_project_s_check_passes_over_a_merge(runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (runs.root / "a.py").write_text("value = 1\n\n\nlast = 2\n")
    code = "import sys; sys.exit('mine is not allowed' if 'mine' in open(sys.argv[1]).read() else 0)"
    check = shlex.join([sys.executable, "-c", code, "{files}"])
    consent.agree(runs.root, check)
    with double() as served:
        options = {"base_url": served.url}
        request = RunRequest("Replace `value` by `worth`.", engine="claude", check=check, review=True, options=options)
        run = start_run(runs.board, request)
        runs.reach(run, REVIEW)
        asked = len(served.books.requests)
        (runs.root / "a.py").write_text("value = 1\n\n\nlast = 2\nmine = 1\n")
        accept(runs, run)
        runs.until(lambda: choose_doubt(runs, run), "it is proposed again")
        assert "mine is not allowed" in choose_doubt(runs, run)
        (runs.root / "a.py").write_text("value = 1\n\n\nlast = 2\nyours = 1\n")
        accept(runs, run)
        assert runs.end(run).files["changed"] == 1
        assert len(served.books.requests) == asked, "a merge asks no model"
    assert (runs.root / "a.py").read_text() == "worth = 1\n\n\nlast = 2\nyours = 1\n"


def test_a_group_is_accepted_as_one_and_merged(runs: Runs) -> None:
    (runs.root / "base.py").write_text("value = 1\n")
    (runs.root / "user.py").write_text("import base\n")
    run = runs.start(review=True, options={"order": "needs"})
    runs.reach(run, REVIEW)
    [choice] = choose(runs.board, run)
    assert sorted(choice.proposal.files) == ["base.py", "user.py"]
    (runs.root / "base.py").write_text("mine = 1\n\nvalue = 1\n")
    with pytest.raises(BoardError, match="lands with all other files of its group"):
        accept(runs, run, "user.py")
    accept(runs, run)
    assert runs.end(run).files["changed"] == 2
    assert (runs.root / "base.py").read_text().startswith("mine = 1\n\nvalue = 1\n")
    assert [edits(runs.root / name) for name in ("base.py", "user.py")] == [1, 1]
