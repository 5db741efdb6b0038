"""What the editor has in its buffers, exactly: the server's text of a document equals the editor's after every change.

Lines end at CR LF, LF and CR and nowhere else, as the protocol says. Python's own idea of lines (`str.splitlines`) has
more ends (form feed, NEL, U+2028, ...), and one of those in a file would put every later edit in the wrong place.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable

from attrs import define, field
from lsprotocol import types

_LINE_END = re.compile(r"\r\n|\r|\n")
_MEASURES: dict[str, Callable[[str], int]] = {
    types.PositionEncodingKind.Utf8: lambda text: len(text.encode("utf-8", "surrogatepass")),
    types.PositionEncodingKind.Utf16: lambda text: len(text.encode("utf-16-le", "surrogatepass")) // 2,
    types.PositionEncodingKind.Utf32: len,
}

Change = types.TextDocumentContentChangePartial | types.TextDocumentContentChangeWholeDocument


@define
class Document:
    """One open text. `encoding` is the unit in which the editor counts columns; `fresh`: as it was opened."""

    uri: str
    version: int
    text: str
    encoding: str
    fresh: bool = True
    _starts: list[int] = field(factory=lambda: [0])  # of the first lines, as far as they were asked for

    def apply(self, changes: Iterable[Change], version: int) -> None:
        """Make the editor's changes, one after the other."""
        for change in changes:
            if isinstance(change, types.TextDocumentContentChangePartial):
                self._replace(change.range, change.text)
            else:
                self.text, self._starts = change.text, [0]
        self.version, self.fresh = version, False

    def offset(self, position: types.Position) -> int:
        """Give the place of a position in `text`. One beyond a line or the text means its end."""
        while len(self._starts) <= position.line:
            line_end = _LINE_END.search(self.text, self._starts[-1])
            if line_end is None:
                return len(self.text)
            self._starts.append(line_end.end())
        start = self._starts[position.line]
        return start + _column(self._line_at(start), position.character, _MEASURES[self.encoding])

    def first_character_length(self) -> int:
        """Give the length of the first line's first character in the editor's units; 0 where the line is empty."""
        return _MEASURES[self.encoding](self._line_at(0)[:1])

    def _line_at(self, start: int) -> str:
        line_end = _LINE_END.search(self.text, start)
        return self.text[start : line_end.start() if line_end else len(self.text)]

    def _replace(self, span: types.Range, new: str) -> None:
        start, end = sorted((self.offset(span.start), self.offset(span.end)))
        self.text = self.text[:start] + new + self.text[end:]
        # The start of the first changed line is forgotten too: a CR before it and an LF in the new text are one end.
        del self._starts[max(1, min(span.start.line, span.end.line)) :]


def _column(line: str, units: int, measure: Callable[[str], int]) -> int:
    """Give the index in `line` that lies `units` from its start; in the middle of a character means before it."""
    if line.isascii():
        return min(units, len(line))
    found = bisect_left(range(len(line)), units, key=lambda index: measure(line[:index]))
    return found if measure(line[:found]) <= units else found - 1
