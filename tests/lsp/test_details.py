"""What an editor can ask of one run: its plan, what became of its files, what an undo or a commit would take."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from pygls.exceptions import JsonRpcException

from lockboard.model import RunState
from parallel_refactor.lsp import messages
from tests.lsp.editor import Editor, editor
from tests.lsp.runs import reach, start
from tests.running.runs import Runs, before, edits

pytestmark = pytest.mark.asyncio


async def test_a_plan_says_who_gets_what_and_a_file_can_be_left_out(runs: Runs) -> None:
    paths = runs.write(3)
    async with editor(runs.root, planned=True) as one:
        one.open(runs.root / paths[0], "mine\n")
        run = await start(one, confirm=True)
        await one.until(lambda: one.told[messages.PLANNED], "the plan is ready")
        (news,) = one.told[messages.PLANNED]
        assert news["run"] == run
        assert "3 files in 3 tasks" in news["text"]
        plan = await one.run(messages.SHOW_RUN, run)
        assert sorted(file["path"] for task in plan["tasks"] for file in task["files"]) == paths
        assert [(held["path"], held["mine"]) for held in plan["held"]] == [(paths[0], True)]
        assert f"`{paths[1]}`" in plan["text"]
        await one.run(messages.LEAVE_OUT, run)
        await one.run(messages.LEAVE_OUT, {"files": [(runs.root / paths[1]).as_uri()]})
        await one.run(messages.RESUME_RUN, run)
        await one.message(r"^1 file changed, 2 left out: .* is done")
        assert [edits(runs.root / path) for path in paths] == [0, 0, 1]
        left = (await one.run(messages.SHOW_RUN, run))["left"]
        assert {note["path"]: note["reason"] for note in left} == {
            paths[0]: "a person has unsaved text for it",
            paths[1]: "a person left it out",
        }


async def test_what_became_of_each_file_and_what_it_was_before(runs: Runs) -> None:
    paths = runs.write(2)
    async with editor(runs.root, ended=True) as one:
        run = await start(one)
        await one.until(lambda: one.told[messages.ENDED], "the end is told")
        files = await outcomes(one, run)
        assert {path: file["outcome"] for path, file in files.items()} == dict.fromkeys(paths, "changed")
        displaced = Path(files[paths[0]]["before"].removeprefix("file://"))
        assert displaced.read_text() == before(0)


async def test_one_file_is_taken_back_and_an_undo_says_what_it_leaves_out(runs: Runs) -> None:
    paths = runs.write(3)
    async with editor(runs.root) as one:
        run = await start(one)
        await one.message("is done")
        await one.run(messages.UNDO_RUN, {"run": run, "files": [paths[0]]})
        await one.message(rf"^1 file changed: Undo {run} of {paths[0]}")
        assert [edits(runs.root / path) for path in paths] == [0, 1, 1]
        assert (await outcomes(one, run))[paths[0]]["outcome"] == "taken back"
        (runs.root / paths[1]).write_text("mine\n")
        preview = await one.run(messages.PREVIEW_UNDO, run)
        assert preview["files"] == [(runs.root / paths[2]).as_uri()]
        (note,) = preview["left"]
        assert (note["path"], note["reason"]) == (paths[1], "it was changed after the run")
        assert f"1 file to put back as before run {run}." in preview["text"]
        assert preview["mergeable"] == []
        (runs.root / paths[1]).write_text(f"mine\n\n{before(1)}# simulated by parallel-refactor\n")
        assert (await one.run(messages.PREVIEW_UNDO, run))["mergeable"] == [(runs.root / paths[1]).as_uri()]
        (runs.root / paths[1]).write_text("mine\n")
        with pytest.raises(JsonRpcException, match="changed none of these files"):
            await one.run(messages.UNDO_RUN, {"run": run, "files": ["other.py"]})
        await one.run(messages.UNDO_RUN, run)
        await one.message(rf"^1 file changed, 1 left out: Undo {run}: .* is done")
        assert {path: file["outcome"] for path, file in (await outcomes(one, run)).items()} == {
            paths[0]: "taken back",
            paths[1]: "changed",
            paths[2]: "taken back",
        }


async def test_only_some_files_are_changed_and_what_failed_is_tried_again(runs: Runs) -> None:
    paths = runs.write(4)
    async with editor(runs.root) as one:
        wanted = [(runs.root / path).as_uri() for path in paths[:2]]
        run = await start(one, files=wanted, options={"fail": [paths[0]]})
        await one.message(r"^1 file changed, 1 failed: .* is failed")
        again = (await one.run(messages.RETRY_RUN))["runId"]
        await one.message(rf"^0 files changed, 1 failed: .*\({again}\) is failed")
        assert [edits(runs.root / path) for path in paths] == [0, 1, 0, 0]
        assert list(await outcomes(one, again)) == [paths[0]]
        await start(one, files=[paths[2]])
        await one.message("1 file changed")
        with pytest.raises(JsonRpcException, match="Nothing has failed in run r3"):
            await one.run(messages.RETRY_RUN, "r3")
        assert run == "r1"


async def test_a_run_is_committed_without_what_is_not_its_own(runs: Runs) -> None:
    paths = runs.write(5)
    git = Git(runs.root)
    git("init", "--quiet")
    git("add", *paths[:4])
    git("commit", "--quiet", "--message", "Begin")
    (runs.root / paths[0]).write_text("mine before = 1\n")
    (runs.root / "staged.txt").write_text("staged\n")
    git("add", "staged.txt")
    async with editor(runs.root) as one:
        run = await start(one, exclude=["staged.txt"])
        await one.message("is done")
        (runs.root / paths[1]).write_text("mine afterwards = 1\n")
        done = await one.run(messages.COMMIT_RUN, run)
        assert {note["path"]: note["reason"] for note in done["left"]} == {
            paths[0]: "it had changes of yours before the run that are not committed",
            paths[1]: "it was changed after the run, and waits for a commit of yours",
            paths[4]: "git did not know it before the run",
        }
        assert git("show", "--name-only", "--format=%s", "HEAD").split() == ["Simulate", "edits", *paths[2:4]]
        assert "2 files changed by Parallel Refactor, engine simulate" in git("log", "-1", "--format=%B")
        assert git("diff", "--cached", "--name-only").split() == ["staged.txt"]
        with pytest.raises(JsonRpcException, match="has nothing to commit"):
            await one.run(messages.COMMIT_RUN, {"run": run, "perTask": True})


async def test_a_commit_for_each_task(runs: Runs) -> None:
    paths = runs.write(2)
    git = Git(runs.root)
    git("init", "--quiet")
    git("add", *paths)
    git("commit", "--quiet", "--message", "Begin")
    async with editor(runs.root) as one:
        await start(one)
        await one.message("is done")
        done = await one.run(messages.COMMIT_RUN, {"perTask": True})
        assert "2 files committed (2 commits)." in done["text"]
        made = [f"Simulate edits: {path}" for path in paths]
        assert sorted(git("log", "--format=%s").splitlines()) == ["Begin", *made]


async def test_a_warning_for_a_file_comes_once_for_each_run(runs: Runs) -> None:
    (path,) = runs.write(1)
    async with editor(runs.root, contested=True) as one:
        uri = one.open(runs.root / path)
        run = await start(one, options={"hang": [path]})
        await one.until(lambda: runs.busy(run), "a worker has the file")
        for text in ("a", "ab"):
            one.change(uri, text)
            await one.until(lambda: holds(runs), "the file is held")
            one.change(uri, before(0))
            await one.until(lambda: not holds(runs), "the file is not held")
        (contest,) = one.told[messages.CONTESTED]
        assert (contest["uri"], contest["run"]) == (uri, run)
        await one.run(messages.CANCEL_RUN)
        await reach(one, runs, run, RunState.CANCELLED)
        await one.message("is cancelled")


def holds(runs: Runs) -> bool:
    """Tell whether somebody holds a file."""
    runs.board.refresh()
    return bool(runs.board.state.holds)


async def outcomes(one: Editor, run: str) -> dict[str, Any]:
    """Give what became of each file of a run."""
    details = await one.run(messages.SHOW_RUN, run)
    return {file["path"]: file for task in details["tasks"] for file in task["files"]}


class Git:
    """Git in a folder, with a name and no settings of the person's."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def __call__(self, *arguments: str) -> str:
        """Run a command, and give what it says."""
        who = ("-c", "user.name=Kim", "-c", "user.email=kim@example.org")
        done = subprocess.run(("git", *who, *arguments), cwd=self._root, check=True, capture_output=True, text=True)
        if arguments[0] == "init":
            self("config", "user.name", "Kim")
            self("config", "user.email", "kim@example.org")
        return done.stdout
