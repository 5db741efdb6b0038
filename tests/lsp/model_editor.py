"""A model of an editor's buffer: lines and columns by the letter of the protocol, in any position encoding."""

from __future__ import annotations

from hypothesis import strategies as st
from lsprotocol import types

ENCODINGS = {"utf-8": 1, "utf-16": 2, "utf-32": 4}
"""The position encodings, and the bytes of one unit."""

TEXTS = st.text(st.sampled_from("ab \t\n\r\f\v\x85\u2028\u2029éß水🙂\U0001d4b3\N{COMBINING ACUTE ACCENT}"), max_size=40)
"""Texts with all that is mistaken for a line end, and characters of one to four bytes, one or two units."""


class ModelEditor:
    """An editor by the letter of the protocol: a list of lines, each with its end."""

    def __init__(self, text: str, encoding: str) -> None:
        self.text = text
        self.encoding = encoding

    def lines(self) -> list[str]:
        """Give the lines, each with its end."""
        lines, line = [], ""
        for index, char in enumerate(self.text):
            line += char
            if char == "\n" or (char == "\r" and self.text[index + 1 : index + 2] != "\n"):
                lines.append(line)
                line = ""
        return [*lines, line]

    def position(self, offset: int) -> types.Position:
        """Give the position of a place; between CR and LF there is none, so that is the line's end."""
        if self.text[offset - 1 : offset + 1] == "\r\n":
            offset -= 1
        before = 0
        lines = self.lines()
        for number, line in enumerate(lines):
            if offset < before + len(line) or number == len(lines) - 1:
                codec = "utf-8" if self.encoding == "utf-8" else f"{self.encoding}-le"
                units = len(line[: offset - before].encode(codec)) // ENCODINGS[self.encoding]
                return types.Position(number, units)
            before += len(line)
        raise AssertionError

    def edit(self, start: int, end: int, new: str) -> types.TextDocumentContentChangePartial:
        """Replace what lies between two places, and give the change that tells the server."""
        span = types.Range(self.position(start), self.position(end))
        start, end = (at - (self.text[at - 1 : at + 1] == "\r\n") for at in (start, end))
        self.text = self.text[:start] + new + self.text[end:]
        return types.TextDocumentContentChangePartial(span, new)
