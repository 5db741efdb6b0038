"""The simulate engine takes as long as it says, edits what it says, and fails on demand."""

from __future__ import annotations

import ast
import multiprocessing
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parallel_refactor.engines.interface import EngineError, FileResult, Job, Left, Outcome, StoppedError
from parallel_refactor.engines.simulate import MARK, SimulateEngine, seconds_for
from tests.engines.engine_runs import MemoryReader, never


def run(files: dict[str, bytes | None], **options: Any) -> tuple[FileResult, ...]:
    return SimulateEngine().run(Job(files, options=options), MemoryReader({}), never).files


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("a.py", b"x = 1\n", b"x = 1\n# %b\n"),
        ("a.py", b"", b"# %b\n"),
        ("a.py", b"x = 1", b"x = 1\n# %b\n"),
        ("a.py", b"x = 1\r\ny = 2", b"x = 1\r\ny = 2\r\n# %b\r\n"),
        ("a.py", b"\xef\xbb\xbfx = '\xf0\x9f\x98\x80'\n", b"\xef\xbb\xbfx = '\xf0\x9f\x98\x80'\n# %b\n"),
        ("a.py", b"# coding: latin-1\nx = '\xe9'\n", b"# coding: latin-1\nx = '\xe9'\n# %b\n"),
        ("deep/a.TSX", b"let x;\n", b"let x;\n// %b\n"),
        ("a.lua", b"x = 1\n", b"x = 1\n-- %b\n"),
        ("a.html", b"<p>\n", b"<p>\n<!-- %b -->\n"),
        ("a.css", b"p {}\n", b"p {}\n/* %b */\n"),
        ("Makefile", b"all:\n", b"all:\n# %b\n"),
    ],
)
def test_a_comment_is_appended_once(path: str, before: bytes, after: bytes) -> None:
    expected = after.replace(b"%b", MARK.encode())
    assert run({path: before}) == (FileResult(path, Outcome.CHANGED, expected),)
    assert run({path: expected}) == (FileResult(path, Outcome.UNCHANGED),)


@given(st.binary(max_size=200))
def test_nothing_that_was_there_changes(data: bytes) -> None:
    (file,) = run({"a.py": data})
    assert (file.outcome is Outcome.CHANGED) == (file.new is not None)
    if file.new is not None:
        assert file.new.startswith(data)


def test_files_without_comments_are_left() -> None:
    assert [file.outcome for file in run({"a.json": b"{}", "b.txt": "x".encode("utf-16")})] == [Outcome.LEFT] * 2
    assert run({"gone.py": None}) == (FileResult("gone.py", Outcome.UNCHANGED),)


def test_it_waits_without_using_the_processor() -> None:
    began, worked = time.monotonic(), time.process_time()
    run({"a.py": b"", "b.py": b""}, seconds="0.3")
    assert time.monotonic() - began >= 0.6
    assert time.process_time() - worked < 0.1


def test_lengths_are_lognormal_around_the_mean_and_a_function_of_the_path() -> None:
    options = {"seconds": 2, "spread": 0.8}
    lengths = [seconds_for(f"{number}.py", options) for number in range(4000)]
    assert lengths == [seconds_for(f"{number}.py", options) for number in range(4000)]
    assert statistics.mean(lengths) == pytest.approx(2, rel=0.1)
    assert statistics.median(lengths) == pytest.approx(2 / 2.718281828 ** (0.8**2 / 2), rel=0.1)
    assert seconds_for("0.py", options) != seconds_for("0.py", {**options, "seed": "other"})


@pytest.mark.parametrize("seconds", [-1, "x", "nan", "inf", None])
def test_a_length_that_is_none_is_refused(seconds: object) -> None:
    with pytest.raises(EngineError, match="option seconds"):
        run({"a.py": b""}, seconds=seconds)


def test_it_stops_within_a_wait_and_hands_over_what_it_has() -> None:
    end = time.monotonic() + 0.2
    job = Job({"a.py": b"", "b.py": b""}, options={"seconds": 30})
    with pytest.raises(StoppedError) as stopped:
        SimulateEngine().run(job, MemoryReader({}), lambda: time.monotonic() > end)
    assert time.monotonic() - end < 0.5
    assert stopped.value.partial.files == ()


def test_it_asks_every_tenth_of_a_second() -> None:
    asked: list[float] = []

    def stop() -> bool:
        asked.append(time.monotonic())
        return False

    SimulateEngine().run(Job({"a.py": b""}, options={"seconds": 0.5}), MemoryReader({}), stop)
    assert len(asked) >= 5


def test_a_stop_between_files_keeps_the_finished_ones() -> None:
    asked = iter([False, False, True])
    with pytest.raises(StoppedError) as stopped:
        SimulateEngine().run(Job({"a.py": b"", "b.py": b"", "c.py": b""}), MemoryReader({}), lambda: next(asked))
    assert [file.path for file in stopped.value.partial.files] == ["a.py", "b.py"]


def test_it_can_be_deaf() -> None:
    (file,) = (
        SimulateEngine().run(Job({"a.py": b""}, options={"ignore_stop": "a.py"}), MemoryReader({}), lambda: True).files
    )
    assert file.outcome is Outcome.CHANGED


def test_it_fails_on_demand() -> None:
    good, bad = run({"a.py": b"", "b.py": b""}, fail="b.py,c.py")
    assert (good.outcome, bad) == (
        Outcome.CHANGED,
        FileResult("b.py", Outcome.FAILED, left=(Left("failed on demand"),)),
    )
    with pytest.raises(RuntimeError, match=r"raised on demand at b\.py"):
        run({"a.py": b"", "b.py": b""}, **{"raise": ["b.py"]})
    with pytest.raises(EngineError, match=r"b\.py: refused"):
        run({"b.py": b""}, refuse=["b.py"])


def test_chances_are_seeded_or_thrown_anew() -> None:
    files: dict[str, bytes | None] = {f"{number}.py": b"" for number in range(400)}

    def failed(**options: Any) -> set[str]:
        return {file.path for file in run(files, **options) if file.outcome is Outcome.FAILED}

    assert failed(fail=1) == set(files)
    assert failed(fail="0") == set()
    assert 40 < len(failed(fail=0.25, seed=1)) < 160
    assert failed(fail=0.25, seed=1) == failed(fail="0.25", seed=1) != failed(fail=0.25, seed=2)
    assert failed(fail=0.5) != failed(fail=0.5)
    with pytest.raises(EngineError, match="not a probability"):
        failed(fail=1.5)


def in_process(options: dict[str, Any]) -> multiprocessing.process.BaseProcess:
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=run, args=({"a.py": b""},), kwargs=options)
    process.start()
    return process


@pytest.mark.parametrize(("fault", "status"), [("exit", 70), ("kill", -9 if sys.platform != "win32" else 15)])
def test_it_takes_its_process_down(fault: str, status: int) -> None:
    process = in_process({fault: ["a.py"]})
    process.join(60)
    assert process.exitcode == status


def test_it_hangs_until_it_is_killed() -> None:
    process = in_process({"hang": ["a.py"]})
    process.join(2)
    assert process.is_alive()
    process.kill()
    process.join()


def test_it_tries_to_write_where_no_engine_may(tmp_path: Path) -> None:
    target = tmp_path / "victim.py"
    target.write_bytes(b"mine\n")
    run({"a.py": b""}, write=[str(target)])
    assert target.read_bytes() == b"mine\nwritten by an engine\n"


def test_the_edit_is_python() -> None:
    (file,) = run({"a.py": b"def f():\n    return 1"})
    ast.parse(file.new or b"")
