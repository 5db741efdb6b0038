"""Three programs, written as people write them, are made asynchronous: they do what they did, and really await."""

from __future__ import annotations

import ast
import os
import re
import runpy
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from tests.cli.program import answer
from tests.packages.fetch import SAMPLES


@frozen
class Sample:
    """A program: where its server is, how it is used, and what becomes a coroutine function or starts a loop."""

    name: str
    server: str
    arguments: tuple[str, ...]
    files: Mapping[str, str]
    functions: frozenset[str]
    plugins: tuple[str, ...]
    tests: int
    starts: frozenset[str]


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


TRACKER = Sample(
    "tracker",
    "tests/web.py:Server",
    ("--url=http://127.0.0.1:{port}", "--token=secret", "report", "--titles", "WEB"),
    {},
    words(
        """
        Transport.get Transport.post Transport._send Tracker.projects Tracker.project Tracker.issues Tracker._page
        Tracker.create Tracker.exists summary titles show_issues run
        """
    ),
    ("no:anyio",),
    8,
    words("main first_issue test_report"),
)
SCRAPER = Sample(
    "scraper",
    "tests/pages.py:Site",
    ("http://127.0.0.1:{port}/", "--pause=0", "--output=out.jsonl", "-v"),
    {},
    words(
        """
        Throttle.wait Fetcher.fetch Fetcher.text read Robots.allows Robots._load Crawler.crawl Crawler._visit crawl main
        """
    ),
    ("no:asyncio",),
    10,
    words("<module>"),
)
RUNNER = Sample(
    "runner",
    "tests/boards.py:Jobs",
    ("job.ini", "--jobs=2"),
    {"job.ini": "[runner]\nport = {port}\ninterval = 0.05\nnotify = http\n"},
    words(
        """
        Board.next_job Board.report Board._call Board._exchange wait_until_up run_job run_step Service.serve
        Service.work Service.pause
        """
    ),
    ("no:asyncio", "no:anyio"),
    0,
    words(
        """
        main ServiceTest.test_jobs_are_run_and_reported ServiceTest.test_it_can_be_stopped StepTest.test_nobody_listens
        ServiceTest.test_a_broken_connection_is_opened_again ServiceTest.test_a_board_that_never_answers
        ServiceTest.test_who_wants_to_know_is_told StepTest.test_what_takes_too_long_is_ended
        """
    ),
)


@pytest.fixture(autouse=True)
def interruptible() -> Iterator[None]:
    """Let SIGINT end the programs also where a shell started the tests in the background, which has it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("sample", [TRACKER, SCRAPER, RUNNER], ids=lambda sample: sample.name)
def test_a_program_does_the_same_and_awaits(sample: Sample, tmp_path: Path) -> None:
    tree = tmp_path / sample.name
    shutil.copytree(SAMPLES / sample.name, tree, ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache"))
    tests, seen = own_tests(sample, tree), used(sample, tree)
    assert tests
    found = answer("run", "async", "--yes", cwd=tree)
    assert found["files"]["failed"] == 0
    code = Code.of(tree)
    assert code.coroutines == sample.functions
    assert len(code.tests) == found["counts"].get("tests made async", 0) == sample.tests
    assert code.starts == sample.starts
    assert code.not_awaited(sample.functions) == []
    assert own_tests(sample, tree) == tests
    assert used(sample, tree) == seen
    assert answer("run", "async", "--yes", cwd=tree)["files"]["changed"] == 0


def own_tests(sample: Sample, tree: Path) -> list[str]:
    """Run the program's own tests, all of which must pass; gives their names."""
    plugins = [word for plugin in sample.plugins for word in ("-p", plugin)]
    command = [sys.executable, "-m", "pytest", "-v", "-W", "error::RuntimeWarning", "-p", "no:cacheprovider", *plugins]
    done = subprocess.run(command, cwd=tree, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return sorted(re.findall(r"^(\S+::.*\S) +PASSED", done.stdout, re.MULTILINE))


def used(sample: Sample, tree: Path) -> tuple[int, list[str], list[Any]]:
    """Use the program against its server; gives exit code, what it printed, and what the server was asked, in order."""
    path, _, name = sample.server.partition(":")
    server = runpy.run_path(str(SAMPLES / sample.name / path))[name]()
    server.jobs = [{"id": n, "steps": [[sys.executable, "-c", "print(1)"]], "hook": "HOOK"} for n in "ab"]
    with server:
        for job in server.jobs:
            job["hook"] = f"http://127.0.0.1:{server.server_port}/told"
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        for file, text in sample.files.items():
            (tree / file).write_text(text.format(port=server.server_port), encoding="utf-8")
        arguments = [argument.format(port=server.server_port) for argument in sample.arguments]
        command = [sys.executable, "-W", "error::RuntimeWarning", "-m", sample.name, *arguments]
        done = subprocess.run(command, cwd=tree, env=environment(), capture_output=True, text=True, check=False)
        asked = [getattr(server, name, None) for name in ("seen", "hits", "results", "told")]
        server.shutdown()
        for file in sample.files:
            (tree / file).unlink()
    said = [re.sub(r"port \d+|127\.0\.0\.1:\d+", "port", text) for text in (done.stdout, done.stderr)]
    assert any(asked)
    return done.returncode, said, asked


def environment() -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    return {**inherited, "PYTHONPATH": os.pathsep.join(["src", "."]), "PYTHONDONTWRITEBYTECODE": "1"}


@frozen
class Code:
    """What the Python files of a tree are: the functions that are coroutine functions, and where each call stands."""

    coroutines: frozenset[str]
    tests: frozenset[str]
    starts: frozenset[str]
    calls: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, tree: Path) -> Code:
        """Read a tree."""
        nodes = [
            (name, node, parent)
            for path in tree.rglob("*.py")
            for name, node, parent in walk(ast.parse(path.read_bytes()))
        ]
        names = {name for name, node, _ in nodes if isinstance(node, ast.AsyncFunctionDef)}
        calls = [(name, node, parent) for name, node, parent in nodes if isinstance(node, ast.Call)]
        return cls(
            frozenset(name for name in names if "test_" not in name),
            frozenset(name for name in names if "test_" in name),
            frozenset(name for name, node, _ in calls if ast.unparse(node.func) == "asyncio.run"),
            tuple((ast.unparse(node.func), kind(parent)) for _, node, parent in calls),
        )

    def not_awaited(self, functions: frozenset[str]) -> list[tuple[str, str]]:
        """Give calls, by their last names, of the functions that are neither awaited nor run."""
        last = {name.rpartition(".")[2] for name in functions} - {"get", "read", "run", "main"}
        return [
            call
            for call in self.calls
            if call[0].rpartition(".")[2] in last and call[1] not in ("Await", "asyncio.run")
        ]


def kind(parent: ast.AST) -> str:
    return ast.unparse(parent.func) if isinstance(parent, ast.Call) else type(parent).__name__


def walk(node: ast.AST, name: str = "") -> list[tuple[str, ast.AST, ast.AST]]:
    """Give all nodes below one, each with the function that it is in, and its parent."""
    found = []
    for child in ast.iter_child_nodes(node):
        inner = name
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inner = f"{name}.{child.name}".lstrip(".")
        found += [(inner or "<module>", child, node), *walk(child, inner)]
    return found
