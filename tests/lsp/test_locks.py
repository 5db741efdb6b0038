"""Locks where people look: diagnostics on open and closed files, hover, and what can be done about them."""

from __future__ import annotations

from pathlib import Path

import pytest
from lsprotocol import types

from lockboard.model import TaskSpec
from tests.lsp.editor import NEOVIM, VSCODE, editor
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
            assert "Add docstrings" in lock.message
            assert [related.location.uri for related in lock.related_information or ()] == [other]
        assert (await one.until_locks(opened, worker))[0].range.end.character == len("name = 'a.py'")
        assert team.land(claim, b"new\n")
        for uri in (opened, closed):
            await one.until_locks(uri)
        team.close()
        assert await one.locks(opened) == []
