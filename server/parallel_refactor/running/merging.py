"""Merges two changes of one text, three ways, line by line; what both changed in one place is not guessed.

It is our own because the library for it is under the GPL, and this program is not.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Sequence

from lockboard.digest import digest
from lockboard.errors import ConflictError
from lockboard.model import ABSENT, FileChange

_LINE = re.compile(rb"[^\n]*\n|[^\n]+")


def bring_up(
    change: FileChange, new: bytes | None, present: bytes | None, find: Callable[[str], bytes | None]
) -> bytes | None:
    """Give what a file becomes when a change that was made of another text of it comes to the present one.

    None stands for no file. `find` gives a text by its digest, None where it is not known. Raises ConflictError.
    """
    if digest(present) == change.base:
        return new
    if present == new:
        return present
    if present is None:
        raise ConflictError("it is deleted, and the change is about a text that it had")
    if change.base == ABSENT:
        raise ConflictError("somebody else has made a file of this name")
    if new is None:
        raise ConflictError("it would be deleted, and has changed since")
    base = find(change.base)
    if base is None:
        raise ConflictError("it has changed, and the text that it had is no longer known")
    return merge(base, present, new)


def merge(base: bytes, ours: bytes, theirs: bytes) -> bytes:
    """Put both changes of a text together; raises ConflictError where they touch the same lines, or lines beside."""
    old, mine, other = (_LINE.findall(text) for text in (base, ours, theirs))
    merged: list[bytes] = []
    at = (0, 0, 0)
    for size, *starts in _unchanged(old, mine, other):
        before, here, there = (
            lines[begin:end] for lines, begin, end in zip((old, mine, other), at, starts, strict=True)
        )
        if here != there and before not in (here, there):
            raise ConflictError(f"line {at[1] + 1}: it was changed there, and the change is about the same lines")
        merged += there if here == before else here
        merged += old[starts[0] : starts[0] + size]
        at = (starts[0] + size, starts[1] + size, starts[2] + size)
    return b"".join(merged)


def _unchanged(old: Sequence[bytes], mine: Sequence[bytes], other: Sequence[bytes]) -> Iterator[tuple[int, ...]]:
    """Give the runs of lines that both left as they were: their length, and where they begin in each; last, the end."""
    in_mine, in_other = _blocks(old, mine), _blocks(old, other)
    one, two = next(in_mine, None), next(in_other, None)
    while one and two:
        begin, end = max(one.a, two.a), min(one.a + one.size, two.a + two.size)
        if begin < end:
            yield end - begin, begin, one.b + begin - one.a, two.b + begin - two.a
        if one.a + one.size < two.a + two.size:
            one = next(in_mine, None)
        else:
            two = next(in_other, None)
    yield 0, len(old), len(mine), len(other)


def _blocks(old: Sequence[bytes], new: Sequence[bytes]) -> Iterator[difflib.Match]:
    return iter(difflib.SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks())
