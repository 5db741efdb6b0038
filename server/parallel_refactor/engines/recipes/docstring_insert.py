"""Where a docstring goes, and the bytes that put it there without touching anything else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from functools import cached_property

from attrs import define, frozen

from parallel_refactor.engines.recipes.python_module import Documentable, Function
from parallel_refactor.engines.recipes.python_source import PythonSource

_COMMENT_OR_COLON = re.compile(rb"#[^\r\n]*|:")
_GAP = re.compile(rb"(?:[ \t\f]|\\(?:\r\n|\r|\n))*")
_BLANK = re.compile(rb"[ \t\f]*")
_BLANK_LINE = re.compile(rb"[ \t\f]*[\r\n]")
_EMPTY_LINE = re.compile(rb"[ \t]*(?:\r\n|\r|\n)")
_TYPE_COMMENT = re.compile(rb"[ \t\f]*#[ \t]*type:")
_FIRST_LINES = re.compile(rb"#!|#.*?coding[:=]")
_COMMENT_LINE = re.compile(rb"[ \t\f]*#[^\r\n]*")
_ABOUT_THE_FILE = re.compile(rb"(?i)#.*?(?:copyright|licen[cs]e|spdx|///|-\*-)")
_TOOL_COMMENT = re.compile(rb"#.*?\b(?:type:|noqa|nosec|pragma|fmt:|isort:|pylint:|pyright:|mypy:|ruff:)")


class NoPlaceError(Exception):
    """A docstring cannot be put there safely; the message says why."""


@frozen
class Place:
    """The bytes `start` to `end` give way to `before`, the docstring and `after`; its lines begin with `indent`."""

    start: int
    end: int
    indent: bytes
    newline: bytes
    before: bytes
    after: bytes

    @property
    def column(self) -> int:
        """The column at which the docstring begins."""
        return len(self.indent.expandtabs(8))

    @property
    def unit(self) -> str:
        """What lines of the docstring are indented by beyond it."""
        return "\t" if b"\t" in self.indent else "    "


@frozen
class Edit:
    """Replace the bytes from `start` to `end` by `new`."""

    start: int
    end: int
    new: bytes


def apply_edits(data: bytes, edits: Iterable[Edit]) -> bytes:
    """Make all edits, none of which overlap."""
    parts, done = [], 0
    for edit in sorted(edits, key=lambda edit: edit.start):
        parts += [data[done : edit.start], edit.new]
        done = edit.end
    return b"".join([*parts, data[done:]])


def docstring_edit(place: Place, text: str, encoding: str) -> Edit:
    """Write a docstring at its place. What the file's encoding lacks is written as an escape sequence."""
    escaped = "".join(map(_escape, text)).replace('"""', r"\"\"\"")
    if escaped.endswith('"'):
        escaped = escaped[:-1] + r"\""
    encoded = escaped.encode(encoding, "backslashreplace").decode(encoding).encode()
    lines = (b'"""' + encoded).split(b"\n")
    if len(lines) == 1:
        lines[0] += b'"""'
    else:
        lines.append(b'"""')
    indented = [lines[0], *(place.indent + line if line else b"" for line in lines[1:])]
    return Edit(place.start, place.end, place.before + place.newline.join(indented) + place.after)


def _escape(char: str) -> str:
    if char == "\\":
        return r"\\"
    if char == "\n" or char.isprintable():
        return char
    return char.encode("unicode_escape").decode()


@define(slots=False)
class Placer:
    """Finds the places for docstrings in one file."""

    source: PythonSource

    def place(self, node: Documentable) -> Place:
        """Tell where a module's, class's or function's docstring goes; raises NoPlaceError."""
        if isinstance(node, ast.Module):
            return self._at_the_top()
        colon = self._after_colon(node)
        gap = _GAP.match(self.source.data, colon)
        assert gap is not None  # noqa: S101 - it matches nothing at least
        if self.source.data[gap.end() : gap.end() + 1] in {b"#", b"\r", b"\n"}:
            return self._on_lines_of_its_own(node, gap.end())
        return self._on_the_header_line(node, colon, gap.end())

    def _at_the_top(self) -> Place:
        """Put a module's docstring below the comments that are about the file and above those about its code."""
        data, place, block = self.source.data, 0, 0
        begin, end = self.source.newline_from(0)
        newline = data[begin:end] or b"\n"
        while (comment := _COMMENT_LINE.match(data, block)) and comment.end() < len(data):
            block = self.source.newline_from(comment.end())[1]
            about = _ABOUT_THE_FILE.search(comment[0]) or _TOOL_COMMENT.search(comment[0])
            if about or _FIRST_LINES.match(comment[0]) or _BLANK_LINE.match(data, block):
                place = block
        blank = bool(_BLANK_LINE.match(data, place))
        before = newline if place and not self._only_first_lines(place) else b""
        return Place(place, place, b"", newline, before=before, after=newline * (1 if blank else 2))

    def _only_first_lines(self, end: int) -> bool:
        return all(_FIRST_LINES.match(line) for line in self.source.data[:end].splitlines())

    def _on_lines_of_its_own(self, function: ast.ClassDef | Function, header_end: int) -> Place:
        begin, end = self.source.newline_from(header_end)
        newline = self.source.data[begin:end]
        while _TYPE_COMMENT.match(self.source.data, end):  # must stay next to the header
            end = self.source.newline_from(end)[1]
        first, indent = function.body[0], self._indent(function.body[0])
        body = end
        while blank := _EMPTY_LINE.match(self.source.data, body):
            body = blank.end()
        begins_block = isinstance(first, Function | ast.ClassDef) and not _COMMENT_LINE.match(self.source.data, body)
        if not isinstance(function, ast.ClassDef) and not begins_block:  # then linters want no empty line
            return Place(end, body, indent, newline, before=indent, after=newline)
        touching = not _BLANK_LINE.match(self.source.data, end)
        return Place(end, end, indent, newline, before=indent, after=newline * (2 if touching else 1))

    def _on_the_header_line(self, function: ast.ClassDef | Function, colon: int, body: int) -> Place:
        last_line_end = self.source.newline_from(self.source.end(function))[0]
        if _TOOL_COMMENT.search(self.source.data, body, last_line_end):
            raise NoPlaceError("a comment on its one-line body speaks to a tool about this line")
        header = self._indent(function)
        indent = header + (b"\t" if b"\t" in header else self.indent_unit)
        begin, end = self.source.newline_from(0)
        newline = self.source.data[begin:end] or b"\n"
        apart = newline * (2 if isinstance(function, ast.ClassDef) else 1)
        return Place(colon, body, indent, newline, before=newline + indent, after=apart + indent)

    def _after_colon(self, function: ast.ClassDef | Function) -> int:
        """Give the offset after the colon that ends a header."""
        nodes = [*getattr(function, "type_params", ())]
        if isinstance(function, ast.ClassDef):
            nodes += [*function.bases, *(keyword.value for keyword in function.keywords)]
        else:
            a = function.args
            nodes += [*a.posonlyargs, *a.args, *a.kwonlyargs, a.vararg, a.kwarg, *a.defaults, *a.kw_defaults]
            nodes.append(function.returns)
        header = max((self.source.end(node) for node in nodes if node), default=self.source.start(function))
        for match in _COMMENT_OR_COLON.finditer(self.source.data, header):
            if match.group() == b":":
                return match.end()
        raise NoPlaceError("the end of its header was not found")

    def _indent(self, statement: ast.stmt) -> bytes:
        """Give what stands before a statement on its line; raises NoPlaceError where that is not its indentation."""
        start = self.source.start(statement)
        line = self.source.line_starts[statement.lineno - 1]
        indent = self.source.data[line:start]
        if not _BLANK.fullmatch(indent) or self.source.data[:line].rstrip(b"\r\n").endswith(b"\\"):
            raise NoPlaceError("a backslash continues the line before it, so that its indentation is not clear")
        return indent.rpartition(b"\f")[2]

    @cached_property
    def indent_unit(self) -> bytes:
        """What the file indents by, as its first block with lines of its own shows."""
        for node in ast.walk(self.source.tree):
            body = getattr(node, "body", None)
            if isinstance(node, ast.stmt) and isinstance(body, list) and body[0].lineno > node.lineno:
                try:
                    outer, inner = self._indent(node), self._indent(body[0])
                except NoPlaceError:
                    continue
                if inner.startswith(outer) and inner != outer:
                    return inner.removeprefix(outer)
        return b"    "
