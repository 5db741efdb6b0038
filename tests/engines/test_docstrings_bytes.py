"""Adding docstrings changes no other byte of a file, whatever its encoding, line ends and layout."""

from __future__ import annotations

import codecs

import pytest

from parallel_refactor.engines.interface import Outcome
from tests.engines.documenting import documented, reasons, run, visit

CASES = {
    "a body on its own lines": (
        b"def close(x):\n    return 1\n",
        b'def close(x):\n    """Close; always returns `1`."""\n    return 1\n',
    ),
    "a comment after the colon and one before the body": (
        b"def close(x):  # shut: it\n    # why\n    return 1\n",
        b'def close(x):  # shut: it\n    """Close; always returns `1`."""\n    # why\n    return 1\n',
    ),
    "a type comment stays next to the header": (
        b"def close(x):\n    # type: (int) -> int\n    return 1\n",
        b'def close(x):\n    # type: (int) -> int\n    """Close; always returns `1`."""\n    return 1\n',
    ),
    "empty lines before the body go, and one before an inner function stays": (
        b"def close(x):\n\n  \n    return 1\ndef open(x):\n\n    def y(): 'y'\n",
        b'def close(x):\n    """Close; always returns `1`."""\n    return 1\n'
        b'def open(x):\n    """Open."""\n\n    def y(): \'y\'\n',
    ),
    "a header of several lines with colons, comments and strings in it": (
        b'def close(\n    a: dict = {1: ":"},  # x:\n    *,\n    b=lambda: 0,  # (\n) -> (\n    "x:"\n):  # z\n    0\n',
        b'def close(\n    a: dict = {1: ":"},  # x:\n    *,\n    b=lambda: 0,  # (\n) -> (\n    "x:"\n):  # z\n'
        b'    """Close."""\n    0\n',
    ),
    "a body on the header's line": (
        b"def close(): return 1\n",
        b'def close():\n    """Close; always returns `1`."""\n    return 1\n',
    ),
    "several statements on the header's line": (
        b"class A:\n  def close(self): pass; x = 1\n  y = 2\n",
        b'class A:\n  def close(self):\n    """Close."""\n    pass; x = 1\n  y = 2\n',
    ),
    "a body of several lines that begins on the header's line": (
        b"def close(): return [\n1,\n  2]\n",
        b'def close():\n    """Close; returns a list."""\n    return [\n1,\n  2]\n',
    ),
    "a comment behind a body on the header's line": (
        b"def close(): return 1  # one\n",
        b'def close():\n    """Close; always returns `1`."""\n    return 1  # one\n',
    ),
    "a backslash after the colon": (
        b"def close(): \\\n  return 1\n",
        b'def close():\n    """Close; always returns `1`."""\n    return 1\n',
    ),
    "backslashes in the header": (
        b"def \\\n  close \\\n  (x) \\\n  :\n    return 1\n",
        b'def \\\n  close \\\n  (x) \\\n  :\n    """Close; always returns `1`."""\n    return 1\n',
    ),
    "tabs": (
        b"class A:\n\tdef close(self):\n\t\treturn 1\n\tdef open(self): return 1\n",
        b'class A:\n\tdef close(self):\n\t\t"""Close; always returns `1`."""\n\t\treturn 1\n'
        b'\tdef open(self):\n\t\t"""Open; always returns `1`."""\n\t\treturn 1\n',
    ),
    "the file's own indentation": (
        b"if 1:\n  x = 1\ndef close(): return 1\n",
        b'if 1:\n  x = 1\ndef close():\n  """Close; always returns `1`."""\n  return 1\n',
    ),
    "no line end at the end of the file": (
        b"def close(): return 1",
        b'def close():\n    """Close; always returns `1`."""\n    return 1',
    ),
    "CRLF": (
        b"def close():\r\n    return 1\r\ndef open(): return 1\r\n",
        b'def close():\r\n    """Close; always returns `1`."""\r\n    return 1\r\n'
        b'def open():\r\n    """Open; always returns `1`."""\r\n    return 1\r\n',
    ),
    "CR alone": (
        b"def close():\r    return 1\r",
        b'def close():\r    """Close; always returns `1`."""\r    return 1\r',
    ),
    "mixed line ends": (
        b"x = 1\ndef close():\r\n    return 1\n",
        b'x = 1\ndef close():\r\n    """Close; always returns `1`."""\r\n    return 1\n',
    ),
    "form feeds": (
        b"\x0cdef close():\x0c\n\x0c    return '\x0c'\n\x0c\ndef open(): return 1\n",
        b'\x0cdef close():\x0c\n    """Close."""\n\x0c    return \'\x0c\'\n\x0c\n'
        b'def open():\n    """Open; always returns `1`."""\n    return 1\n',
    ),
    "separators that only str.splitlines knows": (
        "x = '\u2028\x85\x1c'\ndef close():\n    return 1\n".encode(),
        "x = '\u2028\x85\x1c'\ndef close():\n".encode() + b'    """Close; always returns `1`."""\n    return 1\n',
    ),
    "a nested class first in the body gets an empty line before it": (
        b"def close():\n    class A:\n        pass\n",
        b'def close():\n    """Close."""\n\n    class A:\n        pass\n',
    ),
    "a byte order mark": (
        codecs.BOM_UTF8 + b"def close(): return 1\n",
        codecs.BOM_UTF8 + b'def close():\n    """Close; always returns `1`."""\n    return 1\n',
    ),
    "latin-1": (
        "# coding: latin-1\nx = 'é'; y = 1\ndef close(é): return 'é'\n".encode("latin-1"),
        "# coding: latin-1\nx = 'é'; y = 1\ndef close(é):\n".encode("latin-1")
        + '    """Close; always returns `\'é\'`."""\n    return \'é\'\n'.encode("latin-1"),
    ),
    "a name whose normal form the encoding lacks": (
        "# coding: latin-1\ndef is_open(µ):\n    return 1\n".encode("latin-1"),
        "# coding: latin-1\ndef is_open(µ):\n".encode("latin-1")
        + b'    """Tell whether `\\u03bc` is open; always `1`."""\n    return 1\n',
    ),
    "a decorator and an async function in an if": (
        b"if 1:\n    @(\n      a\n    )\n    async def close():\n        @b\n        def open(): pass\n",
        b'if 1:\n    @(\n      a\n    )\n    async def close():\n        """Close."""\n\n        @b\n'
        b'        def open():\n            """Open (a no-op)."""\n            pass\n',
    ),
    "strings that are no docstrings": (
        b"def a_b(): f'x'\ndef c_d():\n  b'x'\ndef e_f():\n    'x' + 'y'\n",
        b'def a_b():\n  """A b."""\n  f\'x\'\ndef c_d():\n  """C d."""\n  b\'x\'\n'
        b'def e_f():\n    """E f."""\n    \'x\' + \'y\'\n',
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_docstrings_are_put_into(case: str) -> None:
    before, after = CASES[case]
    assert documented(before) == after


@pytest.mark.parametrize(
    "source",
    [
        b'def f():\n    "x"\n',
        b"def f():\n    ('x' 'y')\n    return 1\n",
        b'def f(): """"""\n',
        b"f = lambda: 1\n",
        b"",
        b"\n\n",
        b"x = 1",
    ],
)
def test_documented_and_functionless_files_stay_as_they_are(source: bytes) -> None:
    result = visit(source)
    assert (result.outcome, result.new, result.left) == (Outcome.UNCHANGED, None, ())


@pytest.mark.parametrize(
    "comment", ["type: ignore", "noqa: E704", "pragma: no cover", "pylint: disable=all", "fmt: skip"]
)
def test_a_one_line_body_stays_where_a_tool_is_told_about_its_line(comment: str) -> None:
    source = f"x = 1\ndef close(): return 1  # {comment}\n"
    ((reason, line),) = reasons(source)
    assert line == 2
    assert "`close` has no docstring: a comment on its one-line body" in reason
    assert visit(source).outcome is Outcome.LEFT


def test_unclear_indentation_is_left() -> None:
    ((reason, line),) = reasons("x = 1\nif x:\n    \\\n  y = 1\n\ndef close():\n    \\\n  return 1\n")
    assert "backslash" in reason
    assert line == 6


def test_the_bytes_of_a_stateful_encoding_survive() -> None:
    source = "# coding: iso2022_jp\nx = '日本'\ndef close():\n    return '語'\n".encode("iso2022_jp")
    assert "日本" in documented(source).decode("iso2022_jp")


@pytest.mark.parametrize(
    ("source", "line", "message"),
    [
        (b"x = 1\ndef f(:\n", 2, "invalid syntax"),
        (b"x = 1\x00\n", 0, "null bytes"),
        (b"# coding: no-such\n", 0, "no-such"),
        (b"x = '\xe9'\n", 1, "utf-8"),
        (b"print 'x'\n", 1, "Missing parentheses"),
    ],
)
def test_what_python_cannot_read_fails_with_its_place(source: bytes, line: int, message: str) -> None:
    result = visit(source)
    (left,) = result.left
    assert (result.outcome, result.new) == (Outcome.FAILED, None)
    assert left.line == line
    assert message in left.reason


def test_deep_nesting_is_no_crash() -> None:
    source = f"def close():\n    return {'-' * 3000}1\n"
    assert visit(source).outcome in {Outcome.FAILED, Outcome.LEFT, Outcome.CHANGED}


def test_a_long_chain_of_elif_is_documented() -> None:
    chain = "".join(f"    elif x == {n}:\n        return {n}\n" for n in range(900))
    assert visit(f"def close(x):\n    if x:\n        return 0\n{chain}").outcome is Outcome.CHANGED


def test_stubs_and_other_files_are_left() -> None:
    result = run({"a.pyi": b"def f(): ...\n", "b.txt": b"def f(): ...\n", "c.py": None, "d.pyw": b"def f(): pass\n"})
    outcomes = {file.path: file.outcome for file in result.files}
    assert outcomes == {
        "a.pyi": Outcome.LEFT,
        "b.txt": Outcome.LEFT,
        "c.py": Outcome.UNCHANGED,
        "d.pyw": Outcome.CHANGED,
    }
