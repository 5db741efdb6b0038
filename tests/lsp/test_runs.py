"""Runs from an editor: started, shown, asked about, steered, undone. Real supervisors and workers do them."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from lockboard.model import RunState, TaskState
from parallel_refactor.lsp import messages
from tests.lsp.editor import NEOVIM, VSCODE, Editor, editor
from tests.packages import measures
from tests.packages.catalogue import SAMPLE
from tests.packages.fetch import SAMPLES
from tests.running.runs import Runs, edits, runs_in

pytestmark = pytest.mark.asyncio

ENDLESS = 1000.0
"""Seconds that no test waits for."""


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    """Give a workspace; at the end no process of it is left behind."""
    with runs_in(tmp_path / "workspace") as made:
        yield made


async def start(one: Editor, **wanted: Any) -> str:
    """Start a run of the simulate engine without questions; gives its name."""
    begun = await one.run(messages.START_RUN, {"engine": "simulate", "workers": 2, "confirm": False, **wanted})
    return str(begun["runId"])


async def reach(one: Editor, runs: Runs, run: str, *states: RunState) -> None:
    await one.until(lambda: runs.run(run).state in states, f"{run} is {states}")


async def test_a_run_is_shown_as_progress_and_its_end_is_told(runs: Runs) -> None:
    paths = runs.write(4)
    async with editor(runs.root) as one:
        run = await start(one, options={"seconds": 0.2})
        assert run == "r1"
        assert await one.message(rf"\({run}\) is done: 4 files changed\.$")
        await one.until(lambda: ended(one), "the progress has ended")
        reports: list[object]
        (reports,) = one.progress_reports.values()  # type: ignore[assignment]  # pytest-lsp says less than it knows
        assert isinstance(reports[0], types.WorkDoneProgressBegin)
        assert reports[0].cancellable
        assert "Simulate edits" in reports[0].title
        assert [edits(runs.root / path) for path in paths] == [1, 1, 1, 1]


async def test_a_run_that_somebody_else_started_is_shown_and_can_be_cancelled(runs: Runs) -> None:
    runs.write(4)
    async with editor(runs.root) as one:
        run = runs.start(options={"seconds": ENDLESS})
        (token,) = await one.until(lambda: list(one.progress_reports), "there is progress")
        await one.until(lambda: one.progress_reports[token], "the progress has begun")
        one.window_work_done_progress_cancel(types.WorkDoneProgressCancelParams(token))
        await reach(one, runs, run, RunState.CANCELLED)
        await one.until(lambda: ended(one), "the progress has ended")


@pytest.mark.parametrize(("answer", "state"), [("Start", RunState.DONE), ("Cancel", RunState.CANCELLED)])
async def test_the_plan_is_shown_and_asked_about(runs: Runs, answer: str, state: RunState) -> None:
    runs.write(3)
    async with editor(runs.root) as one:
        one.answer("Simulate edits: 3 files in", answer)
        run = await start(one, confirm=True)
        await one.message(rf"\({run}\) is {state}")
        assert runs.run(run).state == state
        assert [action.title for action in one.questions[0].actions or ()] == ["Start", "Cancel"]


async def test_a_question_that_goes_away_is_a_no(runs: Runs) -> None:
    runs.write(1)
    async with editor(runs.root) as one:
        one.answer("1 file in 1 task", None)
        await start(one, confirm=True)
        await one.message("is cancelled")


async def test_files_with_unsaved_text_are_named_and_left_out(runs: Runs) -> None:
    paths = runs.write(3)
    async with editor(runs.root) as one:
        one.open(runs.root / paths[1], "restored\n")
        one.answer(rf"Unsaved text: {paths[1]}\.", "Start Without Them")
        run = await start(one, confirm=True)
        await one.message(rf"\({run}\) is done: 2 files changed")
        assert [edits(runs.root / path) for path in paths] == [1, 0, 1]


async def test_files_with_unsaved_text_are_saved_by_an_editor_that_can(runs: Runs) -> None:
    paths = runs.write(3)
    async with editor(runs.root, saveFiles=True) as one:
        uri = one.open(runs.root / paths[1], "saved\n")
        one.answer("Unsaved text", "Save and Start")
        run = await start(one, confirm=True)
        assert await one.until(lambda: one.asked_to_save, "the editor is asked to save") == [[uri]]
        await one.message(rf"\({run}\) waits: .* holds {paths[1]}")  # this editor takes its time
        one.save(uri, runs.root / paths[1], "saved\n")
        await one.message(rf"\({run}\) is done: 3 files changed")
        assert (runs.root / paths[1]).read_text().startswith("saved\n")


async def test_an_unsaved_buffer_keeps_its_task_waiting_and_its_text_reaches_nobody(runs: Runs) -> None:
    paths = runs.write(4)
    async with editor(runs.root) as one:
        uri = one.open(runs.root / paths[0], "secret")
        run = await start(one, engine="simulate", options={"seconds": 0.1})
        await one.message(rf"\({run}\) waits: .* holds {paths[0]}")
        for text in ("secret t", "secret text", "secret text\n"):
            one.change(uri, text)
        await one.until_text(uri)
        assert [edits(runs.root / path) for path in paths] == [0, 1, 1, 1]
        told = [
            path for path in (runs.root / ".task_board").rglob("*") if path.is_file() and b"secret" in path.read_bytes()
        ]
        assert not told
        assert runs.run(run).state is RunState.WAITING
        one.save(uri, runs.root / paths[0], "secret text\n")
        await one.message(rf"\({run}\) is done: 4 files changed")
        assert (runs.root / paths[0]).read_text().startswith("secret text\n# ")


async def test_cancelling_a_worker_frees_its_files_and_another_does_its_task(runs: Runs) -> None:
    runs.write(2)
    async with editor(runs.root) as one:
        run = await start(one, workers=1, options={"seconds": 3})
        await one.until(lambda: runs.busy(run), "a worker is at work")
        (worker,) = runs.busy(run)
        await one.run(messages.CANCEL_WORKER, worker.id)
        await one.until(lambda: worker.id not in {each.id for each in runs.workers(run)}, "the worker has left")
        await one.until(lambda: any(task.worker not in ("", worker.id) for task in runs.run(run).tasks.values()),
                        "another has a task")  # fmt: skip
        await one.run(messages.CANCEL_RUN)
        await one.message("is cancelled")


async def test_a_task_is_cancelled_and_a_run_paused_and_resumed(runs: Runs) -> None:
    runs.write(2)
    async with editor(runs.root) as one:
        run = await start(one, workers=1, options={"seconds": 0.5}, confirm=False)
        await one.until(lambda: runs.busy(run), "a worker is at work")
        assert await one.run(messages.PAUSE_RUN) == {"runId": run}
        await reach(one, runs, run, RunState.PAUSED)
        waiting = [name for name, task in runs.run(run).tasks.items() if not task.state.ended]
        for name in waiting:
            await one.run(messages.CANCEL_TASK, {"task": name, "run": run})
        await one.run(messages.RESUME_RUN, {"runId": run})
        await one.message(rf"\({run}\) is ")
        assert [runs.run(run).tasks[name].state for name in waiting] == [TaskState.CANCELLED] * len(waiting)


async def test_undo_puts_back_and_undo_of_undo_brings_again(runs: Runs) -> None:
    paths = runs.write(3)
    before = [(runs.root / path).read_text() for path in paths]
    async with editor(runs.root) as one:
        run = await start(one)
        await one.message(rf"\({run}\) is done")
        undo = (await one.run(messages.UNDO_RUN))["runId"]
        await reach(one, runs, undo, RunState.DONE)
        assert [(runs.root / path).read_text() for path in paths] == before
        redo = (await one.run(messages.UNDO_RUN, {"run": undo}))["runId"]
        await reach(one, runs, redo, RunState.DONE)
        assert [edits(runs.root / path) for path in paths] == [1, 1, 1]
        runs.end(redo)


@pytest.mark.parametrize("profile", [NEOVIM, VSCODE])
async def test_a_recipe_over_a_package_and_back(tmp_path: Path, profile: str) -> None:
    with runs_in(Path(shutil.copytree(SAMPLES / SAMPLE.name, tmp_path / "bookshop"))) as runs:
        before = measures.tree(runs.root)
        async with editor(runs.root, profile=profile) as one:
            kept = one.open(runs.root / "bookshop/money.py", "# not saved\n")
            one.answer("Add docstrings to all functions: .* Unsaved text: bookshop/money.py", "Start")
            run = (await one.run(messages.START_RUN, "Add docstrings to all functions"))["runId"]
            await one.message("waits: .* holds bookshop/money.py")
            assert "bookshop/money.py" not in measures.differences(before, measures.tree(runs.root))
            one.close(kept)
            await one.message(rf"\({run}\) is done: ")
            assert "bookshop/money.py" in measures.differences(before, measures.tree(runs.root))
            undo = (await one.run(messages.UNDO_RUN, run))["runId"]
            await reach(one, runs, undo, RunState.DONE)
            assert not measures.differences(before, measures.tree(runs.root))
            runs.end(undo)


async def test_take_file_gives_it_at_once_and_keeps_what_was_done(runs: Runs) -> None:
    runs.write(1)
    async with editor(runs.root) as one:
        uri = one.open(runs.root / "m0000.py")
        run = await start(one, options={"seconds": 0.5, "ignore_stop": ["m0000.py"]})
        await one.until(lambda: runs.busy(run), "a worker has the file")
        taking = await one.run(messages.TAKE_FILE, uri)
        assert (taking["how"], taking["uri"], taking["runId"]) == ("taken", uri, run)
        await one.until_locks(uri)
        told = await one.message("m0000.py is yours")
        assert "simulated" in Path(told.rpartition("kept in ")[2].rstrip(".")).read_text()
        await one.message(rf"\({run}\) waits")
        assert edits(runs.root / "m0000.py") == 0
        one.save(uri, runs.root / "m0000.py", "mine\n")
        await one.message(rf"\({run}\) is done: 1 file changed")


async def test_take_file_that_nobody_has_and_that_is_not_here(runs: Runs) -> None:
    runs.write(1)
    async with editor(runs.root) as one:
        uri = one.open(runs.root / "m0000.py")
        taking = await one.run(messages.TAKE_FILE, {"uri": uri})
        assert taking["how"] == "free"
        assert held(runs)
        one.close(uri)
        await one.until(lambda: not held(runs), "it is given back")
        with pytest.raises(JsonRpcException, match="no folder that is open"):
            await one.run(messages.TAKE_FILE, (runs.root.parent / "other.py").as_uri())


async def test_two_editors_see_all_and_a_run_survives_the_death_of_a_server(runs: Runs) -> None:
    runs.write(2)
    async with editor(runs.root) as other:
        async with editor(runs.root, profile=VSCODE) as one:
            run = await start(one, options={"seconds": 2})
            for each in (one, other):
                await each.until(lambda: runs.busy(run), "a worker is at work")
            (worker, *_) = runs.busy(run)
            path = runs.run(run).tasks[worker.task].spec.files[0]
            for each in (one, other):
                await each.until_locks((runs.root / path).as_uri(), worker.id)
            await one.kill()
        async with editor(runs.root, profile=VSCODE) as again:
            snapshot = await again.until_run(run)
            assert snapshot["state"] in ("running", "done")
            await reach(again, runs, run, RunState.DONE)
            await other.until_locks((runs.root / path).as_uri())


async def test_the_board_is_told_to_an_editor_that_wants_it(runs: Runs) -> None:
    runs.write(2)
    async with editor(runs.root, boardChanged=True) as one:
        run = await start(one, options={"seconds": 0.3})
        await one.message("is done")
        await one.until(lambda: not runs.board.has_supervisor(run), "all is over")
        boards = await one.run(messages.SHOW_BOARD)

        def told() -> dict[str, Any]:
            known: dict[str, Any] = {}
            for change in one.changes:
                known.update((status["run"], status) for status in change["runs"])
            return known

        await one.until(lambda: told().get(run, {}).get("state") == "done", "the end is told")
        assert boards["folders"][0]["runs"][0] == told()[run] | {"ended": boards["folders"][0]["runs"][0]["ended"]}
        locked = {lock["path"] for change in one.changes for lock in change["locks"]}
        freed = {uri for change in one.changes for uri in change["freed"]}
        assert freed == {(runs.root / path).as_uri() for path in locked}
        assert locked


@pytest.mark.parametrize(
    ("command", "argument", "match"),
    [
        (messages.START_RUN, {"recipe": "none"}, "There is no recipe 'none'"),
        (messages.START_RUN, {}, "Say what to change"),
        (messages.START_RUN, "make it good", "is no recipe"),
        (messages.START_RUN, {"engine": "simulate", "workers": 0}, "workers is 0"),
        (messages.START_RUN, {"engine": "simulate", "held": "maybe"}, "held is 'maybe'"),
        (messages.START_RUN, {"engine": "simulate", "folder": "file:///elsewhere"}, "no folder that is open"),
        (messages.CANCEL_RUN, {}, "No run is going on"),
        (messages.CANCEL_RUN, "r9", "There is no run r9"),
        (messages.CANCEL_WORKER, "w1", "No run is going on"),
        (messages.UNDO_RUN, {}, "nothing to undo"),
    ],
)
async def test_errors_are_sentences(runs: Runs, command: str, argument: object, match: str) -> None:
    async with editor(runs.root) as one:
        with pytest.raises(JsonRpcException, match=match):
            await one.run(command, argument)


def held(runs: Runs) -> bool:
    runs.board.refresh()
    return bool(runs.board.state.holds)


def ended(one: Editor) -> bool:
    return all(
        isinstance(reports[-1], types.WorkDoneProgressEnd) for reports in one.progress_reports.values() if reports
    )
