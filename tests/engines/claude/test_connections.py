"""Whom a task talks to: the model's server and nobody else."""

from __future__ import annotations

import subprocess
import sys

from tests.engines.claude.talks import stage
from tests.house.repository import ROOT

_TASK = """
import sys

called = set()
sys.addaudithook(lambda name, given: called.add(str(given[1])) if name in ("socket.connect", "socket.sendto") else None)
sys.addaudithook(lambda name, given: called.add(str(given[0])) if name == "socket.getaddrinfo" else None)

from parallel_refactor.engines.claude import rehearsal
from parallel_refactor.engines.claude.engine import ClaudeEngine
from parallel_refactor.engines.interface import Job
from tests.engines.engine_runs import MemoryReader, never

print(*called)
called.clear()
files = {"m.py": b"value = 1\\n"}
ClaudeEngine().run(Job(files, "Replace `value` by `worth`.", {"base_url": sys.argv[1]}), MemoryReader(files), never)
print(*called)
"""


def test_nobody_but_the_server_of_the_model_is_connected_to() -> None:
    with stage() as here:
        done = subprocess.run(
            [sys.executable, "-c", _TASK, here.double.url], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert here.books.completed == 2
        port = here.double.url.rpartition(":")[2]
    rehearsed, asked = done.stdout.splitlines()
    assert rehearsed.endswith("/socket")
    assert rehearsed.count(" ") == 0
    assert set(asked.replace("'", "").strip("()").split(", ")) <= {"127.0.0.1", port}, asked
