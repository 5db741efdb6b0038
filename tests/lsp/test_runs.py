"""Runs from an editor: started, shown, asked about, steered, undone. Real supervisors and workers do them."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from lockboard.model import RunState, Wish
from parallel_refactor.lsp import messages
from parallel_refactor.running.ledger import Ledger
from parallel_refactor.running.spending import Full
from tests.lsp.editor import Editor, editor
from tests.lsp.runs import ENDLESS, start
from tests.running.runs import Runs, edits

pytestmark = pytest.mark.asyncio


async def test_a_run_is_shown_as_progress_and_its_end_is_told(runs: Runs) -> None:
    paths = runs.write(4)
    async with editor(runs.root) as one:
        run = await start(one, options={"seconds": 0.2})
        assert run == "r1"
        assert await one.message(rf"^4 files changed: .*\({run}\) is done")
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
        await one.message(rf"^0 files changed: .*\({run}\) is cancelled")
        await one.until(lambda: ended(one), "the progress has ended")
        assert runs.run(run).state is RunState.CANCELLED


@pytest.mark.parametrize(("answer", "state"), [("Start", RunState.DONE), ("Cancel", RunState.CANCELLED)])
async def test_the_plan_is_shown_and_asked_about(runs: Runs, answer: str, state: RunState) -> None:
    runs.write(3)
    async with editor(runs.root) as one:
        one.answer("Simulate edits: 3 files in", answer)
        run = await start(one, confirm=True)
        await one.message(rf"\({run}\) is {state}")
        assert runs.run(run).state == state
        assert [action.title for action in one.questions[0].actions or ()] == ["Start", "Cancel"]


async def test_a_prompt_that_names_a_recipe_needs_no_model(runs: Runs) -> None:
    runs.write(1)
    async with editor(runs.root) as one:
        one.answer("Add docstrings to all functions: 1 file in 1 task", "Cancel")
        begun = await one.run(messages.START_RUN, "add docstrings, to all functions!")
        await one.message("is cancelled")
        assert runs.run(begun["runId"]).spec.engine == "recipe"


async def test_a_workspace_s_own_recipes_are_listed(runs: Runs) -> None:
    rules = runs.root / ".parallel-refactor" / "shop.yml"
    rules.parent.mkdir()
    rules.write_text("title: Use the shop's client\nrules:\n  - {pattern: urlopen($URL), replace: get($URL)}\n")
    async with editor(runs.root) as one:
        listed = await one.run(messages.LIST_RECIPES)
        assert listed["recipes"][-1]["title"] == "Use the shop's client"
        rules.write_text("title: 3\n")
        listed = await one.run(messages.LIST_RECIPES, {"folder": runs.root.as_uri()})
        assert "docstrings" in [recipe["name"] for recipe in listed["recipes"]]
        assert "shop.yml" in listed["problem"]


async def test_what_a_model_may_cost_is_part_of_the_question(runs: Runs) -> None:
    runs.write(3)
    model = {"engine": "claude", "prompt": "Make it better", "options": {"base_url": "http://localhost:1"}}
    async with editor(runs.root) as one:
        one.answer(r"Model claude-sonnet-5-5: about .*It never spends more than \$5\.00 or 900,000 tokens", "Cancel")
        run = await start(one, confirm=True, maxCost=5, maxTokens=900_000, **model)
        await one.message(rf"\({run}\) is cancelled")
        with pytest.raises(JsonRpcException, match=r"max_cost is \$0\.01, and one answer of up to"):
            await start(one, maxCost=0.01, **model)


async def test_a_run_whose_budget_is_spent_says_so_and_goes_on_with_another(runs: Runs) -> None:
    runs.write(1)
    model = {"engine": "claude", "prompt": "Make it better", "options": {"base_url": "http://localhost:1"}}
    async with editor(runs.root) as one:
        run = await start(one, maxCost=5, **model)  # nobody answers there: it waits, and tries again
        await one.until(lambda: runs.workers(run), "a worker has come")
        with closing(Ledger(runs.board.layout.run(run))) as ledger, ledger.changing() as write:
            write(Full("all is spent"))
        runs.wish(run, Wish.CANCEL_WORKER, worker=runs.workers(run)[0].id)
        await one.message(rf"all is spent: .*\({run}\) is paused")
        with pytest.raises(JsonRpcException, match="nothing left to spend: all is spent"):
            await one.run(messages.RESUME_RUN, run)
        await one.run(messages.RESUME_RUN, {"run": run, "maxCost": 9})
        await one.until(lambda: runs.run(run).state is RunState.RUNNING, "it goes on")
        runs.wish(run, Wish.CANCEL)
        await one.message(rf"\({run}\) is cancelled")


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
        await one.message(rf"^2 files changed, 1 left out: .*\({run}\) is done")
        assert [edits(runs.root / path) for path in paths] == [1, 0, 1]


async def test_files_with_unsaved_text_are_saved_by_an_editor_that_can(runs: Runs) -> None:
    paths = runs.write(3)
    async with editor(runs.root, saveFiles=True) as one:
        uri = one.open(runs.root / paths[1], "saved\n")
        one.answer("Unsaved text", "Save and Start")
        run = await start(one, confirm=True)
        assert await one.until(lambda: one.asked_to_save, "the editor is asked to save") == [[uri]]
        await one.message(rf"^You hold {paths[1]}: .*\({run}\) waits")  # this editor takes its time
        one.save(uri, runs.root / paths[1], "saved\n")
        await one.message(rf"^3 files changed: .*\({run}\) is done")
        assert (runs.root / paths[1]).read_text().startswith("saved\n")


async def test_an_unsaved_buffer_keeps_its_task_waiting_and_its_text_reaches_nobody(runs: Runs) -> None:
    paths = runs.write(4)
    async with editor(runs.root) as one:
        uri = one.open(runs.root / paths[0], "secret")
        run = await start(one, engine="simulate", options={"seconds": 0.1})
        await one.message(rf"^You hold {paths[0]}: .*\({run}\) waits")
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
        await one.message(rf"^4 files changed: .*\({run}\) is done")
        assert (runs.root / paths[0]).read_text().startswith("secret text\n# ")


async def test_where_several_folders_are_open_the_person_is_asked_which(runs: Runs, tmp_path: Path) -> None:
    paths = runs.write(1)
    other = tmp_path.resolve() / "other"
    other.mkdir()
    (other / "a.py").write_text("1\n")
    async with editor(runs.root, other) as one:
        one.answer("Which folder", str(other))
        run = await start(one)
        await one.message(rf"^1 file changed: .*\({run}\) is done")
        assert (edits(other / "a.py"), edits(runs.root / paths[0])) == (1, 0)
        await start(one, folder=runs.root.as_uri())
        await one.message("1 file changed: .* is done")
        assert (edits(other / "a.py"), edits(runs.root / paths[0])) == (1, 1)
        with pytest.raises(JsonRpcException, match="name the folder"):
            await one.run(messages.UNDO_RUN, run)


async def test_a_part_of_a_folder_is_changed_alone(runs: Runs) -> None:
    paths = [*runs.write(1), *runs.write(1, "part/")]
    async with editor(runs.root) as one:
        await start(one, folder=str(runs.root / "part"))
        await one.message("1 file changed: .* is done")
        assert [edits(runs.root / path) for path in paths] == [0, 1]


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
        (messages.START_RUN, "make it good", "needs a key.* The recipes are: docstrings"),
        (messages.START_RUN, {"prompt": "make it good", "confirm": False}, "is no recipe"),
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


def ended(one: Editor) -> bool:
    return all(
        isinstance(reports[-1], types.WorkDoneProgressEnd) for reports in one.progress_reports.values() if reports
    )


async def test_settings_are_used_and_their_program_only_in_a_trusted_workspace(
    runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    runs.write(3)
    settings = runs.root / "parallel-refactor.toml"
    settings.write_text("engine = 'claude'\nbase_url = 'http://localhost:1'\nworkers = 3\ncheck = 'git --version'\n")
    wanted = {"prompt": "Make it better", "options": {}}
    async with editor(runs.root) as one:
        with pytest.raises(JsonRpcException, match="'git --version', and nobody has agreed"):
            await one.run(messages.START_RUN, wanted)
        settings.write_text("worker = 3\n")
        with pytest.raises(JsonRpcException, match=r"parallel-refactor\.toml:1: there is no setting"):
            await one.run(messages.START_RUN, wanted)
        settings.write_text("workers = 3\n")
        run = await start(one, workers=None)
        assert runs.run(run).spec.options["workers"] == 3
        await one.message(rf"\({run}\) is done")
    settings.write_text("engine = 'claude'\nbase_url = 'http://localhost:1'\ncheck = 'git --version'\n")
    async with editor(runs.root, trusted=True) as one:
        one.answer("Make it better: 4 files", "Cancel")
        run = (await one.run(messages.START_RUN, wanted))["runId"]
        await one.message(rf"\({run}\) is cancelled")
