"""The task's files as the model has changed them so far, in memory, and the edits that it may make there."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping

from parallel_refactor.engines.claude.calls import ToolError, numbered
from parallel_refactor.engines.claude.document import PYTHON, Document, UnreadableError
from parallel_refactor.engines.claude.omissions import dropped_lines, placeholder
from parallel_refactor.engines.claude.secrets import has_secret_contents, has_secret_name

MOST_SHOWN = 60_000
"""How many characters one look at a file gives."""


class Drafts:
    """The files that the model may edit; `left` are those of the task that it never sees, with the reason.

    `originals` are all of the task's files as they were.
    """

    def __init__(self, files: Mapping[str, bytes | None], denied: Callable[[str], bool] = lambda _path: False) -> None:
        self.originals = dict(files)
        self._denied = denied
        self._before: dict[str, Document | None] = {}
        self.left: dict[str, str] = {}
        for path, data in files.items():
            self._begin(path, data)
        self._now = dict(self._before)

    def add(self, path: str, data: bytes | None) -> None:
        """Take in one more file that the model may edit; raises ToolError where it may not see it after all."""
        self.originals[path] = data
        self._begin(path, data)
        if path in self.left:
            raise ToolError(f"{path}: {self.left[path]}.")
        self._now[path] = self._before[path]

    @property
    def paths(self) -> tuple[str, ...]:
        """The files that the model may edit."""
        return tuple(self._before)

    def text(self, path: str) -> str | None:
        """Give a file's text as it is now, None where there is no such file; raises ToolError for a foreign one."""
        document = self._now[self._own(path)]
        return None if document is None else document.text

    def changed(self) -> dict[str, bytes]:
        """Give the bytes of the files that are no longer as they were."""
        now = {path: document.encode() for path, document in self._now.items() if document is not None}
        return {path: data for path, data in now.items() if data != self.originals[path]}

    # ---- the model's calls

    def view(self, path: str, first: int, last: int) -> str:
        """Show a file with line numbers; raises ToolError."""
        return numbered(self._text(path), first, last, MOST_SHOWN)

    def create(self, path: str, text: str) -> str:
        """Write all of a file anew; raises ToolError, also where its end or a part is left out."""
        path = self._own(path)
        now = self._now[path]
        self._refuse_placeholder(path, text)
        if now is None:
            self._set(path, Document("", path.endswith(PYTHON)).rewritten(text))
            return f"{path} is written."
        if line := dropped_lines(now.text, text):
            raise ToolError(
                f"The new text of {path} lacks everything from line {line} on. Write the whole file, or use "
                "str_replace for the part that changes; to delete lines, replace them by nothing."
            )
        self._set(path, now.rewritten(text))
        return f"{path} is rewritten."

    def str_replace(self, path: str, old: str, new: str) -> str:
        """Replace a text that is in the file exactly once; raises ToolError."""
        document, old, new = self._document(path), old.replace("\r\n", "\n"), new.replace("\r\n", "\n")
        if not old:
            raise ToolError("old_str is empty: give the text to replace, or use insert.")
        if old == new:
            raise ToolError("old_str and new_str are the same: nothing would change.")
        places = document.places(old)
        if not places:
            raise ToolError(_missing(path, document.text, old))
        if len(places) > 1:
            lines = ", ".join(str(document.text.count("\n", 0, place) + 1) for place in places[:20])
            raise ToolError(f"old_str is in {path} {len(places)} times, at lines {lines}: add lines around the one.")
        self._refuse_placeholder(path, new)
        return self._splice(path, places[0], places[0] + len(old), new)

    def insert(self, path: str, line: int, text: str) -> str:
        """Insert whole lines after a line, 0 for the beginning of the file; raises ToolError."""
        old = self._text(path)
        ends = [match.end() for match in re.finditer(r"[^\n]*\n|[^\n]+", old)]
        if not 0 <= line <= len(ends):
            raise ToolError(f"insert_line must be from 0 to {len(ends)}: {path} has {len(ends)} lines.")
        self._refuse_placeholder(path, text)
        at = ends[line - 1] if line else 0
        before = "\n" if at and not old[:at].endswith("\n") else ""
        return self._splice(path, at, at, before + text + ("" if text.endswith("\n") else "\n"))

    # ---- helpers

    def _begin(self, path: str, data: bytes | None) -> None:
        if self._denied(path):
            self.left[path] = "it is one of those that no model may see (deny)"
            return
        if has_secret_name(path) or has_secret_contents(data or b""):
            self.left[path] = "it looks like a secret: it is not sent to a model"
            return
        try:
            self._before[path] = None if data is None else Document.read(path, data)
        except UnreadableError as error:
            self.left[path] = str(error)

    def _own(self, path: str) -> str:
        path = path.removeprefix("./")
        if path not in self._before:
            raise ToolError(f"{path} is not one of your files. You may edit: {', '.join(self._before)}.")
        return path

    def _text(self, path: str) -> str:
        return self._document(path).text

    def _document(self, path: str) -> Document:
        document = self._now[self._own(path)]
        if document is None:
            raise ToolError(f"{path} does not exist yet: create it.")
        return document

    def _splice(self, path: str, start: int, end: int, new: str) -> str:
        path = self._own(path)
        self._set(path, changed := self._document(path).replaced(start, end, new))
        first = changed.text.count("\n", 0, start) + 1
        last = first + new.count("\n")
        return f"{path} is edited:\n{numbered(changed.text, max(1, first - 2), last + 2, 2_000)}"

    def _set(self, path: str, document: Document) -> None:
        try:
            document.encode()
        except UnicodeEncodeError as error:
            strange = error.object[error.start : error.end]
            raise ToolError(f"{path} is in {error.encoding}, which has no {strange!r}.") from None
        except (SyntaxError, LookupError) as error:
            raise ToolError(f"{path} could not be saved: {error}.") from None
        self._now[path] = document

    def _refuse_placeholder(self, path: str, new: str) -> None:
        before = self._before[self._own(path)]
        if line := placeholder(before.text if before else "", new):
            raise ToolError(f"{line!r} stands for code that you left out. Write all of it, or edit smaller parts.")


def _missing(path: str, text: str, old: str) -> str:
    """Say that a text is not in a file, and what comes near it."""
    if re.match(r"\s*\d+\t", old):
        return f"old_str is not in {path}: leave out the line numbers, which are not part of the file."
    lines = text.split("\n")
    wanted = next((line.strip() for line in old.split("\n") if line.strip()), "")
    near = difflib.get_close_matches(wanted, {line.strip() for line in lines}, n=1, cutoff=0.7) if wanted else []
    found = [number for number, line in enumerate(lines, 1) if near and line.strip() == near[0]]
    if not found:
        return f"old_str is not in {path}, nor anything like it: view the file and copy the text exactly."
    first = max(1, found[0] - 1)
    height = min(old.count("\n") + 3, 30)
    shown = numbered(text, first, min(first + height, len(lines)), 4_000)
    return f"old_str is not in {path}. Copy the text exactly, also its spaces. What comes nearest:\n{shown}"
