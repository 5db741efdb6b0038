"""Editors that ask for diagnostics: for a document, for all files, once or with news."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from lsprotocol import types
from pygls.exceptions import JsonRpcException

from lockboard.model import TaskSpec
from tests.lsp.editor import NEOVIM, VSCODE, Editor, editor
from tests.lsp.team import Team

PARTS = "the parts of an answer"

pytestmark = pytest.mark.asyncio


async def test_each_editor_is_served_in_one_way_only(root: Path) -> None:
    async with editor(root, profile=VSCODE) as asks, editor(root, profile=NEOVIM) as gets:
        team = Team(root, TaskSpec("t1", ("a.py",)))
        worker = team.worker()
        team.claim(worker)
        uri = (root / "a.py").as_uri()
        for each in (asks, gets):
            await each.until_locks(uri, worker)
        assert asks.diagnostics == {}
        with pytest.raises(JsonRpcException, match="Method Not Found"):
            await gets.text_document_diagnostic_async(types.DocumentDiagnosticParams(types.TextDocumentIdentifier(uri)))
        team.close()


async def test_what_has_not_changed_is_not_sent_again(root: Path) -> None:
    async with editor(root, profile=VSCODE) as one:
        team = Team(root, TaskSpec("t1", ("a.py", "b.py")))
        worker = team.worker()
        claim = team.claim(worker)
        uri = (root / "a.py").as_uri()
        await one.until_locks(uri, worker)
        document = types.TextDocumentIdentifier(uri)
        full = await one.text_document_diagnostic_async(types.DocumentDiagnosticParams(document))
        assert isinstance(full, types.RelatedFullDocumentDiagnosticReport)
        again = types.DocumentDiagnosticParams(document, previous_result_id=full.result_id)
        same = await one.text_document_diagnostic_async(again)
        assert isinstance(same, types.RelatedUnchangedDocumentDiagnosticReport)
        assert same.result_id == full.result_id

        first = await everything(one)
        assert {report["uri"]: report["kind"] for report in first} == dict.fromkeys(uris(root, "a.py", "b.py"), "full")
        known = [types.PreviousResultId(report["uri"], report["resultId"]) for report in first]
        assert {report["kind"] for report in await everything(one, known)} == {"unchanged"}
        assert team.land(claim, b"new\n")
        await one.until_locks(uri)
        gone = await everything(one, known)
        assert {report["uri"]: report["items"] for report in gone} == {uri: [] for uri in uris(root, "a.py", "b.py")}
        assert await everything(one) == []
        team.close()


async def test_an_editor_that_takes_parts_gets_every_change_until_it_cancels(root: Path) -> None:
    async with editor(root, profile=VSCODE) as one:
        one.streamed[PARTS] = []
        asked = one.protocol.send_request(
            types.WORKSPACE_DIAGNOSTIC,
            types.WorkspaceDiagnosticParams([], partial_result_token=PARTS),
            msg_id="asked",
        )
        team = Team(root, TaskSpec("t1", ("a.py",)))
        worker = team.worker()
        claim = team.claim(worker)

        def latest() -> dict[str, int]:
            return {report["uri"]: len(report["items"]) for report in one.streamed[PARTS]}

        (uri,) = uris(root, "a.py")
        await one.until(lambda: latest() == {uri: 1}, "the lock comes")
        assert team.land(claim, b"new\n")
        await one.until(lambda: latest() == {uri: 0}, "the lock goes")
        one.cancel_request(types.CancelParams("asked"))
        with pytest.raises(JsonRpcException, match="cancelled"):
            await asyncio.wrap_future(asked)
        team.close()


async def test_the_editor_is_told_to_ask_again_when_an_open_file_changed_hands(root: Path) -> None:
    async with editor(root, profile=VSCODE) as one:
        one.streamed[PARTS] = []
        params = types.WorkspaceDiagnosticParams([], partial_result_token=PARTS)
        open_ended = one.protocol.send_request(types.WORKSPACE_DIAGNOSTIC, params)
        one.open(root / "b.py")
        team = Team(root, TaskSpec("t1", ("a.py",), 2), TaskSpec("t2", ("b.py",), 1))
        team.claim(team.worker())
        await one.until(lambda: one.streamed[PARTS], "the lock of the closed file comes")
        before = one.diagnostic_refresh_count
        team.claim(team.worker())
        await one.until(lambda: one.diagnostic_refresh_count > before, "the editor is told")
        team.close()
    with pytest.raises(JsonRpcException, match="cancelled"):
        open_ended.result()


async def everything(one: Editor, known: list[types.PreviousResultId] | None = None) -> list[dict[str, Any]]:
    """Ask for all files."""
    params = types.WorkspaceDiagnosticParams(known or [])
    report = await one.workspace_diagnostic_async(params)
    return [one.protocol._converter.unstructure(item) for item in report.items]


def uris(root: Path, *names: str) -> list[str]:
    return [(root / name).as_uri() for name in names]
