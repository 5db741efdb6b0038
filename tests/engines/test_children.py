"""Programs that engines start end when they should."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import psutil
import pytest

from parallel_refactor.engines.children import Finished, run_child
from parallel_refactor.engines.interface import EngineError
from tests.engines.engine_runs import never

WAIT = "import time; time.sleep(60)"


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def children() -> list[psutil.Process]:
    return psutil.Process().children()


def test_output_status_folder_and_environment(tmp_path: Path) -> None:
    code = """
import os, sys
print(os.getcwd(), os.environ['MARK'])
print('\\u00e9' * 100_000, file=sys.stderr)
sys.exit(3)
"""
    environment = {**os.environ, "MARK": "x", "PYTHONUTF8": "1"}
    done = run_child(python(code), folder=tmp_path, environment=environment, stop=never, seconds=60)
    assert done is not None
    assert (done.status, done.stdout.split()) == (3, [str(tmp_path.resolve()), "x"])
    assert done.stderr.strip() == "\u00e9" * 100_000


def test_nothing_is_read_from_the_terminal(tmp_path: Path) -> None:
    code = "import sys; print(repr(sys.stdin.read()))"
    done = run_child(python(code), folder=tmp_path, environment=os.environ, stop=never, seconds=60)
    assert isinstance(done, Finished)
    assert done.stdout.strip() == "''"


def test_it_is_killed_when_asked_to_stop(tmp_path: Path) -> None:
    before = children()
    seen: list[psutil.Process] = []

    def stop() -> bool:
        seen.extend(child for child in children() if child not in before)
        return len(seen) > 3

    began = time.monotonic()
    assert run_child(python(WAIT), folder=tmp_path, environment=os.environ, stop=stop, seconds=60) is None
    assert time.monotonic() - began < 30
    assert seen
    assert not seen[0].is_running()


def test_it_is_killed_at_its_deadline(tmp_path: Path) -> None:
    before = children()
    with pytest.raises(EngineError, match=r"took longer than 0\.2 s"):
        run_child(python(WAIT), folder=tmp_path, environment=os.environ, stop=never, seconds=0.2)
    assert children() == before


def test_it_is_killed_when_asking_fails(tmp_path: Path) -> None:
    before = children()

    def stop() -> bool:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        run_child(python(WAIT), folder=tmp_path, environment=os.environ, stop=stop, seconds=60)
    assert children() == before


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="cannot start"):
        run_child([str(tmp_path / "none")], folder=tmp_path, environment=os.environ, stop=never, seconds=60)
