"""The server's prompt cache, by the rules that the API documents.

What is cached are beginnings of requests - tools, then system, then messages - that end at a breakpoint: a block with
`cache_control`, or the last block where the request has it at its top. A beginning is there from the moment when the
answer to the request that wrote it begins, for five minutes; reading it starts them anew. A breakpoint finds what ends
up to 20 blocks before it. Beginnings of fewer than 1,024 tokens are not cached.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from attrs import Factory, define, frozen

LIFETIME = 300.0
LEAST = 1_024
EDITOR = 700
"""Tokens that the description of the text editor tool has, which the server knows by itself."""

_LOOK_BACK = 20


@frozen
class Beginning:
    """A beginning of a request that may be cached: its digest, and its tokens."""

    digest: str
    tokens: int


@frozen
class Use:
    """What a request has to do with the cache.

    `read` and `written` are tokens, `rest` those that are neither. `kept` are the beginnings that the cache has once
    the answer begins, the shortest first; `new` of them were not in it.
    """

    read: int
    written: int
    rest: int
    kept: tuple[Beginning, ...]
    new: tuple[Beginning, ...]


@define
class Cache:
    """One account's cache. `writes` counts how often each beginning was written, by digest."""

    clock: Callable[[], float] = time.monotonic
    uses: list[Use] = Factory(list)
    writes: Counter[str] = Factory(Counter)
    _until: dict[str, float] = Factory(dict)

    def look(self, body: Mapping[str, Any]) -> Use:
        """Find out what a request that arrives now reads and writes."""
        beginnings = list(_beginnings(body))
        ends = [at for at, (_, is_breakpoint) in enumerate(beginnings) if is_breakpoint]
        kept = tuple(beginnings[at][0] for at in ends if beginnings[at][0].tokens >= LEAST)
        found = [
            beginnings[at][0].tokens
            for end in ends
            for at in range(max(0, end - _LOOK_BACK), end + 1)
            if self._has(beginnings[at][0])
        ]
        read = max(found, default=0)
        written = max(0, kept[-1].tokens - read) if kept else 0
        rest = tokens(body) - read - written
        return Use(read, written, rest, kept, tuple(one for one in kept if not self._has(one)))

    def begin(self, use: Use) -> None:
        """Keep what a request ends with at its breakpoints: its answer begins."""
        self.uses.append(use)
        self.writes.update(one.digest for one in use.new)
        self._until |= dict.fromkeys((one.digest for one in use.kept), self.clock() + LIFETIME)

    def _has(self, beginning: Beginning) -> bool:
        return self._until.get(beginning.digest, 0.0) > self.clock()


def tokens(body: Mapping[str, Any]) -> int:
    """Count what a request puts in."""
    return max(1, len(json.dumps(body)) // 4) + _editor(body)


def _beginnings(body: Mapping[str, Any]) -> Iterator[tuple[Beginning, bool]]:
    """Give the beginning that ends with each block, and whether there is a breakpoint."""
    digest, size = hashlib.sha256(str(body["model"]).encode()), 0
    blocks = list(_blocks(body))
    for at, (place, block) in enumerate(blocks, 1):
        text = json.dumps({name: value for name, value in block.items() if name != "cache_control"})
        digest.update(f"{place} {text}\n".encode())
        size += len(text)
        is_breakpoint = "cache_control" in block or (at == len(blocks) and "cache_control" in body)
        yield Beginning(digest.hexdigest(), size // 4 + _editor(body)), is_breakpoint


def _blocks(body: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for tool in body.get("tools", ()):
        yield "tools", tool
    for block in _content(body.get("system") or ()):
        yield "system", block
    for message in body["messages"]:
        for block in _content(message["content"]):
            yield message["role"], block


def _content(content: Any) -> list[Mapping[str, Any]]:  # noqa: ANN401
    return [{"type": "text", "text": content}] if isinstance(content, str) else list(content)


def _editor(body: Mapping[str, Any]) -> int:
    return EDITOR * any(str(tool.get("type", "")).startswith("text_editor") for tool in body.get("tools", ()))
