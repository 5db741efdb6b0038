"""What happened between a worker and its model, in the order in which it did, in a few words each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import ndiff
from typing import Any

from attrs import frozen

from parallel_refactor.running.last_task import Wanted
from parallel_refactor.running.records import Transcript

_LOOKS = ("view", "read_file", "search")
_WIDTH = 400
_MOST_LINES = 40


@frozen
class Event:
    """One thing that happened: a word for it, what it is about, and lines of detail with their colours."""

    word: str
    text: str
    lines: tuple[tuple[str, str], ...] = ()
    colour: str = "cyan"


def requests(record: Transcript) -> int:
    """Count the answers of an attempt."""
    return sum(line["kind"] == "answer" for line in record.lines)


def as_event(wanted: Wanted) -> Event:
    """Tell of an edit that a task wants in a file that is not its own."""
    edit = wanted.edit
    return Event("wanted", f"{edit.path}, by {wanted.task}{_why(edit.why)}", _difference(edit.old, edit.new))


def events(record: Transcript) -> Iterator[Event]:
    """Give what happened in an attempt; what a record has and this does not know is left out."""
    results = dict(_results(record))
    ended = False
    for line in record.lines:
        kind = line["kind"]
        ended = ended or kind == "end"
        if kind == "request" and "system" in line:
            yield Event("asked", f"{_text(line, 'model')}: {_text(line, 'system').rpartition('request:')[2].strip()}")
        elif kind == "answer":
            yield from _answer(line, results)
        elif kind == "check":
            problem = _text(line, "problem")
            yield Event("checked", problem or "passed", colour="red" if problem else "green")
        elif kind == "failure":
            yield Event("waited" if line.get("busy") else "failed", _text(line, "reason"), colour="yellow")
        elif kind == "end":
            yield _end(line)
    if not ended:
        yield Event("broke off", "the worker was killed, or is at work still", colour="yellow")


def _answer(line: Mapping[str, Any], results: Mapping[str, Mapping[str, Any]]) -> Iterator[Event]:
    for block in _objects(line.get("content")):
        if block.get("type") == "text":
            yield Event("said", _short(_text(block, "text")), colour="dim")
        elif block.get("type") == "tool_use" and isinstance(call := block.get("input"), Mapping):
            result = results.get(_text(block, "id"), {})
            yield _call(_text(block, "name"), call, result)
    if (reason := line.get("stop_reason")) not in ("tool_use", "end_turn"):
        yield Event("stopped", str(reason), colour="yellow")


def _call(name: str, call: Mapping[str, Any], result: Mapping[str, Any]) -> Event:
    command = _text(call, "command") or name
    path = _text(call, "path")
    if result.get("is_error"):
        return Event("refused", f"{command} {path}: {_short(_text(result, 'content'))}", colour="red")
    if command in _LOOKS:
        return _look(command, path, call, _text(result, "content"))
    if command == "str_replace":
        return Event("edited", path, _difference(_text(call, "old_str"), _text(call, "new_str")))
    if command == "insert":
        return Event("edited", f"{path}, after line {call.get('insert_line')}", _added(_text(call, "insert_text")))
    if command == "propose_edit":
        said = f"{path}{_why(_text(call, 'why'))}"
        return Event("proposed", said, _difference(_text(call, "old_str"), _text(call, "new_str")))
    return Event("wrote", path, _added(_text(call, "file_text"))) if command == "create" else Event("called", command)


def _look(command: str, path: str, call: Mapping[str, Any], result: str) -> Event:
    if command == "search":
        below = f" in {path}" if path else ""
        return Event("searched", f"{_text(call, 'text')!r}{below}: {result.count(chr(10)) + 1} lines")
    lines = call.get("view_range")
    return Event("read", f"{path}, lines {lines[0]} to {lines[1]}" if isinstance(lines, list) else path)


def _difference(old: str, new: str) -> tuple[tuple[str, str], ...]:
    colours = {"-": "red", "+": "green", " ": "dim"}
    lines = [line for line in ndiff(old.splitlines(), new.splitlines()) if line[:1] in colours]
    return _cut([(line, colours[line[0]]) for line in lines])


def _added(text: str) -> tuple[tuple[str, str], ...]:
    return _cut([(f"+ {line}", "green") for line in text.splitlines()])


def _cut(lines: list[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    more = len(lines) - _MOST_LINES
    return (*lines[:_MOST_LINES], *([(f"and {more} more lines", "dim")] if more > 0 else []))


def _end(line: Mapping[str, Any]) -> Event:
    outcome = _text(line, "outcome")
    told = [
        (f"{_text(file, 'path')}: {_text(file, 'outcome')}{''.join(f', {reason}' for reason in _reasons(file))}", "")
        for file in _objects(line.get("files"))
    ]
    said = _text(line, "summary") or _text(line, "reason")
    return Event(outcome, said, tuple(told), "green" if outcome == "finished" else "red")


def _reasons(file: Mapping[str, Any]) -> list[str]:
    return [_text(left, "reason") for left in _objects(file.get("left"))]


def _results(record: Transcript) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give what came of each call that has a result, by the call's id."""
    for line in record.lines:
        if line["kind"] == "request" and isinstance(line.get("content"), list):
            for content in line["content"]:
                for block in _objects(content):
                    if block.get("type") == "tool_result":
                        yield _text(block, "tool_use_id"), block


def _objects(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _why(reason: str) -> str:
    return f": {_short(reason)}" if reason else ""


def _text(facts: Mapping[str, Any], name: str) -> str:
    value = facts.get(name, "")
    return value if isinstance(value, str) else ""


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _WIDTH else f"{text[:_WIDTH]} ..."
