"""What a double of a model hears and says: a request as a model reads it, and an answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from attrs import frozen

from tests.doubles.signatures import with_required_keywords

EDIT = "str_replace_based_edit_tool"


@frozen
class Reply:
    """What a model says. `cut`: so many characters of the last tool call's input arrive, and no more."""

    content: tuple[dict[str, Any], ...]
    stop_reason: str = "end_turn"
    cut: int | None = None


@frozen(slots=False)
class Talk:
    """A request, as a model reads it."""

    body: Mapping[str, Any]

    @cached_property
    def files(self) -> dict[str, str]:
        """The files that the model was shown, at the beginning or when it viewed them."""
        return _files(self.body["messages"])

    @property
    def instruction(self) -> str:
        """What the person wants: the end of the system prompt."""
        text = "".join(block["text"] for block in self.body["system"])
        return text.rpartition("request:")[2]

    @property
    def turn(self) -> int:
        """How many answers the model has given."""
        return sum(message["role"] == "assistant" for message in self.body["messages"])

    @property
    def paths(self) -> list[str]:
        """The model's files."""
        listed = str(self.body["messages"][0]["content"]).partition("\n\n")[0]
        return re.findall(r"^- (.+)$", listed, re.MULTILINE)

    def changed(self, path: str) -> str:
        """Give a file's text as it should become."""
        text = self.files.get(path, "")
        for old, new in re.findall(r"Replace `([^`]+)` by `([^`]*)`", self.instruction):
            text = text.replace(old, new)
        for line in re.findall(r"Append `([^`]+)`", self.instruction):
            text = text if line in text else f"{text}{line}\n"
        return with_required_keywords(text, self.instruction, str(self.body["messages"][0]["content"]))


def calling(*inputs: dict[str, Any], name: str = EDIT, stop_reason: str = "tool_use", cut: int | None = None) -> Reply:
    """Give an answer that calls a tool, once with each input."""
    blocks = tuple({"type": "tool_use", "name": name, "input": call} for call in inputs)
    return Reply(({"type": "text", "text": "I go on."}, *blocks), stop_reason, cut)


def calls_of(talk: Talk) -> list[dict[str, Any]]:
    """Give the calls that were carried out."""
    blocks = [block for message in talk.body["messages"][1:] for block in message["content"]]
    failed = {block["tool_use_id"] for block in blocks if block.get("is_error")}
    return [block for block in blocks if block["type"] == "tool_use" and block["id"] not in failed]


def _files(messages: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    shown = dict(re.findall(r'^<file path="(.+?)">\n(.*?)\n</file>$', str(messages[0]["content"]), re.M | re.S))
    shown |= dict.fromkeys(re.findall(r"^(.+) does not exist yet\.$", str(messages[0]["content"]), re.M), "")
    viewed: dict[str, str] = {}
    for message in messages[1:]:
        for block in message["content"]:
            if block["type"] == "tool_use" and block["input"].get("command") == "view":
                viewed[block["id"]] = block["input"]["path"]
            elif block["type"] == "tool_result" and block["tool_use_id"] in viewed and not block.get("is_error"):
                shown.setdefault(viewed[block["tool_use_id"]], block["content"])
    return {path: _without_numbers(text) for path, text in shown.items()}


def _without_numbers(text: str) -> str:
    return "".join(f"{line.partition(chr(9))[2]}\n" for line in text.split("\n") if "\t" in line)
