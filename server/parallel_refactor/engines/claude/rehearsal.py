"""Does a task when it is imported, so that what tasks need is there before workers are forked, and shared by them.

The SDK loads and builds much only when a request is sent and an answer comes. Who answers here is a server of this
process, at a socket in a folder of its own: nothing is sent anywhere.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx2
from anthropic import AsyncAnthropic, DefaultAsyncHttpxClient

from parallel_refactor.engines.claude.asking import Patience
from parallel_refactor.engines.claude.client import trusted
from parallel_refactor.engines.claude.conversation import Conversation
from parallel_refactor.engines.claude.settings import read_settings
from parallel_refactor.engines.claude.tools import DONE, EDIT
from parallel_refactor.engines.interface import EngineError, Job

_FILE = "rehearsal.py"
_CALLS = {
    EDIT: {"command": "str_replace", "path": _FILE, "old_str": "x = 1", "new_str": "x = 2"},
    DONE: {"summary": "", "files": [{"path": _FILE, "outcome": "changed", "reason": ""}]},
}
_USAGE = {"input_tokens": 1, "output_tokens": 1}


class _NoFiles:
    """A workspace without files."""

    def read(self, path: str) -> bytes:
        raise FileNotFoundError(path)

    def paths(self) -> tuple[str, ...]:
        return ()


async def rehearse(socket: Path) -> None:
    """Do a task with a server at a path; raises EngineError, OSError."""
    settings = read_settings({})  # reads the prices too
    job = Job({_FILE: b"x = 1\n"})
    client = AsyncAnthropic(
        api_key="none",
        base_url="http://localhost",
        max_retries=0,
        http_client=DefaultAsyncHttpxClient(
            verify=trusted(), transport=httpx2.AsyncHTTPTransport(verify=trusted(), uds=str(socket))
        ),
    )
    async with await asyncio.start_unix_server(_answer, socket), client:
        await Conversation(job, _NoFiles(), settings, Patience(tries=1)).hold(client)


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
    )
    await reader.readexactly(length)
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")
    writer.writelines(
        f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n".encode() for kind, data in _events()
    )
    writer.close()


def _events() -> Iterator[tuple[str, dict[str, object]]]:
    message = {"id": "m", "type": "message", "role": "assistant", "model": "none", "content": [], "usage": _USAGE}
    yield "message_start", {"message": {**message, "stop_reason": None, "stop_sequence": None}}
    yield "content_block_start", {"index": 0, "content_block": {"type": "text", "text": ""}}
    yield "content_block_delta", {"index": 0, "delta": {"type": "text_delta", "text": "So."}}
    yield "content_block_stop", {"index": 0}
    for index, (name, call) in enumerate(_CALLS.items(), 1):
        block = {"type": "tool_use", "id": f"call{index}", "name": name, "input": {}}
        yield "content_block_start", {"index": index, "content_block": block}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(call)}
        yield "content_block_delta", {"index": index, "delta": delta}
        yield "content_block_stop", {"index": index}
    yield "message_delta", {"delta": {"stop_reason": "tool_use", "stop_sequence": None}, "usage": {"output_tokens": 1}}
    yield "message_stop", {}


def _begin() -> None:
    try:
        with TemporaryDirectory() as folder:
            asyncio.run(rehearse(Path(folder, "socket")))
    except (EngineError, OSError) as error:  # each worker then loads the same for itself
        sys.stderr.write(f"workers need more memory: what requests need was not loaded before the fork: {error}\n")
        sys.stderr.flush()


_begin()
