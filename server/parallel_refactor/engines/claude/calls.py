"""What a model says when it calls a tool, taken apart with care, and the answer for what makes no sense."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class ToolError(Exception):
    """The call cannot be carried out. The message tells the model why, and what to do instead."""


def text(call: Mapping[str, Any], name: str, default: str | None = None) -> str:
    """Give a text of a call; raises ToolError where it is missing, without a default, or no text."""
    value = call.get(name, default)
    if not isinstance(value, str):
        raise ToolError(f"{name} must be a string.")
    return value


def number(call: Mapping[str, Any], name: str, default: int | None = None) -> int:
    """Give a whole number of a call; raises ToolError where it is missing, without a default, or none."""
    value = call.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ToolError(f"{name} must be a whole number.")
    return value


def lines_asked_for(call: Mapping[str, Any]) -> tuple[int, int]:
    """Give the `view_range` of a call, counted from 1; -1 as its end, or none at all, means to the end."""
    given = call.get("view_range")
    if given is None:
        return 1, -1
    if not isinstance(given, list) or len(given) != 2 or not all(type(line) is int for line in given):
        raise ToolError("view_range must be two whole numbers: the first line and the last, or -1 for the end.")
    return given[0], given[1]


def numbered(content: str, first: int, last: int, most: int) -> str:
    """Give lines with their numbers as `cat -n` does, at most so many characters; raises ToolError for no lines."""
    lines = content.split("\n")
    if lines[-1] == "":
        lines.pop()
    last = len(lines) if last == -1 else min(last, len(lines))
    if not lines:
        return "(the file is empty)"
    if not 1 <= first <= last:
        raise ToolError(f"There are no lines {first} to {last}: the file has {len(lines)}.")
    shown, size = [], 0
    for line_number, line in enumerate(lines[first - 1 : last], first):
        shown.append(f"{line_number:6}\t{line}")
        size += len(shown[-1]) + 1
        if size > most and line_number < last:
            shown.append(f"(cut here: ask for lines {line_number + 1} to {last} with view_range)")
            break
    return "\n".join(shown)
