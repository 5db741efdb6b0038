"""Putting hints into a file's text."""

from __future__ import annotations

import re
from collections.abc import Mapping

from attrs import frozen

from parallel_refactor.engines.recipes.docstring_insert import apply_edits
from parallel_refactor.engines.recipes.hints_imports import find_import_place
from parallel_refactor.engines.recipes.hints_judge import Hint
from parallel_refactor.engines.recipes.hints_names import FileNames
from parallel_refactor.engines.recipes.hints_slots import Slot, annotation_edits
from parallel_refactor.engines.recipes.python_module import PythonModule
from parallel_refactor.engines.recipes.python_source import PythonSource


def hint_text(source: PythonSource) -> bytes:
    """Give a file's text as hints are written into it: UTF-8 that says nothing else of itself."""
    if source.encoding == "utf-8":
        return source.data
    return _COOKIE.sub(lambda match: match.group().replace(b"coding", b"CODING"), source.data, count=1)


def file_bytes(source: PythonSource, text: bytes) -> bytes:
    """Give the bytes of the file with a text that hints were written into."""
    if source.encoding != "utf-8":
        text = _NEUTRAL.sub(lambda match: match.group().replace(b"CODING", b"coding"), text, count=1)
    return source.encode(text)


_COOKIE = re.compile(rb"^[ \t\f]*#[^\r\n]*?coding[:=][ \t]*[-\w.]+", re.MULTILINE)
_NEUTRAL = re.compile(_COOKIE.pattern.replace(b"coding", b"CODING"), re.MULTILINE)


@frozen
class Written:
    """A text with its hints. `added` lines stand after line `line` of what it was."""

    data: bytes
    line: int = 0
    added: int = 0

    def line_before(self, line: int) -> int:
        """Say which line of the text as it was a line now is."""
        return max(line - self.added, 1) if line > self.line else line


def write_hints(module: PythonModule, path: str, hints: Mapping[Slot, Hint]) -> Written:
    """Write hints into a file. There must be a place for their imports."""
    edits = annotation_edits(module, {slot: hint.text for slot, hint in hints.items()})
    imports = {pair for hint in hints.values() for pair in hint.imports}
    if not imports:
        return Written(apply_edits(module.source.data, edits))
    place = find_import_place(FileNames(module), path)
    assert place is not None  # noqa: S101 - hints that need imports are refused where there is none
    edit = place.edit(imports)
    line = sum(start < place.offset for start in module.source.line_starts)
    return Written(apply_edits(module.source.data, [*edits, edit]), line, edit.new.decode().count(place.newline))
