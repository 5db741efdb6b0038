"""Locks where people look: diagnostics on open and closed files, hover, and what can be done about them."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

import pytest
from lsprotocol import types

from lockboard.model import TaskSpec
from parallel_refactor.lsp import messages
from parallel_refactor.running.books import RATE
from parallel_refactor.running.ledger import Ledger
from parallel_refactor.running.spending import Asked, Waits
from tests.lsp.editor import NEOVIM, VSCODE, Editor, editor
from tests.lsp.team import Team

pytestmark = [pytest.mark.asyncio, pytest.mark.parametrize("profile", [NEOVIM, VSCODE])]


async def test_locks_appear_and_vanish_on_open_and_closed_files(root: Path, profile: str) -> None:
    async with editor(root, profile=profile) as one:
        opened = one.open(root / "a.py")
        closed = (root / "b.py").as_uri()
        team = Team(root, TaskSpec("t1", ("a.py", "b.py")), title="Add docstrings")
        worker = team.worker()
        claim = team.claim(worker)
        for uri, other in ((opened, closed), (closed, opened)):
            (lock,) = await one.until_locks(uri, worker)
            assert (lock.source, lock.code) == ("parallel-refactor", "locked")
            assert lock.severity == types.DiagnosticSeverity.Information
            assert lock.range.start.line == lock.range.end.line == 0
            assert re.search(r"Add docstrings \(since \d\d:\d\d:\d\d\)", lock.message)
            assert [related.location.uri for related in lock.related_information or ()] == [other]
        assert (await one.locks(opened))[0].range.end.character == 1
        assert team.land(claim, b"new\n")
        for uri in (opened, closed):
            await one.until_locks(uri)
        team.close()


async def test_hover_on_the_first_line_names_owner_task_run_and_time(root: Path, profile: str) -> None:
    async with editor(root, profile=profile) as one:
        uri = one.open(root / "a.py")
        assert await one.hover(uri) is None
        team = Team(root, TaskSpec("t1", ("a.py", "b.py")), title="Rename *all* <b>")
        worker = team.worker()
        claim = team.claim(worker)
        await one.until_locks(uri, worker)
        shown = await one.hover(uri)
        assert shown is not None
        for fact in (worker, team.run, "t1 (2 files)", r"Rename \*all\* \<b\>", "is changing"):
            assert fact in shown
        assert await one.hover(uri, line=1) is None
        team.submit(claim, b"new\n")
        await one.until_locks(uri, "lands soon")
        assert "lands soon" in (await one.hover(uri) or "")
        team.close()


async def test_a_worker_that_waits_for_a_model_says_so(root: Path, profile: str) -> None:
    async with editor(root, profile=profile) as one:
        uri = one.open(root / "a.py")
        team = Team(root, TaskSpec("t1", ("a.py",)))
        worker = team.worker()
        team.claim(worker)
        await one.until_locks(uri, "is changing this file")
        with closing(Ledger(team.board.layout.run(team.run))) as ledger:
            with ledger.changing() as write:
                write(Waits(worker, "t1", RATE))
            await one.until_locks(uri, "has this file, and is waiting for the rate limit")
            with ledger.changing() as write:
                write(Asked(worker, "t1", {"output_tokens": 5}))
            await one.until_locks(uri, "is changing this file")
        team.close()


async def test_what_can_be_done_is_offered_on_the_first_line(root: Path, profile: str) -> None:
    async with editor(root, profile=profile) as one:
        uri = one.open(root / "a.py")
        assert await offers(one, uri) == []
        team = Team(root, TaskSpec("t1", ("a.py",)))
        worker = team.worker()
        team.claim(worker)
        await one.until_locks(uri, worker)
        assert await offers(one, uri) == [
            ("Give me this file", messages.TAKE_FILE, [uri]),
            (f"Cancel worker {worker}", messages.CANCEL_WORKER, [worker]),
            (f"Cancel run {team.run}", messages.CANCEL_RUN, [team.run]),
        ]
        assert await offers(one, uri, line=1) == []
        assert await offers(one, uri, only=[types.CodeActionKind.Refactor]) == []
        team.close()


async def test_a_board_that_is_there_already_and_one_that_goes(root: Path, profile: str) -> None:
    team = Team(root, TaskSpec("t1", ("a.py",)))
    worker = team.worker()
    team.claim(worker)
    async with editor(root, profile=profile) as one:
        uri = one.open(root / "a.py")
        await one.until_locks(uri, worker)
        (root / ".task_board").rename(root.parent / "gone")
        await one.until_locks(uri)
        (root.parent / "gone").rename(root / ".task_board")
        await one.until_locks(uri, worker)
        team.close()


async def test_people_see_the_holds_of_others_and_not_their_own(root: Path, profile: str) -> None:
    Team(root).close()
    async with editor(root, profile=profile) as one, editor(root, profile=profile) as other:
        mine, theirs = one.open(root / "a.py"), other.open(root / "a.py")
        one.change(mine, "mine\n")
        (lock,) = await other.until_locks(theirs, "unsaved text")
        assert lock.code == "held"
        assert await one.locks(mine) == []
        assert await one.hover(mine) is None
        assert "unsaved text" in (await other.hover(theirs) or "")
        one.close(mine)
        await other.until_locks(theirs)


async def test_several_folders_have_a_board_each(root: Path, profile: str) -> None:
    second = root.parent / "second"
    second.mkdir()
    (second / "a.py").write_text("1\n")
    async with editor(root, second, profile=profile) as one:
        uris = [one.open(folder / "a.py") for folder in (root, second)]
        teams = [Team(folder, TaskSpec("t1", ("a.py",)), title=folder.name) for folder in (root, second)]
        for team, uri in zip(teams, uris, strict=True):
            worker = team.worker()
            team.claim(worker)
            (lock,) = await one.until_locks(uri, worker)
            assert team.board.root.name in lock.message
        removed = types.WorkspaceFoldersChangeEvent(added=[], removed=[types.WorkspaceFolder(second.as_uri(), "")])
        one.workspace_did_change_workspace_folders(types.DidChangeWorkspaceFoldersParams(removed))
        await one.until_locks(uris[1])
        await one.until_locks(uris[0], "r1-w1")
        added = types.WorkspaceFoldersChangeEvent(added=removed.removed, removed=[])
        one.workspace_did_change_workspace_folders(types.DidChangeWorkspaceFoldersParams(added))
        await one.until_locks(uris[1], "r1-w1")
        for team in teams:
            team.close()


async def test_names_that_are_hard_to_spell(root: Path, profile: str) -> None:
    names = ("ä ö%20#?.py", "[x] (1).py", "naïve\N{COMBINING ACUTE ACCENT}.py")
    for name in names:
        (root / name).write_text("x")
    async with editor(root, profile=profile) as one:
        uris = [one.open(root / name) for name in names[:2]] + [(root / names[2]).as_uri()]
        team = Team(root, TaskSpec("t1", names))
        worker = team.worker()
        team.claim(worker)
        for uri in uris:
            await one.until_locks(uri, worker)
        team.close()


async def offers(
    one: Editor, uri: str, *, line: int = 0, only: list[types.CodeActionKind | str] | None = None
) -> list[tuple[str, str, list[object]]]:
    place = types.Range(types.Position(line, 0), types.Position(line, 0))
    context = types.CodeActionContext(diagnostics=(await one.locks(uri))[:1], only=only)
    params = types.CodeActionParams(types.TextDocumentIdentifier(uri), place, context)
    found = []
    for action in await one.text_document_code_action_async(params) or ():
        assert isinstance(action, types.CodeAction)
        assert action.command is not None
        assert action.diagnostics
        found.append((action.title, action.command.command, list(action.command.arguments or ())))
    return found
