"""What an editor has open: buffers over files, as a person uses them, and the server that is told of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from attrs import define, field
from lsprotocol.converters import get_converter

from parallel_refactor.lsp import messages
from tests.lsp.model_editor import ModelEditor
from tests.lsp.wire import Wire


@define
class Buffer:
    """A file's text in an editor; `base` is the text of the disk that it began with."""

    uri: str
    model: ModelEditor
    base: str
    version: int = 0

    @property
    def text(self) -> str:
        """What the person sees."""
        return self.model.text

    @property
    def dirty(self) -> bool:
        """Whether there is something to save."""
        return self.text != self.base


@define
class Desk:
    """A person's editor with its server, which may die and is started again. `start` gives a new server."""

    root: Path
    encoding: str
    start: Callable[[], Wire]
    wire: Wire = field(init=False)
    buffers: dict[str, Buffer] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        """Start the server."""
        self.wire = self.start()

    def open(self, name: str) -> Buffer:
        """Open a file, as it is on disk."""
        text = read(self.root / name)
        buffer = Buffer((self.root / name).as_uri(), ModelEditor(text, self.encoding), text)
        self.buffers[name] = buffer
        self._tell_open(buffer)
        return buffer

    def edit(self, buffer: Buffer, start: int, end: int, new: str) -> None:
        """Replace what lies between two places of a buffer."""
        self._change(buffer, get_converter().unstructure(buffer.model.edit(start, end, new)))

    def replace(self, buffer: Buffer, text: str) -> None:
        """Replace all of a buffer."""
        buffer.model.text = text
        self._change(buffer, {"text": text})

    def saved(self, buffer: Buffer) -> None:
        """Tell that what the buffer has was written."""
        buffer.base = buffer.text
        self._tell("didSave", buffer)

    def close(self, name: str) -> None:
        """Close a file."""
        self._tell("didClose", self.buffers.pop(name))

    def crash(self) -> None:
        """Let editor and server die, and come back with all that was open: editors keep unsaved text."""
        self.wire.process.kill()
        self.wire.process.wait()
        self.wire = self.start()
        for buffer in self.buffers.values():
            self._tell_open(buffer)

    def take(self, buffer: Buffer) -> str:
        """Take a file from its worker; gives how it was had."""
        parameters = {"command": messages.TAKE_FILE, "arguments": [buffer.uri]}
        answer = self.wire.ask("workspace/executeCommand", parameters)
        return str(answer["result"]["how"])

    def seen(self, buffer: Buffer) -> Any:  # noqa: ANN401  (what the server says)
        """Give a buffer as the server has it; all that it was told before is taken in by then."""
        return self.wire.ask(messages.VIEW_FILE_TEXT, {"uri": buffer.uri})["result"]

    def _tell_open(self, buffer: Buffer) -> None:
        buffer.version = 0
        document = {"uri": buffer.uri, "languageId": "python", "version": 0, "text": buffer.text}
        self.wire.notify("textDocument/didOpen", {"textDocument": document})

    def _change(self, buffer: Buffer, change: object) -> None:
        buffer.version += 1
        document = {"uri": buffer.uri, "version": buffer.version}
        self.wire.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})

    def _tell(self, what: str, buffer: Buffer) -> None:
        self.wire.notify(f"textDocument/{what}", {"textDocument": {"uri": buffer.uri}})


def read(path: Path) -> str:
    """Give a file's text, "" where there is none."""
    return path.read_bytes().decode() if path.exists() else ""
