"""The same failures by another hand: `python -m tests.faults.second_double PROGRAM`, half a minute.

PROGRAM is `llmock` of the package llmock (0.2.2), installed in an environment of its own. It plays failures of the API
in its own way and judges its client: whether it tried again what may succeed and nothing else, waited as told, and took
no broken answer for a whole one. It checks no request, counts no cache and cannot edit: that is what tests/doubles is
for.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2

from parallel_refactor.engines.claude.asking import Patience
from parallel_refactor.engines.claude.engine import ClaudeEngine
from parallel_refactor.engines.claude.tools import DONE, EDIT
from parallel_refactor.engines.interface import EngineError, Job, Result
from tests.doubles.strict import KEY
from tests.engines.engine_runs import MemoryReader, never

_FILE = "m.py"
_OLD, _NEW = b"value = 1\n", b"worth = 1\n"
_EDIT = {"command": "str_replace", "path": _FILE, "old_str": "value", "new_str": "worth"}
_DONE = {"summary": "Done.", "files": [{"path": _FILE, "outcome": "changed", "reason": "as asked for"}]}
_CALLS = [{"name": EDIT, "arguments": _EDIT}, {"name": DONE, "arguments": _DONE}]
_REPLY = {"type": "reply", "text": "I go on.", "tool_calls": _CALLS, "times": None}
_FAULTS: dict[str, dict[str, Any]] = {
    **{f"status {status}": {"type": "fail", "status": status} for status in (408, 409, 500, 502, 503, 504, 529)},
    "status 429, and come back": {"type": "fail", "status": 429, "retry_after": 1.2, "times": 2},
    **{
        f"{kind} after {chunks}": {"type": "stream_fault", "kind": kind, "after_chunks": chunks, "stall_seconds": 5}
        for kind in ("disconnect", "truncate", "stall", "malformed")
        for chunks in (0, 1, 3, 6)
    },
    "slow": {"type": "slow_first_token", "seconds": 0.5},
    "broken arguments": {"type": "tool_fault", "kind": "malformed_arguments"},
    "unknown tool": {"type": "tool_fault", "kind": "unknown_tool"},
}
_FINAL = (400, 401, 403, 404, 413, 422)


def main() -> int:
    """Try all faults; the exit code tells whether there was a problem."""
    os.environ["ANTHROPIC_API_KEY"] = KEY
    problems = []
    with _served(sys.argv[1]) as url:
        for name, fault in _FAULTS.items():
            problems += [f"{name}: {problem}" for problem in _survives(url, fault)]
        for status in _FINAL:
            problems += [f"status {status}: {problem}" for problem in _gives_up(url, status)]
    print("".join(f"{problem}\n" for problem in problems), end="")
    print(f"{len(_FAULTS) + len(_FINAL):8}  kinds of faults\n{len(problems):8}  problems")
    return bool(problems)


def _survives(url: str, fault: dict[str, Any]) -> Iterator[str]:
    """Have a task done although a request fails; gives what is wrong with that."""
    _script(url, fault)
    try:
        new = _do(url).files[0].new
    except EngineError as error:
        yield f"the task failed: {error}"
        return
    if new != _NEW:
        yield f"the file became {new!r}"
    wanted = 1 if fault["type"] == "slow_first_token" else 1 + fault.get("times", 1)
    if (asked := httpx2.get(f"{url}/_llmock/requests").json()["count"]) != wanted:
        yield f"asked {asked} times"
    if pending := httpx2.get(f"{url}/_llmock/scenario").json()["pending"][1:]:
        yield f"never met: {pending}"
    yield from _findings(url)


def _gives_up(url: str, status: int) -> Iterator[str]:
    """Have a task fail at what no second try can mend."""
    _script(url, {"type": "fail", "status": status, "times": None})
    try:
        yield f"the task ended with {_do(url)}"
    except EngineError:
        yield from _findings(url)


def _script(url: str, *behaviors: dict[str, Any]) -> None:
    httpx2.post(f"{url}/_llmock/reset")
    answer = httpx2.post(f"{url}/_llmock/scenario", json={"behaviors": [_REPLY, *behaviors]})
    if answer.status_code != 201:
        raise RuntimeError(answer.text)


def _findings(url: str) -> Iterator[str]:
    """Give the other double's verdict, but warnings: an answer that was sent before its client left counts as heard."""
    for finding in httpx2.get(f"{url}/_llmock/verdict").json()["findings"]:
        if finding["severity"] == "error":
            yield f"{finding['title']}: {json.dumps(finding)}"


def _do(url: str) -> Result:
    options = {"base_url": f"{url}/anthropic", "timeout": 1}
    job = Job({_FILE: _OLD}, "Say worth, not value.", options)
    return ClaudeEngine(Patience(first=0.05)).run(job, MemoryReader({_FILE: _OLD}), never)


@contextmanager
def _served(program: str) -> Iterator[str]:
    """Run the other double; it is gone afterwards."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url, end = f"http://127.0.0.1:{port}", time.monotonic() + 30
    command = [program, "serve", "--host", "127.0.0.1", "--port", str(port), "--log-level", "critical"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as running:
        try:
            while not _answers(url):
                if running.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"{program} does not serve")
                time.sleep(0.05)
            yield url
        finally:
            running.terminate()


def _answers(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/health").is_success
    except httpx2.TransportError:
        return False


if __name__ == "__main__":
    sys.exit(main())
