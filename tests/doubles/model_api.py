"""A double of the model's API: a real server on this machine that answers as a model would, and keeps books."""

from __future__ import annotations

import asyncio
import hashlib
import json
import socket
import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import uvicorn
from attrs import Factory, define
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.doubles.faults import STATUSES, Faults
from tests.doubles.player import Reply, play
from tests.doubles.stream import event, events
from tests.doubles.strict import RefusedError, check_headers, check_request


@define
class Books:
    """What was asked for and what it cost, by the double's own count.

    `requests` are the bodies of all requests, `refused` what was wrong with those that were refused. `tokens` are those
    of answers that arrived whole.
    """

    requests: list[dict[str, Any]] = Factory(list)
    refused: list[str] = Factory(list)
    completed: int = 0
    tokens: Counter[str] = Factory(Counter)


@define
class Double:
    """The server's parts. `url` is where it is."""

    faults: Faults
    url: str = ""
    books: Books = Factory(Books)
    _cached: set[str] = Factory(set)

    def app(self) -> Starlette:
        """Give the server's program."""
        routes = [
            Route("/v1/messages", self._messages, methods=["POST"]),
            Route("/v1/messages/count_tokens", self._count, methods=["POST"]),
        ]
        return Starlette(routes=routes)

    async def _count(self, request: Request) -> Response:
        return JSONResponse({"input_tokens": _tokens(await request.json())})

    async def _messages(self, request: Request) -> Response:
        data = await request.body()
        body = json.loads(data)
        self.books.requests.append(body)
        try:
            check_headers(request.headers)
            check_request(body)
        except RefusedError as error:
            self.books.refused.append(str(error))
            return _error(error.status, error.kind, str(error))
        fault = self.faults.next(data)
        if fault in STATUSES:
            return _error(int(fault), STATUSES[fault], f"injected: {fault}", {"retry-after": "0.01"})
        reply = play(body)
        usage = self._usage(body, reply)
        name = hashlib.sha256(data).hexdigest()[:16]
        return StreamingResponse(
            self._stream(list(events(reply, body["model"], usage, name)), fault, usage), media_type="text/event-stream"
        )

    async def _stream(self, whole: list[bytes], fault: str, usage: Mapping[str, int]) -> AsyncIterator[bytes]:
        if fault == "empty":
            return
        if fault == "unfinished":
            whole = [piece for piece in whole if not piece.startswith(b"event: message_delta")]
        for at, piece in enumerate(whole):
            if fault in _BREAKS and at == len(whole) // 2:
                if fault != "truncate":
                    yield await _break_off(fault)
                return
            yield piece
        if not fault:
            self.books.completed += 1
            self.books.tokens.update(usage)

    def _usage(self, body: Mapping[str, Any], reply: Reply) -> dict[str, int]:
        """Count tokens; the shared beginning is written to the cache once, and read from it later."""
        total = _tokens(body)
        shared = _tokens([body.get("tools"), body.get("system")])
        digest = hashlib.sha256(json.dumps([body.get("tools"), body.get("system")]).encode()).hexdigest()
        known = digest in self._cached
        self._cached.add(digest)
        return {
            "input_tokens": total - shared,
            "cache_creation_input_tokens": 0 if known else shared,
            "cache_read_input_tokens": shared if known else 0,
            "output_tokens": _tokens(reply.content),
        }


@contextmanager
def double(faults: Faults | None = None) -> Iterator[Double]:
    """Run a double; it is gone afterwards."""
    made = Double(faults or Faults())
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
        made.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        config = uvicorn.Config(made.app(), log_config=None, log_level="critical", lifespan="off", ws="none")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield made
        finally:
            server.should_exit = server.force_exit = True
            thread.join()


_BREAKS = ("drop", "stall", "error", "truncate", "garble")


async def _break_off(fault: str) -> bytes:
    """Spoil a stream in its middle."""
    if fault == "drop":
        raise ConnectionAbortedError("injected: the connection breaks")
    if fault == "stall":
        await asyncio.sleep(3600)
    if fault == "error":
        return event("error", error={"type": "overloaded_error", "message": "injected: overloaded"})
    assert fault == "garble"
    return b'event: content_block_delta\ndata: {"type": "content_block_delta", "index": 0, "delta": {"ty\n\n'


def _error(status: int, kind: str, message: str, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse({"type": "error", "error": {"type": kind, "message": message}}, status, headers)


def _tokens(value: object) -> int:
    return max(1, len(json.dumps(value)) // 4)
