"""An answer as the API streams it: server-sent events."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.doubles.talk import Reply

_PIECE = 40  # characters in one delta


def events(reply: Reply, model: str, usage: Mapping[str, int], name: str) -> Iterator[bytes]:
    """Give the events of an answer, from message_start to message_stop."""
    message: dict[str, Any] = {
        "id": f"msg_{name}",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {**usage, "output_tokens": 1},
    }
    yield event("message_start", message=message)
    yield event("ping")
    for index, block in enumerate(reply.content):
        yield from _block(index, block, name, reply.cut if index == len(reply.content) - 1 else None)
    delta = {"stop_reason": reply.stop_reason, "stop_sequence": None}
    yield event("message_delta", delta=delta, usage={"output_tokens": usage["output_tokens"]})
    yield event("message_stop")


def event(kind: str, **data: Any) -> bytes:
    """Give one event."""
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **data})}\n\n".encode()


def _block(index: int, block: Mapping[str, Any], name: str, cut: int | None) -> Iterator[bytes]:
    start: dict[str, Any]
    if block["type"] in ("text", "thinking"):
        key = block["type"]
        start, text, kind = {**block, key: ""}, block[key], f"{key}_delta"
    else:
        start = {"id": f"toolu_{name}_{index}", **block, "input": {}}
        text, kind, key = json.dumps(block["input"])[:cut], "input_json_delta", "partial_json"
    yield event("content_block_start", index=index, content_block=start)
    for at in range(0, len(text), _PIECE):
        yield event("content_block_delta", index=index, delta={"type": kind, key: text[at : at + _PIECE]})
    yield event("content_block_stop", index=index)
