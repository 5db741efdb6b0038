"""Three-way merges: against git's, and what they promise in any case."""

from __future__ import annotations

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lockboard.digest import digest
from lockboard.errors import ConflictError
from lockboard.model import ABSENT, FileChange
from parallel_refactor.running.merging import bring_up, merge

BASE = b"".join(b"line %d\n" % number for number in range(12))
LINES = st.lists(st.sampled_from([b"a\n", b"b\n", b"c\n", b"\r\n", b"\xff\n"]), max_size=8).map(b"".join)


@st.composite
def edited(draw: st.DrawFn) -> bytes:
    """Change some lines of BASE, each into lines that are nowhere else, or none."""
    lines: list[bytes] = BASE.splitlines(keepends=True)
    for at in sorted(draw(st.sets(st.integers(0, 11), max_size=3)), reverse=True):
        lines[at : at + 1] = draw(
            st.lists(st.binary(min_size=8, max_size=8).map(lambda text: text.hex().encode() + b"\n"), max_size=2)
        )
    return b"".join(lines)


@given(edited(), edited())
@settings(max_examples=60, deadline=None)  # each starts git
def test_it_merges_what_git_merges(ours: bytes, theirs: bytes) -> None:
    merged, conflict = by_git(BASE, ours, theirs)
    if conflict:
        with pytest.raises(ConflictError):
            merge(BASE, ours, theirs)
    else:
        assert merge(BASE, ours, theirs) == merged


@given(LINES, LINES, LINES)
def test_nothing_of_a_person_s_gets_lost(base: bytes, ours: bytes, theirs: bytes) -> None:
    assert merge(base, ours, base) == merge(base, ours, ours) == ours
    assert merge(base, base, theirs) == theirs
    try:
        merged = merge(base, ours, theirs)
    except ConflictError:
        return
    for line in {*ours.splitlines(), *theirs.splitlines()} - {*base.splitlines()}:
        assert line in merged.splitlines()


def test_a_conflict_names_the_line_of_the_person_s_text() -> None:
    ours = b"first of mine\n" + BASE.replace(b"line 7\n", b"mine\n")
    with pytest.raises(ConflictError, match="line 9: it was changed"):
        merge(BASE, ours, BASE.replace(b"line 7\n", b"theirs\n"))


@pytest.mark.parametrize(
    ("base", "new", "present", "reason"),
    [
        (b"a", b"b", None, "it is deleted"),
        (None, b"b", b"c", "somebody else has made"),
        (b"a", None, b"c", "would be deleted"),
        (b"a", b"b", b"c", "no longer known"),
    ],
)
def test_what_cannot_be_merged_is_not(
    base: bytes | None, new: bytes | None, present: bytes | None, reason: str
) -> None:
    change = FileChange("a", digest(base), digest(new))
    with pytest.raises(ConflictError, match=reason):
        bring_up(change, new, present, lambda _digest: None)


@pytest.mark.parametrize(("base", "new"), [(b"a", b"b"), (None, b"b"), (b"a", None)])
def test_a_file_that_is_as_it_was_or_will_be_needs_no_merge(base: bytes | None, new: bytes | None) -> None:
    change = FileChange("a", digest(base), ABSENT if new is None else digest(new))
    for present in (base, new):
        assert bring_up(change, new, present, lambda _digest: None) == new


def by_git(base: bytes, ours: bytes, theirs: bytes) -> tuple[bytes, bool]:
    """Have git merge; gives its text, and whether there are conflicts in it."""
    with TemporaryDirectory() as folder:
        files = [Path(folder, name) for name in ("ours", "base", "theirs")]
        for file, text in zip(files, (ours, base, theirs), strict=True):
            file.write_bytes(text)
        done = subprocess.run(["git", "merge-file", "-p", *files], capture_output=True, check=False)
    return done.stdout, done.returncode != 0
