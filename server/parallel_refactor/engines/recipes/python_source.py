"""A Python file as bytes and as a tree whose positions are offsets into them.

Positions of `ast` are columns of UTF-8, so the text is kept as UTF-8 whatever the file's encoding is, without its
byte order mark and with its line endings as they are.
"""

from __future__ import annotations

import ast
import codecs
import re
import sys
import tokenize
import warnings
from functools import cached_property

from attrs import define

_LINE_END = re.compile(rb"\r\n|\r|\n")
_MAX_SPAN = 200


class PythonSourceError(Exception):
    """The bytes are no Python that this interpreter can read. `line` is where, 0 for the whole file."""

    def __init__(self, message: str, line: int = 0) -> None:
        super().__init__(message)
        self.line = line


@define(slots=False)
class PythonSource:
    """One file: `data` is its text as UTF-8 without byte order mark, `tree` its module."""

    data: bytes
    encoding: str
    bom: bytes
    tree: ast.Module

    @classmethod
    def read(cls, raw: bytes) -> PythonSource:
        """Parse a file's bytes as Python itself does; raises PythonSourceError."""
        tree = parse(raw)
        bom = codecs.BOM_UTF8 if raw.startswith(codecs.BOM_UTF8) else b""
        body = raw[len(bom) :]
        first_lines = iter(_LINE_END.split(body, maxsplit=2)[:2])
        try:
            encoding, _ = tokenize.detect_encoding(lambda: next(first_lines, b""))
            text = body.decode(encoding)
            data = text.encode()
        except (SyntaxError, UnicodeError, LookupError) as error:
            raise PythonSourceError(f"the file cannot be decoded: {error}") from error
        if encoding != "utf-8" and text.encode(encoding) != body:
            raise PythonSourceError(f"the file's encoding {encoding} does not give the same bytes when written back")
        return cls(data, encoding, bom, tree)

    def encode(self, data: bytes) -> bytes:
        """Give the file's bytes for a changed text."""
        if self.encoding != "utf-8":
            data = data.decode().encode(self.encoding)
        return self.bom + data

    @cached_property
    def line_starts(self) -> list[int]:
        """Where each line begins; Python ends lines at CR, LF and CRLF, and nowhere else."""
        return [0, *(match.end() for match in _LINE_END.finditer(self.data))]

    def start(self, node: ast.stmt | ast.expr | ast.arg | ast.alias) -> int:
        """Give the offset of a node's first byte."""
        return self.line_starts[node.lineno - 1] + node.col_offset

    def end(self, node: ast.stmt | ast.expr | ast.arg | ast.alias) -> int:
        """Give the offset after a node's last byte."""
        assert node.end_lineno is not None  # noqa: S101 - parsed nodes have ends
        assert node.end_col_offset is not None  # noqa: S101
        return self.line_starts[node.end_lineno - 1] + node.end_col_offset

    def text(self, node: ast.stmt | ast.expr | ast.arg | ast.alias) -> str:
        """Give a node's source text; empty if it is on several lines or longer than anyone wants to quote."""
        if node.end_lineno != node.lineno or (node.end_col_offset or 0) - node.col_offset > _MAX_SPAN:
            return ""
        return self.data[self.start(node) : self.end(node)].decode()

    def newline_from(self, offset: int) -> tuple[int, int]:
        """Give begin and end of the first line ending at or after an offset; both are the end of the file if none."""
        match = _LINE_END.search(self.data, offset)
        return match.span() if match else (len(self.data), len(self.data))


def parse(raw: bytes | str) -> ast.Module:
    """Parse a file's bytes, or its text, without a word about its warnings; raises PythonSourceError."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(raw)
        except SyntaxError as error:
            version = f"{sys.version_info.major}.{sys.version_info.minor}"
            raise PythonSourceError(f"{error.msg} (read as Python {version})", error.lineno or 0) from error
        except (ValueError, RecursionError, MemoryError) as error:
            raise PythonSourceError(f"Python cannot parse the file: {error}") from error


def compile_problem(tree: ast.Module) -> str:
    """Say why what parses does not compile, or ""."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(tree, "<result>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError) as error:
            return f"the result does not compile: {error}"
    return ""
