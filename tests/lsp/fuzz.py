# ruff: noqa: ANN401  (messages are anything)
"""Sends a server what no editor should: mutated and random messages, broken frames, requests out of turn.

Every request must be answered once, the server must live until it is told to end, and nothing may happen to the board
that was not asked for. By hand: `python -m tests.lsp.fuzz --messages 100000`.
"""

from __future__ import annotations

import argparse
import copy
import json
import queue
import random
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from attrs import define, field

from lockboard.board import Board
from lockboard.entries import Departed, Held, Joined, Line, Unheld
from lockboard.model import ProcessKind, TaskSpec
from parallel_refactor.lsp import messages
from tests.lsp.team import Team
from tests.lsp.wire import Wire

SESSION = 5_000
"""Messages until a server is ended and the next is started."""

PROBE = 200
"""Messages until the answers are looked at: neither side's pipe may fill up."""

_FREE = (Joined, Departed, Held, Unheld)
"""What the board may show without a command: a server takes part, and holds what is open and unsaved."""


@define
class Session:
    """One server's life, and what is expected of it: the answers by id, None for those to nobody in particular."""

    wire: Wire
    dice: random.Random
    files: list[str]
    expected: Counter[Any] = field(factory=Counter)
    answered: Counter[Any] = field(factory=Counter)
    carried_out: int = 0
    sent: int = 0

    def live(self, count: int) -> None:
        """Send so many messages: some before the beginning, most in the middle, some after the end."""
        early, late = (self.dice.randrange(1 + count // 20) for _ in range(2))
        self.send_many(early)
        self.request("initialize", {"capabilities": {}, "workspaceFolders": [{"uri": self.files[0], "name": "it"}]})
        self.send({"jsonrpc": "2.0", "method": "initialized", "params": {}})
        self.send_many(count - early - late)
        self.probe()
        self.request("shutdown", None)
        self.send_many(late)
        self.settle()
        self.send({"jsonrpc": "2.0", "method": "exit"})
        assert self.wire.end_code() == 0, self.wire.logged()

    def send_many(self, count: int) -> None:
        """Send strange messages."""
        for _ in range(count):
            if self.dice.random() < 0.03:
                self.wire.write(strange_bytes(self.dice))
            else:
                self.send(strange_message(self.dice, self.files))
            self.sent += 1
            if self.sent % PROBE == 0:
                self.probe()

    def send(self, message: Any) -> None:
        """Send a message, and note which answer it must have."""
        self.wire.send(message)
        if not isinstance(message, dict):
            self.expected[None] += 1
        elif "method" in message and "id" in message:
            name = message["id"]
            self.expected[key(name) if isinstance(name, int | str) and not isinstance(name, bool) else None] += 1

    def request(self, method: str, params: object) -> None:
        """Send a good request."""
        self.send({"jsonrpc": "2.0", "id": f"good {self.sent} {method}", "method": method, "params": params})

    def probe(self) -> None:
        """Wait until the server has answered a question that was asked after all others."""
        self.request(messages.VIEW_FILE_TEXT, {"uri": "file:///none"})
        name = key(f"good {self.sent} {messages.VIEW_FILE_TEXT}")
        while not self.answered[name]:
            self.take()

    def settle(self) -> None:
        """Wait until all is answered: commands may take a moment."""
        while self.answered != self.expected:
            try:
                self.take()
            except queue.Empty:
                missing, unasked = self.expected - self.answered, self.answered - self.expected
                raise AssertionError(f"not answered: {missing}, answered unasked: {unasked}") from None

    def take(self) -> None:
        """Take the next message from the server."""
        message = self.wire.receive()
        if "method" not in message:
            name = message["id"]
            self.answered[None if name is None else key(name)] += 1
            self.carried_out += "result" in message
        elif "id" in message:
            self.wire.send({"jsonrpc": "2.0", "id": message["id"], "result": None})


def key(name: float | str) -> str:
    """Tell 1 and "1" apart."""
    return json.dumps(name)


def strange_message(dice: random.Random, files: list[str]) -> Any:
    """Make a message: a good one with some things changed, or anything."""
    if dice.random() < 0.1:
        return anything(dice)
    message = copy.deepcopy(dice.choice(good_messages(dice, files)))
    for _ in range(dice.choice((0, 1, 1, 1, 2, 4))):
        mutate(dice, message)
    return message if dice.random() < 0.98 else [message]


def good_messages(dice: random.Random, files: list[str]) -> list[dict[str, Any]]:
    """Give what an editor might send, to be spoilt."""
    uri = dice.choice(files)
    document, place = {"uri": uri}, {"line": dice.randrange(3), "character": dice.randrange(9)}
    span = {"start": place, "end": {"line": dice.randrange(3), "character": 3}}
    item = {**document, "languageId": "python", "version": 1, "text": "x\r\n\f\u2028🙂\n" * dice.randrange(4)}
    edits = [{"range": span, "text": dice.choice(("", "y", "\r", "\n"))} for _ in range(dice.randrange(4))]
    calls = [(method, params) for method, params in (
        ("textDocument/hover", {"textDocument": document, "position": place}),
        ("textDocument/codeAction", {"textDocument": document, "range": span, "context": {"diagnostics": []}}),
        ("textDocument/diagnostic", {"textDocument": document}),
        ("workspace/diagnostic", {"previousResultIds": [], "partialResultToken": "x"}),
        ("parallelRefactor/board", None),
        ("parallelRefactor/viewFileText", document),
        ("parallelRefactor/none", {}),
        ("initialize", {"capabilities": {}}),
        *(("workspace/executeCommand", {"command": command, "arguments": [argument]}) for command, argument in (
            (messages.START_RUN, {"recipe": "none", "workers": 3, "include": ["*.py"], "confirm": False}),
            (messages.CANCEL_TASK, {"task": "t1", "run": "r1"}),
            (messages.PAUSE_RUN, {"run": "r2", "folder": files[0]}),
            (messages.UNDO_RUN, {"run": "r7"}),
            (messages.TAKE_FILE, uri),
            (messages.SHOW_BOARD, None),
        )),
    )]  # fmt: skip
    told = [
        ("textDocument/didOpen", {"textDocument": item}),
        ("textDocument/didChange", {"textDocument": {**document, "version": 2}, "contentChanges": edits}),
        ("textDocument/didSave", {"textDocument": document}),
        ("textDocument/didClose", {"textDocument": document}),
        ("parallelRefactor/dirty", {**document, "dirty": bool(dice.randrange(2))}),
        ("workspace/didChangeWorkspaceFolders", {"event": {"added": [], "removed": []}}),
        ("window/workDoneProgress/cancel", {"token": "x"}),
        ("$/cancelRequest", {"id": dice.randrange(1_000_000)}),
        ("$/none", {}),
    ]
    requests: list[dict[str, Any]] = [
        {"id": dice.randrange(1_000_000), "method": method, "params": params} for method, params in calls
    ]
    others: list[dict[str, Any]] = [{"method": method, "params": params} for method, params in told]
    answers: list[dict[str, Any]] = [
        {"id": dice.randrange(9), "result": None},
        {"id": "x", "error": {"code": 1, "message": "no"}},
    ]
    return [{"jsonrpc": "2.0", **message} for message in (*requests, *others, *answers)]


def mutate(dice: random.Random, message: Any) -> None:
    """Change, remove or add something somewhere in a message."""
    place = message
    while isinstance(place, dict | list) and place:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        chosen: Any = dice.choice(keys)
        inner: Any = place[chosen]
        if isinstance(inner, dict | list) and inner and dice.random() < 0.7:
            place = inner
            continue
        if dice.random() < 0.3:
            del place[chosen]
        elif isinstance(place, dict) and dice.random() < 0.2:
            place[str(anything(dice))] = inner
        elif chosen != "method" or dice.random() < 0.5:
            place[chosen] = anything(dice)
        return


def anything(dice: random.Random, depth: int = 2) -> Any:
    """Make any JSON value."""
    plain = [
        None,
        True,
        False,
        0,
        -1,
        1.5,
        2**31,
        2**63,
        10**30,
        "",
        "x",
        "file:///a",
        "file://[",
        "\ud800",
        "\0",
        "a" * 300,
    ]
    if depth == 0 or dice.random() < 0.7:
        return dice.choice(plain)
    parts = [anything(dice, depth - 1) for _ in range(dice.randrange(4))]
    return parts if dice.random() < 0.5 else {str(dice.choice(plain)): part for part in parts}


def strange_bytes(dice: random.Random) -> bytes:
    """Make bytes that are no message, and leave the reader between two messages."""
    junk = (
        bytes(dice.randrange(256) for _ in range(dice.randrange(40)))
        .replace(b"\n", b"")
        .lower()
        .replace(b"length", b"")
    )
    return dice.choice(
        (
            junk + b"\r\n\r\n",
            b"Content-Length: 0\r\n\r\n",
            b"Content-Length: -5\r\n\r\n",
            b"Content-Length: 99999999999999\r\n\r\n",
            b"Content-Type: x\r\n\r\n",
            b"Content-Length: five\r\n" + junk + b"\r\n\r\n",
            b"\r\n\r\n",
        )
    )


def fuzz(folder: Path, count: int, seed: int) -> list[Line]:
    """Send `count` messages to one server after the other; gives what happened to the board meanwhile."""
    dice = random.Random(seed)
    root = folder / "space"
    root.mkdir()
    for name in ("a.py", "b.py"):
        (root / name).write_text("x\n")
    team = Team(root, TaskSpec("t1", ("a.py",)), TaskSpec("t2", ("b.py",)))
    team.claim(team.worker())
    files = [root.as_uri(), *((root / name).as_uri() for name in ("a.py", "b.py", "c.py")), "untitled:x"]
    watcher = Board(root)
    carried_out = 0
    for start in range(0, count, SESSION):
        with Wire(root) as wire:
            session = Session(wire, dice, files)
            session.live(min(SESSION, count - start))
            carried_out += session.carried_out
            assert "Traceback" not in wire.logged(), wire.logged()
    happened = [line for line in watcher.refresh() if not isinstance(line.entry, _FREE)]
    kinds = {process.kind for process in watcher.state.processes.values()}
    assert len(happened) <= 2 * carried_out, happened  # to take a file ends or splits its task besides
    assert kinds <= {ProcessKind.WORKER, ProcessKind.SERVER}
    watcher.close()
    team.close()
    return happened


def main() -> None:
    """Fuzz as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        happened = fuzz(Path(folder).resolve(), args.messages, args.seed)
        print(
            f"{args.messages:,} messages in {time.monotonic() - began:.0f} s, seed {args.seed}: every request answered,"
        )
        print(f"no crash, {len(happened)} changes of the board, all asked for")


if __name__ == "__main__":
    main()
