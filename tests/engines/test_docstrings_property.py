"""Whatever a file looks like: the result parses, the code is the same, and no byte outside the docstrings is lost."""

from __future__ import annotations

import ast
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from parallel_refactor.engines.interface import Outcome
from parallel_refactor.engines.recipes.python_source import PythonSource
from tests.engines.documenting import visit

NAMES = st.sampled_from(["close", "get_x", "is_ready", "_", "test_it", "__init__", "x_to_y", "größe", "setUp", "f"])
DECORATORS = st.sampled_from(["", "@property", "@a.b(\n  1)", "@ staticmethod", "@f.setter", "@functools.wraps(g)"])
PARAMETERS = st.sampled_from(
    [
        "",
        "self",
        "a, b=1, *c, d={1: ':'}, **e",
        "\\\n a",
        "a: int = (1), /, *, b",
        "a, # :)\n b",
        "a=lambda x: x, b='''\n'''",
    ]
)
RETURNS = st.sampled_from(["", " -> int", " -> dict[str, int]", " -> (\n  x  # :\n)", " \\\n -> 'a:b'"])
SIMPLE = st.sampled_from(
    [
        "pass",
        "return 1",
        "return a or 'ä`\\\\'",
        'raise ValueError(\'x """ y\')',
        "raise",
        "yield",
        "x = yield [a, '\\'']",
        "return {\n'a': 1,\n  'b': '''\n'''}",
        "f'{a}'",
        "b'x'",
        "'x' + 'y'",
        "'x'; y = 1",
        "'''x\n  y'''",
        "self.a, b.c = a, 1",
        "g(a, *c, k=b, **e).h(1)",
        "return await g(x)",
        "assert a == 1, '>>>'",
        "global z; z = 1",
        "...",
        "return lambda: (yield)",
        "del a",
    ]
)
GAPS = st.sampled_from(["", " ", "\t ", " \\\n  "])
COMMENTS = st.sampled_from(["", "  # why", " # type: (int) -> int", "#:"])
BEFORE_BODY = st.sampled_from(["", "\n", "{indent}# x\n", "# type: () -> x\n", "{indent}\\\n", "\x0c\n", "  \n\n"])
INDENTS = st.sampled_from(["  ", "    ", "\t", " \t", "\x0c  "])


@st.composite
def functions(draw: st.DrawFn, depth: int) -> str:
    """Give the lines of a function, not indented."""
    decorator, comment = draw(DECORATORS), draw(COMMENTS)
    start = "async def" if draw(st.booleans()) else "def"
    header = f"{start} {draw(NAMES)}({draw(PARAMETERS)}){draw(RETURNS)}:"
    lines = f"{decorator}\n" if decorator else ""
    if draw(st.booleans()):
        body = "; ".join(draw(st.lists(SIMPLE, min_size=1, max_size=2)))
        return f"{lines}{header}{draw(GAPS)}{body}{comment}\n"
    indent = draw(INDENTS)
    gap = draw(BEFORE_BODY).replace("{indent}", indent)
    return f"{lines}{header}{comment}\n{gap}{draw(blocks(indent, depth - 1))}"


@st.composite
def blocks(draw: st.DrawFn, indent: str, depth: int) -> str:
    """Give an indented block; lines in brackets and strings are indented too, which changes neither's place."""
    parts = draw(st.lists(statements(depth), min_size=1, max_size=3))
    return "".join(indent + line for line in "".join(parts).splitlines(keepends=True))


@st.composite
def statements(draw: st.DrawFn, depth: int) -> str:
    """Give a statement, compound ones only down to a depth."""
    kind = draw(st.integers(0, 5)) if depth > 0 else 0
    if kind <= 1:
        return f"{draw(SIMPLE)}{draw(COMMENTS)}\n"
    if kind == 2:
        return f"class A(B):\n{draw(blocks('  ', depth - 1))}"
    if kind == 3:
        head = draw(st.sampled_from(["if a:", "for a in b:", "with a as b:", "while not a:"]))
        return f"{head}\n{draw(blocks('    ', depth - 1))}"
    return draw(functions(depth))


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """Give a file's bytes: some do not parse, which is a case too."""
    text = "".join(draw(st.lists(functions(3), min_size=1, max_size=3)))
    text = draw(st.sampled_from([text, text.rstrip("\n")]))
    text = text.replace("\n", draw(st.sampled_from(["\n", "\r\n", "\r"])))
    encoding = draw(st.sampled_from(["", "utf-8-sig", "latin-1", "cp1252"]))
    coding = f"# -*- coding: {encoding} -*-\n" if encoding not in {"", "utf-8-sig"} else ""
    return (coding + text).encode(encoding or "utf-8")


def without_added(before: bytes, after: bytes) -> str:
    """Give the text of a result without its docstrings that were added, and without blanks."""
    old, new = PythonSource.read(before), PythonSource.read(after)
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    pairs = zip(
        (node for node in ast.walk(old.tree) if isinstance(node, kinds)),
        (node for node in ast.walk(new.tree) if isinstance(node, kinds)),
        strict=True,
    )
    text = bytearray(new.data)
    added = [b.body[0] for a, b in pairs if ast.get_docstring(a, clean=False) is None]
    for node in sorted((node for node in added if _is_string(node)), key=new.start, reverse=True):
        del text[new.start(node) : new.end(node)]
    return blankless(text.decode())


def blankless(text: str) -> str:
    """Take out blanks, line ends and the backslashes that continue lines."""
    return re.sub(r"\\\n|[ \t\f\n]", "", re.sub(r"\r\n?", "\n", text))


def _is_string(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


@settings(max_examples=150, deadline=None)
@given(files())
def test_any_file_keeps_its_code_and_bytes(before: bytes) -> None:
    result = visit(before)
    if result.outcome is Outcome.CHANGED:
        assert result.new is not None
        assert without_added(before, result.new) == blankless(PythonSource.read(before).data.decode())
        assert (b"\r" in before) == (b"\r" in result.new)
