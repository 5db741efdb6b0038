"""Runs steered from an editor: workers and tasks cancelled, runs undone, files taken back, servers killed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from lockboard.model import RunState, TaskState
from parallel_refactor.lsp import messages
from tests.lsp.editor import NEOVIM, VSCODE, editor
from tests.lsp.runs import reach, start
from tests.packages import measures
from tests.packages.catalogue import SAMPLE
from tests.packages.fetch import SAMPLES
from tests.running.runs import Runs, edits, runs_in

pytestmark = pytest.mark.asyncio


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
        assert await one.message(rf"^3 files changed: Undo {run}: .*\({undo}\) is done")
        assert [(runs.root / path).read_text() for path in paths] == before
        redo = (await one.run(messages.UNDO_RUN, {"run": undo}))["runId"]
        await one.message(rf"^3 files changed: Redo {run}: .*\({redo}\) is done")
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
            await one.message("^You hold bookshop/money.py: .* waits")
            assert "bookshop/money.py" not in measures.differences(before, measures.tree(runs.root))
            one.close(kept)
            await one.message(rf"\({run}\) is done")
            assert "bookshop/money.py" in measures.differences(before, measures.tree(runs.root))
            undo = (await one.run(messages.UNDO_RUN, run))["runId"]
            await one.message(rf"\({undo}\) is done")
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
        await one.message(rf"^1 file changed: .*\({run}\) is done")


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
            run = await start(one, options={"seconds": 10})
            for each in (one, other):
                await each.until(lambda: runs.busy(run), "a worker is at work")
            (worker, *_) = runs.busy(run)
            path = runs.run(run).tasks[worker.task].spec.files[0]
            for each in (one, other):
                await each.until_locks((runs.root / path).as_uri(), worker.id)
            await one.kill()
        async with editor(runs.root, profile=VSCODE) as again:
            snapshot = await again.until_run(run)
            assert snapshot["state"] == "running"
            await again.message(rf"^2 files changed: .*\({run}\) is done")
            await other.message(rf"^2 files changed: .*\({run}\) is done")
            await other.until_locks((runs.root / path).as_uri())


def held(runs: Runs) -> bool:
    runs.board.refresh()
    return bool(runs.board.state.holds)


async def test_a_file_that_was_taken_stays_so_when_the_editor_saves_by_itself(runs: Runs) -> None:
    paths = runs.write(1)
    async with editor(runs.root) as one:
        uri = one.open(runs.root / paths[0])
        document = types.TextDocumentIdentifier(uri)
        run = await start(one, options={"hang": paths})
        await one.until(lambda: runs.busy(run), "a worker has the file")
        await one.run(messages.TAKE_FILE, uri)
        one.change(uri, "mine\n")
        after = types.TextDocumentSaveReason.AfterDelay
        one.text_document_will_save(types.WillSaveTextDocumentParams(document, after))
        one.save(uri, runs.root / paths[0], "mine\n")
        await one.message(rf"^You hold {paths[0]}: .* waits")
        one.text_document_will_save(types.WillSaveTextDocumentParams(document, types.TextDocumentSaveReason.Manual))
        one.save(uri, runs.root / paths[0], "mine\n")
        await one.until(lambda: runs.busy(run), "a worker has it again")
        await one.run(messages.CANCEL_RUN)
        await one.message("is cancelled")
