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
from starlette.types import Receive, Scope, Send

from tests.doubles.cache import Cache, Use
from tests.doubles.cache import tokens as input_tokens
from tests.doubles.chooser import choose
from tests.doubles.faults import STATUSES, TURNS, Faults
from tests.doubles.limits import Limits
from tests.doubles.player import PLAYS, play
from tests.doubles.stream import event, events
from tests.doubles.strict import RefusedError, check_headers, check_request
from tests.doubles.talk import Reply, Talk


@define
class Books:
    """What was asked for and what it cost, by the double's own count.

    `requests` are the bodies of all requests, `refused` what was wrong with those that were refused. `answers` are the
    tokens of each answer that arrived whole, `tokens` their sum, `begun` the sum over all that began: also of those
    that broke off, which the model has written to their end. `sent` is all that came, to the byte; `whole` counts how
    often each request, by its digest, got an answer that arrived whole.
    """

    requests: list[dict[str, Any]] = Factory(list)
    refused: list[str] = Factory(list)
    answers: list[dict[str, int]] = Factory(list)
    tokens: Counter[str] = Factory(Counter)
    begun: Counter[str] = Factory(Counter)
    sent: list[bytes] = Factory(list)
    whole: Counter[str] = Factory(Counter)

    @property
    def completed(self) -> int:
        """How many answers arrived whole."""
        return len(self.answers)


@define
class Double:
    """The server's parts. `url` is where it is; `counts`: whether it has count_tokens."""

    faults: Faults
    limits: Limits = Factory(Limits)
    url: str = ""
    books: Books = Factory(Books)
    counts: bool = True
    count_requests: int = 0
    cache: Cache = Factory(Cache)

    def app(self) -> Starlette:
        """Give the server's program."""
        routes = [
            Route("/v1/messages", self._messages, methods=["POST"]),
            Route("/v1/messages/count_tokens", self._count, methods=["POST"]),
        ]
        return Starlette(routes=routes)

    async def _count(self, request: Request) -> Response:
        self.count_requests += 1
        self.books.sent.append(await request.body())
        if not self.counts:
            return _error(404, "not_found_error", "no such path")
        return JSONResponse({"input_tokens": input_tokens(await request.json())})

    async def _messages(self, request: Request) -> Response:
        data = await request.body()
        self.books.sent.append(data)
        body = json.loads(data)
        self.books.requests.append(body)
        try:
            check_headers(request.headers)
            check_request(body)
        except RefusedError as error:
            self.books.refused.append(str(error))
            return _error(error.status, error.kind, str(error))
        if 0 < self.limits.longest < input_tokens(body):
            return _error(400, "invalid_request_error", f"prompt is too long: over {self.limits.longest} tokens")
        if not self.limits.arrive():
            return _error(429, "rate_limit_error", "too much at once", {"retry-after": str(self.limits.after)})
        fault = self.faults.next(data)
        if fault in STATUSES or fault == "hangup":
            self.limits.leave()
            return self._failure(request, fault)
        reply, fault = (
            (PLAYS[fault][0](Talk(body)), "") if fault in TURNS else (choose(Talk(body)) or play(body), fault)
        )
        use = self.cache.look(body)
        usage = _usage(use, reply)
        self.books.begun.update(usage)
        name = hashlib.sha256(data).hexdigest()[:16]
        stream = self._stream(list(events(reply, body["model"], usage, name)), fault, usage, use, name)
        return _Answer(stream, self.limits)

    def _failure(self, request: Request, fault: str) -> Response:
        """Answer with an error, or not at all."""
        if fault == "hangup":
            cycle: Any = request.receive
            cycle.__self__.transport.abort()  # uvicorn's own connection
            return Response()
        after = {"retry-after": str(self.limits.after or 0.01)}
        return _error(int(fault), STATUSES[fault], f"injected: {fault}", after)

    async def _stream(
        self, whole: list[bytes], fault: str, usage: Mapping[str, int], use: Use, name: str
    ) -> AsyncIterator[bytes]:
        await asyncio.sleep(self.limits.seconds)
        self.cache.begin(use)
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
            self.books.answers.append(dict(usage))
            self.books.tokens.update(usage)
            self.books.whole[name] += 1


class _Answer(StreamingResponse):
    """An answer that is under way until its end, or until whoever asked has gone."""

    def __init__(self, stream: AsyncIterator[bytes], limits: Limits) -> None:
        super().__init__(stream, media_type="text/event-stream", headers=limits.headers)
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._limits.leave()


@contextmanager
def double(faults: Faults | None = None, limits: Limits | None = None) -> Iterator[Double]:
    """Run a double; it is gone afterwards."""
    made = Double(faults or Faults(), limits or Limits())
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


def _usage(use: Use, reply: Reply) -> dict[str, int]:
    return {
        "input_tokens": use.rest,
        "cache_creation_input_tokens": use.written,
        "cache_read_input_tokens": use.read,
        "output_tokens": max(1, len(json.dumps(reply.content)) // 4),
    }
