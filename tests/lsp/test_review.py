"""Review in any editor: what a run proposes is shown, accepted and rejected through commands and code actions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from lockboard.model import RunState
from parallel_refactor.lsp import messages
from tests.lsp.editor import Editor, editor
from tests.lsp.runs import reach, start
from tests.running.runs import Runs, before, edits

pytestmark = pytest.mark.asyncio


async def proposed(one: Editor, runs: Runs, files: int) -> tuple[str, list[str]]:
    """Start a run and wait until the person hears that it waits for a review."""
    paths = runs.write(files)
    run = await start(one, review=True)
    await one.message(rf"^{files} files? waits? for your review: .* \({run}\) waits")
    return run, paths


async def offers(one: Editor, uri: str) -> dict[str, types.Command]:
    """Give the commands that the light bulb offers on a file's first line, by title."""
    start_of_file = types.Range(types.Position(0, 0), types.Position(0, 0))
    params = types.CodeActionParams(
        types.TextDocumentIdentifier(uri), start_of_file, types.CodeActionContext(diagnostics=[])
    )
    found = await one.text_document_code_action_async(params)
    return {action.title: action.command for action in found or () if isinstance(action.command, types.Command)}


async def act(one: Editor, uri: str, title: str) -> None:
    """Pick one of them."""
    command = (await offers(one, uri))[title]
    await one.run(command.command, *(command.arguments or ()))


async def test_a_file_is_accepted_and_another_rejected_by_its_light_bulb(runs: Runs) -> None:
    async with editor(runs.root) as one:
        run, paths = await proposed(one, runs, 2)
        first, second = ((runs.root / path).as_uri() for path in paths)
        one.open(runs.root / paths[0])
        (shown,) = await one.until_locks(first, run)
        assert shown.code == "proposed"
        assert shown.message.startswith(f"Run {run} proposes a change of this file, which waits for your review")
        assert "waits for your review" in (await one.hover(first) or "")
        assert "Give me this file" not in await offers(one, first)
        await act(one, first, "Accept the change of this file")
        await one.until_locks(first)
        assert edits(runs.root / paths[0]) == 1
        await act(one, second, "Reject the change of this file")
        await one.message(r"^1 file changed, 1 left out: .* is done")
        assert edits(runs.root / paths[1]) == 0


async def test_what_a_person_types_meanwhile_is_theirs_and_merged(runs: Runs) -> None:
    async with editor(runs.root) as one:
        run, (path,) = await proposed(one, runs, 1)
        file = runs.root / path
        uri = one.open(file)
        one.change(uri, mine := f"mine = 1\n\n{before(0)}")
        await one.until(lambda: held(runs), "the hold is on the board")
        await one.run(messages.ACCEPT_PROPOSAL, run)
        await one.message(rf"^You hold {path}: .* waits")
        assert edits(file) == 0
        one.save(uri, file, mine)
        await one.message(r"^1 file changed: .* is done")
        assert file.read_text().startswith(mine)
        assert edits(file) == 1


def held(runs: Runs) -> bool:
    """Whether a person holds anything."""
    runs.board.refresh()
    return bool(runs.board.state.holds)


async def test_what_would_become_of_each_file_is_shown(runs: Runs) -> None:
    async with editor(runs.root, proposed=True) as one:
        paths = runs.write(2)
        run = await start(one, review=True)
        await one.until(lambda: one.told[messages.PROPOSED], "the review is told")
        assert one.told[messages.PROPOSED][0]["run"] == run
        (runs.root / paths[0]).write_text(f"mine = 1\n\n{before(0)}")
        (runs.root / paths[1]).write_text("mine = 1\n")
        shown = await one.run(messages.SHOW_PROPOSAL, run)
        files = {file["path"]: file for file in shown["files"]}
        assert text(files[paths[0]]).startswith(f"mine = 1\n\n{before(0)}")
        assert files[paths[0]]["conflict"] == ""
        assert files[paths[1]]["conflict"].startswith("line 1: ")
        status = await one.until_run(run)
        assert status["files"]["proposed"] == 2
        await one.run(messages.ACCEPT_PROPOSAL, {"files": [(runs.root / paths[1]).as_uri()]})
        details = await one.run(messages.SHOW_RUN, run)
        task = next(task for task in details["tasks"] if task["files"][0]["path"] == paths[0])
        with pytest.raises(JsonRpcException, match="look at it again"):
            await one.run(messages.ACCEPT_PROPOSAL, {"task": task["task"], "token": task["token"] - 1})
        await one.run(messages.ACCEPT_PROPOSAL, {"task": task["task"], "token": task["token"]})
        await one.until(lambda: edits(runs.root / paths[0]), "the other lands")
        await reach(one, runs, run, RunState.WAITING)
        shown = await one.run(messages.SHOW_PROPOSAL, run)
        assert [file["path"] for file in shown["files"]] == [paths[1]]
        assert paths[1] in shown["doubt"]
        await one.run(messages.REJECT_PROPOSAL)
        await reach(one, runs, run, RunState.DONE)
        with pytest.raises(JsonRpcException, match="No run proposes anything here"):
            await one.run(messages.REJECT_PROPOSAL)
        await one.message("is done")


def text(file: dict[str, Any]) -> str:
    """Read what a file would become."""
    return Path(file["after"].removeprefix("file://")).read_text()


async def test_a_proposal_is_there_again_after_the_server_was_killed(runs: Runs) -> None:
    async with editor(runs.root) as one:
        run, (path,) = await proposed(one, runs, 1)
        await one.kill()
    async with editor(runs.root) as other:
        await other.message(rf"^1 file waits for your review: .* \({run}\) waits")
        await act(other, (runs.root / path).as_uri(), f"Accept all that run {run} proposes")
        await other.message(r"^1 file changed: .* is done")
