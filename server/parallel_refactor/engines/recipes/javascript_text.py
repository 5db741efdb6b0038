"""A JavaScript or TypeScript file as text: UTF-8, with or without a byte order mark."""

from __future__ import annotations

import codecs

from ast_grep_py import SgNode
from attrs import frozen

from parallel_refactor.engines.recipes.rewrite_syntax import LANGUAGES, language_of, tree


def javascript_suffixes() -> tuple[str, ...]:
    """Give the file name endings of both languages."""
    return tuple(suffix for language in ("javascript", "typescript", "tsx") for suffix in LANGUAGES[language])


@frozen
class JavaScriptText:
    """One file: `text` is without its byte order mark."""

    text: str
    language: str
    mark: bytes

    @classmethod
    def read(cls, path: str, data: bytes) -> JavaScriptText:
        """Decode a file; raises UnicodeDecodeError."""
        mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
        return cls(data[len(mark) :].decode(), language_of(path), mark)

    def encode(self, text: str) -> bytes:
        """Give the file's bytes for a changed text."""
        return self.mark + text.encode()

    def root(self) -> SgNode:
        """Parse it."""
        return tree(self.text, self.language)

    def line(self, place: int) -> int:
        """Give the line that a character is in, from 1."""
        return self.text.count("\n", 0, place) + 1
