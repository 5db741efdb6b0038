"""The edits that a model may make, and what it is told where it may not."""

from __future__ import annotations

import pytest

from parallel_refactor.engines.claude.calls import ToolError
from parallel_refactor.engines.claude.drafts import Drafts
from parallel_refactor.engines.claude.omissions import dropped_lines, placeholder
from tests.engines.claude.talks import FILE, LONG, TEXT


@pytest.fixture
def drafts() -> Drafts:
    return Drafts({FILE: TEXT, "latin.py": b"# coding: latin-1\nx = 1\n", "new.py": None, "empty.py": b""})


def test_each_edit_shows_its_place(drafts: Drafts) -> None:
    assert drafts.str_replace(f"./{FILE}", "return value", "return None").split("\n")[3] == "     6\t    return None"
    assert "     1\tfirst" in drafts.insert(FILE, 0, "first")
    assert "    11\tlast" in drafts.insert(FILE, 10, "last\n")
    assert drafts.changed() == {
        FILE: b"first\n" + TEXT.replace(b"return value", b"return None") + b"last\n",
    }
    assert drafts.insert("empty.py", 0, "x = 1")
    assert drafts.create("new.py", "y = 1\n")
    assert drafts.changed().keys() == {FILE, "empty.py", "new.py"}


def test_an_edit_that_is_taken_back_is_none(drafts: Drafts) -> None:
    drafts.str_replace(FILE, "return value", "return None")
    drafts.str_replace(FILE, "return None", "return value")
    assert not drafts.changed()


@pytest.mark.parametrize(
    ("path", "old", "new", "said"),
    [
        (FILE, "old_name", "x", r"2 times|3 times, at lines 4, 5, 9"),
        (FILE, "log.info('old name')", "x", r"What comes nearest:\n +4\t"),
        (FILE, "  return  value", "x", "What comes nearest"),
        (FILE, "     4\tdef old_name(value):", "x", "leave out the line numbers"),
        (FILE, "nothing like that at all", "x", "nor anything like it"),
        (FILE, "", "x", "old_str is empty"),
        (FILE, "return", "return", "are the same"),
        (FILE, "    return value", "# ... rest of the code unchanged", "stands for code that you left out"),
        ("latin.py", "x = 1", "x = '€'", "in latin-1, which has no '€'|in iso-8859-1, which has no '€'"),
        ("latin.py", "latin-1", "klingon", "could not be saved: unknown encoding"),
        ("new.py", "x", "y", "does not exist yet"),
        ("other.py", "x", "y", r"other.py is not one of your files. You may edit: pkg/mod.py, latin.py"),
        ("../up.py", "x", "y", "is not one of your files"),
        ("/etc/passwd", "x", "y", "is not one of your files"),
    ],
)
def test_a_replacement_that_cannot_be_made_is_explained(
    drafts: Drafts, path: str, old: str, new: str, said: str
) -> None:
    with pytest.raises(ToolError, match=said):
        drafts.str_replace(path, old, new)
    assert not drafts.changed()


def test_overlapping_places_are_several(drafts: Drafts) -> None:
    drafts.create("new.py", "aaa\n")
    with pytest.raises(ToolError, match="2 times"):
        drafts.str_replace("new.py", "aa", "b")


@pytest.mark.parametrize("line", [-1, 10])
def test_lines_that_are_not_there_are_named(drafts: Drafts, line: int) -> None:
    with pytest.raises(ToolError, match=r"from 0 to 9: pkg/mod\.py has 9 lines"):
        drafts.insert(FILE, line, "x")


@pytest.mark.parametrize(
    "line",
    [
        "# ... rest of the code unchanged ...",
        "// ... existing code ...",
        "    # rest of file remains the same",
        "/* remaining methods unchanged */",
        "# (rest of the function omitted)",
        "<!-- ... other content here ... -->",
        "# existing imports ...",
        "... rest of the module ...",
        "-- … remaining lines …",
    ],
)
def test_a_placeholder_is_found(line: str) -> None:
    assert placeholder("x = 1\n", f"x = 2\n{line}\n") == line.strip()
    assert placeholder(f"x = 1\n{line}\n", f"x = 2\n{line}\n") == "", "it was there before"


@pytest.mark.parametrize(
    "line",
    [
        "# the rest is up to the caller",
        "# Existing files are kept.",
        "x = existing_code(...)",
        "def rest_of(code, unchanged): ...",
        "    ...",
        "# Other tests need a server.",
        "# same as before, but faster",
        "rest of the code unchanged: said in a string",
    ],
)
def test_an_honest_line_is_no_placeholder(line: str) -> None:
    assert placeholder("x = 1\n", f"x = 2\n{line}\n") == ""


def test_a_dropped_end_is_found_and_a_change_of_it_is_not() -> None:
    old = LONG.decode()
    lines = old.splitlines(keepends=True)
    assert dropped_lines(old, "".join(lines[: len(lines) // 2])) == 17
    assert dropped_lines(old, old) == 0
    assert dropped_lines(old, old.replace("value", "other")) == 0
    assert dropped_lines(old, "print('a new file')\n") == 0
    assert dropped_lines(old, "".join(lines[:20] + lines[-3:])) == 0
    assert dropped_lines(TEXT.decode(), "import log\n") == 0, "too short to tell"
