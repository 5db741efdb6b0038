"""A file that two tasks of a run changed, one after the other, as an editor sees and takes it back."""

from __future__ import annotations

from pathlib import Path

import pytest

from lockboard.model import RunState, TaskSpec
from parallel_refactor.lsp import messages
from tests.lsp.editor import editor
from tests.lsp.team import Team
from tests.running.runs import Runs

pytestmark = pytest.mark.asyncio


async def test_it_is_one_file_that_is_shown_with_both_and_taken_back_whole(runs: Runs) -> None:
    for name in ("a.py", "b.py", "c.py"):
        (runs.root / name).write_text("rest = 1\n")
    team = Team(runs.root, TaskSpec("t1", ("a.py",)), TaskSpec("t2", ("b.py",)))
    worker = team.worker()
    async with editor(runs.root, ended=True) as one:
        for _ in range(2):
            assert team.land(team.claim(worker), b"first = 1\n")
        team.board.add_task(team.run, TaskSpec("shared", ("a.py", "c.py"), after=("t1",), shared=True))
        assert team.land(team.claim(worker), b"second = 1\n")
        team.board.move_run(team.run, RunState.DONE)
        team.close()
        await one.until(lambda: one.told[messages.ENDED], "the end is told")
        assert one.told[messages.ENDED][0]["text"].startswith("3 files changed")
        files = (await one.until_run("r1"))["files"]
        assert files == {"total": 3, "done": 3, "changed": 3, "failed": 0, "left": 0, "proposed": 0}
        details = await one.run(messages.SHOW_RUN)
        assert [(task["task"], task["shared"]) for task in details["tasks"]] == [
            ("t1", False),
            ("t2", False),
            ("shared", True),
        ]
        assert "3 files in 3 tasks" in details["text"]
        assert "| shared: edits that other tasks want | done by r1-w1 | `a.py`, `c.py` |" in details["text"]
        first, second = (details["tasks"][place]["files"][0]["before"] for place in (0, 2))
        assert Path(first.removeprefix("file://")).read_text() == "rest = 1\n"
        assert Path(second.removeprefix("file://")).read_text() == "first = 1\n"
        preview = await one.run(messages.PREVIEW_UNDO)
        assert sorted(preview["files"]) == [(runs.root / name).as_uri() for name in ("a.py", "b.py", "c.py")]
        await one.run(messages.UNDO_RUN, {"files": [(runs.root / "a.py").as_uri()]})
        await one.until(lambda: one.told[messages.ENDED][1:], "the undo has ended")
        assert one.told[messages.ENDED][1]["text"].startswith("1 file changed: Undo r1 of a.py")
        assert [(runs.root / name).read_text() for name in ("a.py", "b.py", "c.py")] == [
            "rest = 1\n",
            "first = 1\n",
            "second = 1\n",
        ]
        taken = await one.run(messages.SHOW_RUN, "r1")
        files = [file for task in taken["tasks"] for file in task["files"] if file["path"] == "a.py"]
        assert [file["outcome"] for file in files] == ["taken back"] * 2
