"""The server as a process: its streams are clean, it always ends, with the right code, and answers until then."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.lsp.wire import Wire


@pytest.fixture
def wire(root: Path) -> Iterator[Wire]:
    with Wire(root) as server:
        yield server


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    """Give one server to all tests that leave it as it was: a start takes longer than they do."""
    folder = tmp_path_factory.mktemp("shared").resolve() / "space"
    folder.mkdir()
    with Wire(folder) as server:
        server.initialize()
        yield server


def test_exit_after_shutdown_is_0(wire: Wire) -> None:
    wire.initialize()
    assert wire.ask("shutdown")["result"] is None
    wire.notify("exit")
    assert wire.end_code() == 0


def test_exit_without_shutdown_is_1(wire: Wire) -> None:
    wire.initialize()
    wire.notify("exit")
    assert wire.end_code() == 1


def test_exit_before_initialize_is_1(wire: Wire) -> None:
    wire.notify("exit")
    assert wire.end_code() == 1


@pytest.mark.parametrize(("shut_down", "code"), [(True, 0), (False, 1)])
def test_the_end_of_the_input_ends_it(wire: Wire, shut_down: bool, code: int) -> None:
    wire.initialize()
    if shut_down:
        wire.ask("shutdown")
    assert wire.process.stdin is not None
    wire.process.stdin.close()
    assert wire.end_code() == code


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_signals_end_it(wire: Wire, name: str) -> None:
    wire.initialize()
    wire.process.send_signal(getattr(signal, name))
    assert wire.end_code() == 1


def test_the_death_of_the_editor_ends_it(wire: Wire) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as editor:
        wire.initialize(process=editor.pid)
        assert "result" in wire.ask("parallelRefactor/board")
        editor.kill()
    assert wire.end_code() == 1


def test_an_editor_that_cannot_be_seen_is_not_missed(wire: Wire) -> None:
    free = next(pid for pid in range(2**22, 2, -1) if not psutil.pid_exists(pid))
    wire.initialize(process=free)
    looks = time.monotonic() + 2
    while time.monotonic() < looks:
        assert "result" in wire.ask("parallelRefactor/board")


def test_what_is_printed_does_not_get_into_the_stream(root: Path) -> None:
    chatty = textwrap.dedent(
        """
        import os, subprocess, sys
        import parallel_refactor.lsp.hover as module
        def noisy(ls, params):
            print("printed")
            os.write(1, b"written\\n")
            subprocess.run([sys.executable, "-c", "import sys; print('child', repr(sys.stdin.read()))"], check=True)
            return None
        module.hover = noisy
        from parallel_refactor.lsp.entry import serve
        serve()
        """
    )
    with Wire(root, (sys.executable, "-c", chatty), PYTHONUNBUFFERED="1") as wire:
        wire.initialize()
        position = {"textDocument": {"uri": (root / "a.py").as_uri()}, "position": {"line": 0, "character": 0}}
        assert wire.ask("textDocument/hover", position)["result"] is None
        assert wire.ask("shutdown")["result"] is None
        assert all(word in wire.logged() for word in ("printed", "written", "child ''"))


def test_nothing_that_a_person_typed_is_logged(wire: Wire, root: Path) -> None:
    wire.initialize()
    uri = (root / "a.py").as_uri()
    document = {"uri": uri, "languageId": "python", "version": 1, "text": "secret words"}
    wire.notify("textDocument/didOpen", {"textDocument": document})
    wire.notify("textDocument/didChange", {"textDocument": {"uri": "secret words"}, "contentChanges": "secret words"})
    wire.ask("workspace/executeCommand", {"command": "parallelRefactor.startRun", "arguments": ["secret words"]})
    wire.ask("workspace/executeCommand", {"command": "secret words", "arguments": "secret words"})
    wire.ask("textDocument/hover", {"textDocument": "secret words"})
    wire.write(b"Content-Length: 14\r\n\r\n{secret words}")
    wire.ask("shutdown")
    assert "secret" not in wire.logged()


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("textDocument/hover", None),
        ("textDocument/hover", 3),
        ("textDocument/hover", {"textDocument": {"uri": 7}}),
        ("textDocument/hover", {"textDocument": {"uri": "file:///a"}, "position": {"line": -1, "character": "x"}}),
        ("textDocument/codeAction", {"range": []}),
        ("parallelRefactor/viewFileText", {"url": "file:///a"}),
        ("workspace/executeCommand", {"command": "parallelRefactor.startRun", "arguments": [{"workers": "8"}]}),
        ("workspace/executeCommand", {"command": "parallelRefactor.startRun", "arguments": [{"worker": 8}]}),
        ("workspace/executeCommand", {"command": "parallelRefactor.cancelTask", "arguments": []}),
        ("workspace/executeCommand", {"command": "parallelRefactor.board", "arguments": [[1]]}),
        ("workspace/executeCommand", {"command": "parallelRefactor.none"}),
    ],
)
def test_malformed_parameters_are_answered(shared: Wire, method: str, params: object) -> None:
    error = shared.ask(method, params)["error"]
    assert error["code"] == -32602
    assert error["message"]


def test_strange_messages_are_answered(shared: Wire) -> None:
    for body, code in ((b"{", -32700), (b"[]", -32600), (b'"x"', -32600), (b"[" * 100_000, -32700), (b"\xff", -32700)):
        shared.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        assert shared.answer(None)["error"]["code"] == code
    shared.send({"id": 70, "method": "shutdown"})
    assert shared.answer(70)["error"]["code"] == -32600
    shared.send({"jsonrpc": "2.0", "id": True, "method": "shutdown"})
    assert shared.answer(None)["error"]["code"] == -32600
    assert shared.ask("textDocument/none")["error"]["code"] == -32601
    shared.notify("none/such")
    shared.notify("$/none")
    shared.send({"jsonrpc": "2.0", "id": "none asked", "result": 1})
    shared.send({"jsonrpc": "2.0", "id": "none asked", "error": {"code": 1, "message": ""}})
    assert "result" in shared.ask("parallelRefactor/board")


def test_junk_between_frames_is_passed_over(shared: Wire) -> None:
    shared.write(
        b"junk\r\n\r\nContent-Length: x\r\n\r\nContent-Length: -1\r\n\r\nContent-Length: 99999999999\r\n\r\n\r\n"
    )
    shared.write(b"Content-Type: text/plain\r\n")
    body = b'{"jsonrpc":"2.0","id":5000,"method":"shutdown"}'
    shared.write(b"content-length:%d\r\n\r\n%s" % (len(body), body))
    assert shared.answer(5000)["result"] is None


def test_requests_out_of_turn_are_refused(wire: Wire) -> None:
    assert wire.ask("parallelRefactor/board")["error"]["code"] == -32002
    wire.notify("textDocument/didOpen", {"textDocument": "ignored"})
    wire.initialize()
    assert wire.ask("initialize", {"capabilities": {}})["error"]["code"] == -32600
    assert wire.ask("shutdown")["result"] is None
    assert wire.ask("shutdown")["error"]["code"] == -32600
    assert wire.ask("parallelRefactor/board")["error"]["code"] == -32600


def start(wire: Wire, **options: object) -> int:
    arguments = [{"engine": "simulate", "confirm": False, "options": options}]
    return wire.request("workspace/executeCommand", {"command": "parallelRefactor.startRun", "arguments": arguments})


def test_cancelling_a_command_does_not_leave_it_half_done(wire: Wire) -> None:
    wire.initialize()
    begun = start(wire)
    wire.notify("$/cancelRequest", {"id": begun})
    assert wire.answer(begun)["result"] == {"runId": "r1"}


def test_shutdown_with_a_command_at_work(wire: Wire) -> None:
    wire.initialize()
    begun = start(wire)
    ended = wire.request("shutdown")
    assert wire.answer(ended)["result"] is None
    assert wire.answer(begun)["result"] == {"runId": "r1"}
    wire.notify("exit")
    assert wire.end_code() == 0


def test_the_end_comes_while_somebody_keeps_the_board(wire: Wire, root: Path) -> None:
    wire.initialize()
    wire.answer(start(wire))
    stopper = "import sys, time; from lockboard.board import Board; from pathlib import Path\n"
    stopper += "with Board(Path(sys.argv[1])).changing(): print('kept', flush=True); time.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", stopper, root], stdout=subprocess.PIPE) as keeper:
        assert keeper.stdout is not None
        keeper.stdout.readline()
        wire.request("workspace/executeCommand", {"command": "parallelRefactor.cancelRun", "arguments": []})
        assert wire.ask("shutdown")["result"] is None
        began = time.monotonic()
        wire.notify("exit")
        assert wire.end_code() == 0
        keeper.kill()
    assert time.monotonic() - began < 5
