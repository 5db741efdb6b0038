"""Finds what models leave out when they should write all of a file."""

from __future__ import annotations

import re

_MARK = r"^\s*(?:#+|//+|/\*+|\*+|--+|;+|%+|<!--|\{/\*|\"\"\")?\s*[\[(]?\s*"
_DOTS = r"(?:\.{3}|…)"
_THING = (
    r"(?:files?|code|class(?:es)?|functions?|modules?|methods?|implementations?|contents?|imports?|lines?|tests?"
    r"|logic|body)"
)
_SAME = r"(?:unchanged|the same|as (?:before|is|it was)|omitted|remains?|stays?|goes? here|here|as above)"
_PLACEHOLDER = re.compile(
    rf"{_MARK}(?:"
    rf"{_DOTS}\s*\[?\(?(?:the )?(?:rest|remainder|remaining|existing|other|previous|unchanged|same|omitted)\b"
    rf"|{_DOTS}?\s*(?:the )?(?:rest|remainder) of (?:the |this |your )?(?:\w+ )?{_THING}\b.{{0,40}}?(?:{_SAME}|{_DOTS})"
    rf"|(?:the )?(?:existing|previous|remaining|other|unchanged) {_THING}\b.{{0,40}}?(?:{_SAME}|{_DOTS})"
    rf"|{_THING} (?:unchanged|omitted)\b"
    r")",
    re.IGNORECASE,
)
_LEAST_TAIL = 5


def placeholder(old: str, new: str) -> str:
    """Give the first line of a new text that stands for code left out, and was not in the old text; "" if none."""
    known = {line.strip() for line in old.splitlines()}
    lines = (line.strip() for line in new.splitlines())
    return next((line for line in lines if line not in known and _begins_as_comment(line)), "")


def dropped_lines(old: str, new: str) -> int:
    """Give the line from which on the old text is missing in the new one, 0 where it goes on to its end.

    It is missing where most of the first half is still there and of the last quarter not one line.
    """
    before = [(number, line.strip()) for number, line in enumerate(old.splitlines(), 1) if len(line.strip()) > 3]
    tail = before[len(before) * 3 // 4 :]
    head = before[: len(before) // 2]
    kept = {line.strip() for line in new.splitlines()}
    if len(tail) < _LEAST_TAIL or any(line in kept for _, line in tail):
        return 0
    if 2 * sum(line in kept for _, line in head) < len(head):
        return 0
    return next(number for number, line in before if line not in kept and number > _last_kept(before, kept))


def _begins_as_comment(line: str) -> bool:
    return bool(line) and not line[0].isalnum() and bool(_PLACEHOLDER.match(line))


def _last_kept(before: list[tuple[int, str]], kept: set[str]) -> int:
    return max((number for number, line in before if line in kept), default=0)
