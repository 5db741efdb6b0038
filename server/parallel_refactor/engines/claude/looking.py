"""How the model looks at the rest of the workspace: it reads and searches what git does not ignore, never secrets."""

from __future__ import annotations

from collections.abc import Callable

from parallel_refactor.engines.claude.calls import ToolError, numbered
from parallel_refactor.engines.claude.document import Document, UnreadableError
from parallel_refactor.engines.claude.drafts import MOST_SHOWN, Drafts
from parallel_refactor.engines.claude.secrets import has_secret_contents, has_secret_name
from parallel_refactor.engines.interface import Reader

_MOST_BYTES = 1_000_000
_MOST_HITS = 60
_MOST_WIDTH = 240


class Looking:
    """The model's window on the workspace; its own files it sees as it has changed them."""

    def __init__(self, reader: Reader, drafts: Drafts, denied: Callable[[str], bool]) -> None:
        self._reader = reader
        self._drafts = drafts
        self._denied = denied

    def read(self, path: str, first: int, last: int) -> str:
        """Show lines of a file with their numbers; raises ToolError."""
        path = path.removeprefix("./")
        if path in self._drafts.paths:
            return self._drafts.view(path, first, last)
        if path not in self._reader.paths():
            raise ToolError(f"The workspace has no file {path}, or ignores it. Paths are as in pkg/module.py.")
        return numbered(load(self._reader, self._denied, path), first, last, MOST_SHOWN)

    def others(self, path: str) -> bytes:
        """Give what is in a file that is not the task's own; raises ToolError where the model may not see it."""
        if path not in self._reader.paths():
            raise ToolError(f"The workspace has no file {path}, or ignores it. Paths are as in pkg/module.py.")
        load(self._reader, self._denied, path)
        return self._reader.read(path)

    def require_open(self, path: str) -> None:
        """Raise ToolError for a file that the model may not see; one that does not exist yet it may."""
        if path in self._reader.paths():
            load(self._reader, self._denied, path)
        else:
            _refuse_name(self._denied, path)

    def search(self, text: str, below: str) -> str:
        """List the lines that contain a text, in all files or those below a folder; raises ToolError."""
        if not text.strip() or "\n" in text:
            raise ToolError("text must be a part of one line.")
        below = below.removeprefix("./").rstrip("/")
        hits: list[str] = []
        for path in self._reader.paths():
            if below and path != below and not path.startswith(f"{below}/"):
                continue
            hits += self._hits(path, text)
            if len(hits) > _MOST_HITS:
                return "\n".join((*hits[:_MOST_HITS], "(there are more: search for more, or in one folder)"))
        return "\n".join(hits) or "No file has it."

    def _hits(self, path: str, text: str) -> list[str]:
        try:
            content = self._drafts.text(path) if path in self._drafts.paths else load(self._reader, self._denied, path)
        except ToolError:
            return []
        lines = (content or "").split("\n") if text in (content or "") else []
        return [f"{path}:{number}: {line[:_MOST_WIDTH]}" for number, line in enumerate(lines, 1) if text in line]


def load(reader: Reader, denied: Callable[[str], bool], path: str) -> str:
    """Give the text of a file as far as a model may see it; raises ToolError, which says why it may not."""
    _refuse_name(denied, path)
    try:
        data = reader.read(path)
    except OSError as error:
        raise ToolError(f"{path} cannot be read: {error.strerror or error}.") from None
    if len(data) > _MOST_BYTES:
        raise ToolError(f"{path} is larger than {_MOST_BYTES:,} bytes.")
    if has_secret_contents(data):
        raise ToolError(f"{path} holds what looks like a secret: it may not be read.")
    try:
        return Document.read(path, data).text
    except UnreadableError as error:
        raise ToolError(f"{path} cannot be shown: {error}.") from None


def _refuse_name(denied: Callable[[str], bool], path: str) -> None:
    if denied(path):
        raise ToolError(f"{path} is one of those that may not be read.")
    if has_secret_name(path):
        raise ToolError(f"{path} looks like a secret: it may not be read.")
