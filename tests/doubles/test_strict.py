"""What the double refuses, as the API does, or servers that know no betas. Over HTTP, with and without the SDK."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from anthropic import Anthropic, BadRequestError

from parallel_refactor.engines.claude.tools import TOOLS
from tests.doubles.model_api import Double, double
from tests.doubles.strict import KEY

_CALL = {"type": "tool_use", "id": "c1", "name": "done", "input": {}}
_RESULT = {"type": "tool_result", "tool_use_id": "c1", "content": "well"}
_ASKED = {"role": "user", "content": "Your files:\n- a.py\n\na.py does not exist yet."}
_CACHED = {"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}
_GOOD: dict[str, Any] = {
    "model": "claude-sonnet-5-5",
    "max_tokens": 100,
    "system": [{"type": "text", "text": "The person's request:\n\nNothing."}],
    "tools": list(TOOLS),
    "messages": [_ASKED],
}


@pytest.fixture(scope="module")
def served() -> Iterator[Double]:
    with double() as made:
        yield made


def _post(served: Double, body: dict[str, Any], **headers: str) -> tuple[int, str]:
    sent = {"anthropic-version": "2026-10-21", "authorization": f"Bearer {KEY}", **headers}
    answer = httpx2.post(f"{served.url}/v1/messages", json=body, headers=sent)
    return answer.status_code, answer.text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"context_management": {}}, "context_management: Extra inputs"),
        ({"betas": ["x"]}, "betas: Extra inputs"),
        ({"temperature": 0.5}, "temperature: Extra inputs"),
        ({"output_config": {"effort": "low", "mood": "good"}}, "output_config: mood"),
        ({"tools": [*TOOLS, {"name": "x", "input_schema": {}, "defer_loading": True}]}, "tools: defer_loading"),
        ({"system": [{**_CACHED, "id": "x"}]}, "system: id"),
        ({"messages": [{**_ASKED, "name": "me"}]}, "messages: name"),
        ({"messages": [{"role": "user", "content": [{"type": "image", "source": "x"}]}]}, "image"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"messages": []}, "first message must use the user role"),
        ({"messages": [_ASKED, {"role": "assistant", "content": [_CALL]}]}, "have no `tool_result`"),
        ({"messages": [_ASKED, {"role": "assistant", "content": [_CALL]}, _ASKED]}, "immediately after"),
        ({"messages": [_ASKED, {"role": "user", "content": [_RESULT]}]}, "immediately after"),
        ({"messages": [{"role": "user", "content": " "}]}, "non-empty"),
        ({"messages": [{"role": "user", "content": [_CACHED] * 5}]}, "maximum of 4"),
        ({"tools": [TOOLS[0], TOOLS[0]]}, "unique"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_or_is_a_beta_is_refused(served: Double, change: dict[str, Any], said: str) -> None:
    status, text = _post(served, {**_GOOD, **change})
    assert (status, said in text) == (400, True), text


@pytest.mark.parametrize(
    ("headers", "status", "said"),
    [
        ({"anthropic-beta": "context-management-2025-06-27"}, 400, "anthropic-beta: not known here"),
        ({"anthropic-workspace": "x"}, 400, "anthropic-workspace: not known here"),
        ({"anthropic-version": "1999-01-01"}, 400, "not a known version"),
        ({"authorization": "Bearer other"}, 401, "invalid x-api-key"),
    ],
)
def test_unknown_headers_are_refused(served: Double, headers: dict[str, str], status: int, said: str) -> None:
    found, text = _post(served, _GOOD, **headers)
    assert (found, said in text) == (status, True), text


def test_a_beta_of_the_sdk_is_refused_and_the_rest_is_not(served: Double) -> None:
    assert _post(served, _GOOD)[0] == 200
    with Anthropic(api_key=KEY, base_url=served.url, max_retries=0) as client:
        with client.messages.stream(**_GOOD) as stream:
            assert stream.get_final_message().stop_reason == "tool_use"
        with pytest.raises(BadRequestError, match="anthropic-beta"):
            client.beta.messages.create(**_GOOD, betas=["context-management-2025-06-27"])
