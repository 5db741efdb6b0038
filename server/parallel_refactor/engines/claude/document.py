"""A file's text as a model sees it, with lines that end in a newline, and how its bytes are made again.

What a model does not touch keeps its bytes: encoding, byte order mark, and each line's own end.
"""

from __future__ import annotations

import codecs
import re
import tokenize
from bisect import bisect_left
from difflib import SequenceMatcher
from functools import cached_property

from attrs import evolve, frozen

PYTHON = (".py", ".pyi", ".pyw")
"""The endings of files whose first lines may name their encoding."""


class UnreadableError(Exception):
    """The bytes are no text that could be edited and written back. The message says why, for a person."""


@frozen(slots=False)
class Document:
    """A file's text. `raw` has the line ends of the file, `text` newlines only."""

    raw: str
    is_python: bool
    bom: bytes = b""

    @classmethod
    def read(cls, path: str, data: bytes) -> Document:
        """Decode a file; raises UnreadableError where its bytes could not be written back as they were."""
        if b"\0" in data:
            raise UnreadableError("it is binary")
        bom = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
        body = data[len(bom) :]
        is_python = path.endswith(PYTHON)
        try:
            encoding = _declared(body) if is_python else "utf-8"
            document = cls(body.decode(encoding), is_python, bom)
            same = document.encode() == data
        except (SyntaxError, UnicodeError, LookupError) as error:
            raise UnreadableError(f"it cannot be decoded: {error}") from error
        if not same:
            raise UnreadableError(f"its encoding {encoding} does not give the same bytes when written back")
        return document

    def encode(self) -> bytes:
        """Give the file's bytes; raises UnicodeEncodeError, SyntaxError or LookupError where its encoding cannot."""
        encoding = _declared(self.raw.encode("utf-8", "replace")) if self.is_python else "utf-8"
        return self.bom + self.raw.encode(encoding)

    @cached_property
    def text(self) -> str:
        """The text with newlines only."""
        return _with_newlines(self.raw, self._usual_end)

    def places(self, part: str) -> list[int]:
        """Give the offsets in `text` where a part of it begins."""
        return [match.start() for match in re.finditer(f"(?={re.escape(part)})", self.text)]

    def replaced(self, start: int, end: int, new: str) -> Document:
        """Put `new` in place of a part of `text`; its lines end as the lines there do."""
        inserted = self._with_end(new, self._end_at(start))
        raw = self.raw[: self._raw_offset(start)] + inserted + self.raw[self._raw_offset(end) :]
        return evolve(self, raw=raw)

    def rewritten(self, new: str) -> Document:
        """Put `new` in place of all; lines that stay keep their ends, others end as most do."""
        if not self._pairs or len(self._pairs) == self.text.count("\n"):
            return evolve(self, raw=self._with_end(new, self._usual_end))
        mine, lines = _LINE.findall(self.raw), _LINE.findall(new.replace("\r\n", "\n"))
        old = [_with_newlines(line, "\r\n") for line in mine]
        pieces: list[str] = []
        for tag, first, last, new_first, new_last in SequenceMatcher(None, old, lines, autojunk=False).get_opcodes():
            if tag == "equal":
                pieces += mine[first:last]
            else:
                pieces += [self._with_end(line, self._usual_end) for line in lines[new_first:new_last]]
        return evolve(self, raw="".join(pieces))

    @cached_property
    def _pairs(self) -> list[int]:
        """Where in `text` the newlines are that are CR LF in `raw`."""
        found: list[int] = []
        at = self.raw.find("\r\n")
        while at >= 0:
            found.append(at - len(found))
            at = self.raw.find("\r\n", at + 2)
        return found

    @cached_property
    def _usual_end(self) -> str:
        newlines = self.raw.count("\n")
        if not newlines and "\r" in self.raw:
            return "\r"
        return "\r\n" if 2 * self.raw.count("\r\n") > newlines else "\n"

    def _raw_offset(self, offset: int) -> int:
        return offset + bisect_left(self._pairs, offset)

    def _end_at(self, offset: int) -> str:
        at = self.text.find("\n", offset)
        if at < 0 or self._usual_end == "\r":
            return self._usual_end
        place = bisect_left(self._pairs, at)
        return "\r\n" if place < len(self._pairs) and self._pairs[place] == at else "\n"

    @staticmethod
    def _with_end(new: str, end: str) -> str:
        return new.replace("\r\n", "\n").replace("\n", end)


_LINE = re.compile(r"[^\n]*\n|[^\n]+")


def _with_newlines(raw: str, end: str) -> str:
    return raw.replace("\r" if end == "\r" else "\r\n", "\n")


def _declared(data: bytes) -> str:
    """Give the encoding that a Python file's first lines name, without a look at its byte order mark."""
    lines = iter(data.splitlines(keepends=True)[:2])
    return tokenize.detect_encoding(lambda: next(lines, b""))[0]
