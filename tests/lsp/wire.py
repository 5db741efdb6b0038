"""The server at the other end of two pipes, byte by byte: for messages that no editor would send."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any

COMMAND = (sys.executable, "-m", "parallel_refactor.lsp")
DEADLINE = 30.0


class Wire:
    """A server process, what is sent to it, and what it answers."""

    def __init__(
        self,
        folder: Path,
        command: Sequence[str] = COMMAND,
        log: Path | None = None,
        note: Callable[[dict[str, Any]], None] = lambda _: None,
        **environment: str,
    ) -> None:
        """`note` is called in a thread with each message as soon as it is there."""
        self._note = note
        self.log = (log or folder.parent / "server.log").open("w+b")
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.log,
            env=os.environ | environment,
        )
        self._folder = folder
        self._next = 0
        self._received: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._reader.join()
        for stream in (self.process.stdin, self.process.stdout, self.log):
            assert stream is not None
            try:
                stream.close()
            except BrokenPipeError:
                continue  # what was not flushed goes nowhere: the server is dead

    # ---- sending

    def write(self, data: bytes) -> None:
        """Send bytes."""
        assert self.process.stdin is not None
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, message: object) -> None:
        """Send a message as it is, in a frame."""
        body = json.dumps(message).encode()
        self.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    def notify(self, method: str, params: object = None) -> None:
        """Send a notification."""
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def request(self, method: str, params: object = None) -> int:
        """Send a request; gives its id."""
        self._next += 1
        self.send({"jsonrpc": "2.0", "id": self._next, "method": method, "params": params})
        return self._next

    def initialize(self, *, process: int | None = None, capabilities: object = None) -> dict[str, Any]:
        """Go through the beginning; gives the answer."""
        folders = [{"uri": self._folder.as_uri(), "name": "it"}]
        params: dict[str, object] = {
            "processId": process,
            "rootUri": None,
            "capabilities": capabilities or {},
            "workspaceFolders": folders,
        }
        answer = self.answer(self.request("initialize", params))
        self.notify("initialized", {})
        return answer

    # ---- receiving

    def answer(self, name: object) -> dict[str, Any]:
        """Wait for the answer to a request; passes over what else comes."""
        while True:
            message = self.receive()
            if message.get("id") == name and "method" not in message:
                return message

    def ask(self, method: str, params: object = None) -> dict[str, Any]:
        """Send a request and wait for its answer."""
        return self.answer(self.request(method, params))

    def receive(self) -> dict[str, Any]:
        """Wait for the next message."""
        message = self._received.get(timeout=DEADLINE)
        assert message is not None, f"the server ended; its log: {self.logged()}"
        return message

    def end_code(self) -> int:
        """Wait for the server's end; gives its exit code."""
        return self.process.wait(DEADLINE)

    def logged(self) -> str:
        """Give what the server logged so far."""
        self.log.seek(0)
        return self.log.read().decode()

    def _read(self) -> None:
        assert self.process.stdout is not None
        while (message := _read_frame(self.process.stdout)) is not None:
            self._note(message)
            self._received.put(message)
        self._received.put(None)


def _read_frame(stream: IO[bytes]) -> dict[str, Any] | None:
    """Read one frame by the letter: junk between two frames is an error."""
    headers: dict[str, str] = {}
    while line := stream.readline():
        if line == b"\r\n":
            body = stream.read(int(headers["content-length"]))
            message: dict[str, Any] = json.loads(body)
            return message
        name, colon, value = line.decode("ascii").partition(":")
        assert colon, f"junk in the stream: {line!r}"
        headers[name.lower()] = value.strip()
    return None
