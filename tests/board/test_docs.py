"""docs/board.md documents every line of the log and every state."""

from __future__ import annotations

import re
from pathlib import Path

from msgspec.structs import fields

from lockboard.entries import Entry
from lockboard.model import RunState, TaskState, Wish
from tests.faults.bug_list import BUGS

TEXT = (Path(__file__).parents[2] / "docs" / "board.md").read_text(encoding="utf-8")


def test_every_line_and_field_is_documented() -> None:
    section = TEXT.split("## The log")[1].split("\n## ")[0]
    rows = {row[0]: row[1] for row in re.findall(r"^\| `(\w+)` \| ([^|]+) \|", section, re.MULTILINE)}
    for entry in Entry.__args__:
        op = entry.__struct_config__.tag
        named = set(re.findall(r"\w+", rows.pop(op)))
        missing = {field.name for field in fields(entry)} - named
        assert not missing, f"{op}: {missing}"
    assert not rows, f"no such lines: {rows}"


def test_every_state_and_wish_is_documented() -> None:
    words = set(re.findall(r"[a-z-]+", TEXT))
    for state in (*RunState, *TaskState, *Wish):
        assert state in words, state


def test_every_deliberate_bug_is_listed_with_its_test() -> None:
    rows = re.findall(r"^\| ([^|]+) \| `([^`]+)` \|$", TEXT.split("| bug | noticed by |")[1], re.MULTILINE)
    assert rows == [(bug.name, bug.test.removeprefix("tests/")) for bug in BUGS]
    assert all("::" in bug.test for bug in BUGS)
