"""Refuses the requests that the real API refuses. It knows no betas, as local servers with the same API do not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

KEY = "sk-test-of-the-double"
_VERSIONS = ("2023-06-01", "2026-10-21")
_FIELDS = {
    *("model", "max_tokens", "messages", "system", "tools", "tool_choice", "stream"),
    *("cache_control", "output_config", "thinking"),
}
_PARTS = {
    "tools": {"type", "name", "description", "input_schema", "cache_control"},
    "system": {"type", "text", "cache_control"},
    "messages": {"role", "content"},
    "output_config": {"effort"},
    "cache_control": {"type"},
}
_BLOCKS = {
    "text": {"type", "text", "cache_control", "citations"},
    "tool_use": {"type", "id", "name", "input", "cache_control", "caller"},
    "server_tool_use": {"type", "id", "name", "input", "cache_control", "caller"},
    "tool_result": {"type", "tool_use_id", "content", "is_error", "cache_control"},
}


class RefusedError(Exception):
    """The request is refused: with this status, type of error, and message."""

    def __init__(self, status: int, kind: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind


def check_headers(headers: Mapping[str, str]) -> None:
    """Refuse a request of an unknown version, with betas or other extras, or without the key; raises RefusedError."""
    if headers.get("anthropic-version") not in _VERSIONS:
        raise _invalid(f"anthropic-version: {headers.get('anthropic-version')!r} is not a known version")
    if strange := {name for name in headers if name.lower().startswith("anthropic-")} - {"anthropic-version"}:
        raise _invalid(f"{', '.join(sorted(strange))}: not known here")
    bearer = headers.get("authorization", "").removeprefix("Bearer ")
    if KEY not in (bearer, headers.get("x-api-key")):
        raise RefusedError(401, "authentication_error", "invalid x-api-key")


def check_request(body: Mapping[str, Any]) -> None:
    """Refuse a request that makes no sense; raises RefusedError."""
    if strange := set(body) - _FIELDS:
        raise _invalid(f"{', '.join(sorted(strange))}: Extra inputs are not permitted")
    for name, known in _PARTS.items():
        parts = body.get(name) or []
        for part in [parts] if isinstance(parts, dict) else parts:
            if isinstance(part, dict) and (strange := set(part) - known):
                raise _invalid(f"{name}: {', '.join(sorted(strange))}: Extra inputs are not permitted")
    if not isinstance(body.get("model"), str) or not body["model"]:
        raise _invalid("model: Field required")
    if not isinstance(body.get("max_tokens"), int) or body["max_tokens"] < 1:
        raise _invalid("max_tokens: Field required")
    names = [tool["name"] for tool in body.get("tools", ())]
    if len(names) != len(set(names)):
        raise _invalid("tools: Tool names must be unique.")
    if str(body).count("'cache_control': {") > 4:
        raise _invalid("A maximum of 4 blocks with cache_control may be provided.")
    _check_messages(body.get("messages") or [])


def _check_messages(messages: list[dict[str, Any]]) -> None:
    if not messages or messages[0]["role"] != "user":
        raise _invalid("messages: first message must use the user role")
    open_calls: list[str] = []
    for index, message in enumerate(messages):
        blocks = _blocks(index, message)
        answered = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
        if sorted(answered) != sorted(open_calls):
            raise _invalid(
                f"messages.{index}: `tool_use` ids {open_calls} need `tool_result` blocks immediately after, "
                f"and there are {answered}"
            )
        kinds = [block["type"] == "tool_result" for block in blocks]
        if kinds != sorted(kinds, reverse=True):
            raise _invalid(f"messages.{index}: tool_result blocks must come first")
        if message["role"] == "user" and any(block["type"] == "tool_use" for block in blocks):
            raise _invalid(f"messages.{index}: tool_use blocks can only be in assistant messages")
        open_calls = [block["id"] for block in blocks if block["type"] == "tool_use"]
    last = messages[-1]
    if open_calls:
        raise _invalid(f"messages: `tool_use` ids {open_calls} have no `tool_result`")
    if last["role"] == "assistant" and not any(block["type"] == "server_tool_use" for block in last["content"]):
        raise _invalid("This model does not support assistant message prefill.")


def _blocks(index: int, message: Mapping[str, Any]) -> list[dict[str, Any]]:
    content = message["content"]
    blocks = [{"type": "text", "text": content}] if isinstance(content, str) else content
    if not blocks:
        raise _invalid(f"messages.{index}: content must be non-empty")
    for block in blocks:
        if strange := set(block) - _BLOCKS.get(block["type"], set()):
            raise _invalid(f"messages.{index}.content: {block['type']}: {sorted(strange)} are not permitted")
        if block["type"] == "text" and not block["text"].strip():
            raise _invalid(f"messages.{index}: text content blocks must be non-empty")
        if block["type"] in ("tool_use", "server_tool_use") and not isinstance(block["input"], dict):
            raise _invalid(f"messages.{index}: tool_use.input must be an object")
    return list(blocks)


def _invalid(message: str) -> RefusedError:
    return RefusedError(400, "invalid_request_error", message)
