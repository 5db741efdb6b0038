# ruff: noqa: ANN401  (what goes over the wire is anything)
"""An editor for tests: a real server on standard input and output, and a client that misses nothing.

Whatever the server sends must be handled: by the editor (diagnostics, progress), or by the test (messages and questions
for the person). What was not, and what the server's log should not have, fails the test. On failure the whole exchange
is printed.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from lsprotocol import types
from lsprotocol.converters import get_converter
from pygls.lsp.client import LanguageClient as PlainClient
from pytest_lsp import LanguageClient
from pytest_lsp.client import DEFAULT_CLIENT_FEATURES

from parallel_refactor.lsp import messages
from tests.lsp.recorder import Recorder, make_converter

PROFILES = {path.stem.split("_v")[0]: path for path in (Path(__file__).parent / "profiles").glob("*.json")}
VSCODE, NEOVIM = "visual_studio_code", "neovim"
COMMAND = (sys.executable, "-m", "parallel_refactor.lsp")
DEADLINE = 30.0
"""Seconds after which something that should happen counts as not happening."""

_LONGEST_BUSY = 0.1
"""Seconds of processor time that a turn of the server's loop may take. Wall time would judge other programs."""

Value = TypeVar("Value")


class Editor(LanguageClient):
    """One editor with its server."""

    def __init__(self, profile: str, folders: tuple[Path, ...], ours: dict[str, bool]) -> None:
        super().__init__(protocol_cls=Recorder, converter_factory=make_converter)
        self.profile = profile
        self.folders = folders
        self.ours = ours
        self.exchange: list[str] = []
        self.server_log: list[str] = []
        self.problems: list[str] = []
        self.questions: list[types.ShowMessageRequestParams] = []
        self.changes: list[dict[str, Any]] = []
        self.streamed: dict[str, list[dict[str, Any]]] = {}
        self.told: dict[str, list[dict[str, Any]]] = {}
        self.asked_to_save: list[list[str]] = []
        self.versions: dict[str, int] = {}
        self._answers: dict[str, Callable[[], Awaitable[str | None]]] = {}
        self._arrived = asyncio.Event()
        client_features = (
            types.WINDOW_SHOW_MESSAGE,
            types.WINDOW_WORK_DONE_PROGRESS_CREATE,
            types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS,
            types.WORKSPACE_DIAGNOSTIC_REFRESH,
        )
        for method in client_features:
            self.feature(method)(DEFAULT_CLIENT_FEATURES[method])
        self.feature(types.WINDOW_SHOW_MESSAGE_REQUEST)(partial(self.reply))
        self.feature(types.PROGRESS)(partial(self._note_progress))
        if ours.get("boardChanged"):
            self.feature(messages.BOARD_CHANGED)(partial(self.changes.append))
        for method in (messages.PLANNED, messages.ENDED, messages.CONTESTED, messages.PROPOSED):
            if ours.get(method.rpartition("/")[2]):
                self.feature(method)(partial(self.told.setdefault(method, []).append))
        if ours.get("saveFiles"):
            self.feature(messages.SAVE_FILES)(partial(self._note_files))

    # ---- waiting

    async def until(self, check: Callable[[], Value], what: str) -> Value:
        """Wait until a check gives something true, and give that; at the deadline the test fails with `what`."""
        end = time.monotonic() + DEADLINE
        while not (found := check()):
            if time.monotonic() > end:
                raise AssertionError(f"did not happen in {DEADLINE:.0f} s: {what}")
            self._arrived.clear()
            try:
                await asyncio.wait_for(self._arrived.wait(), 0.02)  # what is awaited need not be a message
            except TimeoutError:
                continue
        return found

    def arrive(self, method: str, params: Any) -> None:
        """Note that something came from the server."""
        self.exchange.append(f"<- {method} {params}")
        self._arrived.set()

    async def message(self, pattern: str) -> str:
        """Wait for a message to the person that matches, and count it as handled."""

        def take() -> str:
            for shown in self.messages:
                if re.search(pattern, shown.message):
                    self.messages.remove(shown)
                    return shown.message
            return ""

        return await self.until(take, f"a message like {pattern!r}")

    def answer(self, pattern: str, choose: str | Callable[[], Awaitable[str | None]] | None) -> None:
        """Answer the questions that match with one of their actions, or with None for "went away"."""

        async def given() -> str | None:
            return choose if isinstance(choose, str) or choose is None else await choose()

        self._answers[pattern] = given

    async def reply(self, question: types.ShowMessageRequestParams) -> types.MessageActionItem | None:
        """Give the answer that the test prepared."""
        self.questions.append(question)
        for pattern, choose in self._answers.items():
            if re.search(pattern, question.message):
                chosen = await choose()
                offered = [action.title for action in question.actions or ()]
                assert chosen is None or chosen in offered, f"{chosen!r} is not among {offered}"
                return types.MessageActionItem(chosen) if chosen else None
        self.problems.append(f"a question that the test does not expect: {question.message}")
        return None

    # ---- what a person does

    async def run(self, command: str, *arguments: Any) -> Any:
        """Execute a command."""
        return await self.workspace_execute_command_async(types.ExecuteCommandParams(command, list(arguments)))

    def open(self, path: Path, text: str | None = None) -> str:
        """Open a file, with the text that is on disk or another; gives the URI."""
        shown = path.read_bytes().decode() if text is None else text
        uri = path.as_uri()
        self.versions[uri] = 1
        self.text_document_did_open(
            types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, types.LanguageKind.Python, 1, shown))
        )
        return uri

    def change(self, uri: str, text: str) -> None:
        """Replace the whole text of a buffer."""
        self.versions[uri] += 1
        self.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(self.versions[uri], uri),
                [types.TextDocumentContentChangeWholeDocument(text)],
            )
        )

    def save(self, uri: str, path: Path, text: str) -> None:
        """Write a buffer to the disk."""
        path.write_bytes(text.encode())
        self.text_document_did_save(types.DidSaveTextDocumentParams(types.TextDocumentIdentifier(uri)))

    def close(self, uri: str) -> None:
        """Close a buffer."""
        self.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))

    async def locks(self, uri: str) -> list[types.Diagnostic]:
        """Give the diagnostics of a file as this editor gets them: asked for, or as they were sent."""
        if self.profile == VSCODE:
            document = types.TextDocumentIdentifier(uri)
            report = await self.text_document_diagnostic_async(types.DocumentDiagnosticParams(document))
            assert isinstance(report, types.RelatedFullDocumentDiagnosticReport)
            return list(report.items)
        return list(self.diagnostics.get(uri, ()))

    async def until_locks(self, uri: str, *owners: str) -> list[types.Diagnostic]:
        """Wait until a file's diagnostics name these owners, one each."""
        end = time.monotonic() + DEADLINE
        while True:
            found = await self.locks(uri)
            if len(found) == len(owners) and all(map(_names, found, owners)):
                return found
            assert time.monotonic() < end, f"{uri} is not shown as owned by {owners or 'nobody'}, but: {found}"
            await asyncio.sleep(0.02)

    async def until_run(self, run: str) -> dict[str, Any]:
        """Wait until the server knows a run, and give what it says of it."""
        end = time.monotonic() + DEADLINE
        while True:
            boards = await self.run(messages.SHOW_BOARD)
            for status in (status for folder in boards["folders"] for status in folder["runs"]):
                if status["run"] == run:
                    return dict(status)
            assert time.monotonic() < end, f"{run} is not on {boards}"

    async def until_text(self, uri: str) -> str | None:
        """Give a document's text as the server has it; what was sent before has been taken in by then."""
        asked = self.protocol.send_request_async(messages.VIEW_FILE_TEXT, {"uri": uri})  # type: ignore[no-untyped-call]
        found: str | None = await asked
        return found

    async def hover(self, uri: str, line: int = 0) -> str | None:
        """Point at a line, and give what is shown there."""
        params = types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(line, 0))
        shown = await self.text_document_hover_async(params)
        if shown is None:
            return None
        assert isinstance(shown.contents, types.MarkupContent)
        return shown.contents.value

    # ---- the server

    async def start_io(self, cmd: str, *args: Any, **kwargs: Any) -> None:
        """Start the server, and keep what it logs."""
        await PlainClient.start_io(self, cmd, *args, **kwargs)
        assert self._server is not None
        self._stderr_forwarder = asyncio.create_task(self._keep_log(self._server))

    async def introduce(self) -> types.InitializeResult:
        """Initialize the server as this profile does."""
        params = get_converter().structure(json.loads(PROFILES[self.profile].read_text()), types.InitializeParams)
        params.process_id = os.getpid()
        params.workspace_folders = [types.WorkspaceFolder(path.as_uri(), path.name) for path in self.folders]
        params.capabilities.experimental = {"parallelRefactor": self.ours}
        return await self.initialize_session(params)

    async def finish(self) -> None:
        """End the server as an editor does; it must end well."""
        await self.shutdown_session()
        assert self.process.returncode == 0

    async def kill(self) -> None:
        """Let the server die."""
        self.process.kill()
        await self.process.wait()

    @property
    def process(self) -> asyncio.subprocess.Process:
        """The server's process."""
        assert self._server is not None
        return self._server

    def report_server_error(self, error: Exception, source: Any) -> None:  # noqa: ARG002
        """Note what the client could not handle: a breach of the protocol, or a fault of the test."""
        self.problems.append(f"{error!r}")

    def check(self) -> None:
        """Fail for what nobody handled, and for what the server's log should not have."""
        found = [*self.problems, *(f"a message that nobody expects: {shown.message}" for shown in self.messages)]
        for line in self.server_log:
            slow = re.search(r"\(([\d.]+) s of them busy", line)
            if "Traceback" in line or " ERROR " in line or (slow and float(slow[1]) > _LONGEST_BUSY):
                found.append(line)
        assert not found, "\n".join(found)

    def _note_progress(self, params: types.ProgressParams) -> None:
        if params.token in self.streamed:
            self.streamed[str(params.token)] += (params.value or {})["items"]
        else:
            DEFAULT_CLIENT_FEATURES[types.PROGRESS](self, params)

    def _note_files(self, params: dict[str, list[str]]) -> None:
        self.asked_to_save.append(params["uris"])

    async def _keep_log(self, server: asyncio.subprocess.Process) -> None:
        assert server.stderr is not None
        while line := await server.stderr.readline():
            self.server_log.append(line.decode().rstrip("\n"))


@asynccontextmanager
async def editor(
    folder: Path, *others: Path, profile: str = NEOVIM, command: tuple[str, ...] = COMMAND, **ours: bool
) -> AsyncIterator[Editor]:
    """Open folders in an editor. `ours` are the experimental capabilities that it declares."""
    client = Editor(profile, (folder, *others), ours)
    await client.start_io(*command, cwd=folder)
    try:
        await client.introduce()
        yield client
        if client.process.returncode is None:
            await client.finish()
        await client.stop()  # type: ignore[no-untyped-call]
        client.check()
    except BaseException:
        print("\n".join(["The exchange:", *client.exchange, "The server's log:", *client.server_log]))
        if client.process.returncode is None:
            await client.kill()
        raise


def _names(diagnostic: types.Diagnostic, owner: str) -> bool:
    return re.search(rf"\b{re.escape(owner)}\b", diagnostic.message) is not None
