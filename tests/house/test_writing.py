"""Only landing writes a workspace's files: every module that writes anything is known here, with what it writes."""

from __future__ import annotations

import pytest

from tests.house.repository import ROOT
from tests.house.writing import writes

LANDING = {
    "board/lockboard/exchange.py": "swaps a staged and a present file, the system's way",
    "board/lockboard/swap.py": "lands and takes back one file with that",
    "board/lockboard/tree.py": "makes the folders of new files and removes those left empty; dresses staged files",
}
"""Landing: the only modules that write a workspace. Nothing outside the board may import them (import-linter)."""

OTHERS = {
    "board/lockboard/cleaning.py": "deletes kept files of old runs on the board",
    "board/lockboard/digest.py": "opens a file to read it, with flags put together from what the system has",
    "board/lockboard/durable.py": "cards and the snapshot, on the board, whole or not at all",
    "board/lockboard/layout.py": "a new board's folders and cards, and the cards of runs",
    "board/lockboard/life.py": "the card and heartbeat of a process",
    "board/lockboard/log.py": "the log",
    "board/lockboard/mutex.py": "the mutex, with its holder in it",
    "board/lockboard/paths.py": "a probe file on the board: does the file system tell two cases apart",
    "board/lockboard/sharing.py": "nothing: it asks the system for the kind of a file system",
    "board/lockboard/staging.py": "submitted contents, on the board",
    "board/lockboard/views.py": "the views of the log",
    "server/parallel_refactor/cli/errors.py": "details of an unexpected error, on the board",
    "server/parallel_refactor/cli/main.py": "the null device, in place of a closed terminal",
    "server/parallel_refactor/engines/recipes/hints_shadow.py": "copies for pyrefly in a temporary folder",
    "server/parallel_refactor/engines/recipes/modernise_shadow.py": "copies for ruff in a temporary folder",
    "server/parallel_refactor/engines/simulate.py": "what no engine may write, on demand, to show that it is caught",
    "server/parallel_refactor/planning/graph.py": "a list of names for ruff in a temporary folder",
    "server/parallel_refactor/lsp/stdio.py": "messages to the editor",
    "server/parallel_refactor/running/consent.py": "what a person agreed to, in their own folder for that",
    "server/parallel_refactor/running/detached.py": "what a supervisor says on standard error, on the board",
    "server/parallel_refactor/running/keeping.py": "what a worker had when it was stopped, on the board",
    "server/parallel_refactor/running/program.py": "what a check or gate prints, in the person's cache folder",
    "server/parallel_refactor/running/records.py": "what a model is asked and does, on the board",
    "server/parallel_refactor/running/shadow.py": "copies of the workspace for checks, in the person's cache folder",
    "server/parallel_refactor/running/texts.py": "what files were, on the board, for merges",
    "server/parallel_refactor/running/trees.py": "nothing: it asks the system to hand it the children of dead workers",
}
"""Modules that write something else, and what."""


def test_only_known_modules_write() -> None:
    modules = [path for folder in ("board", "server") for path in (ROOT / folder).rglob("*.py")]
    found = {path.relative_to(ROOT).as_posix(): writes(path.read_text(encoding="utf-8")) for path in modules}
    places = {module: lines for module, lines in found.items() if lines and module not in LANDING | OTHERS}
    assert not places, "only landing writes the workspace; a module that writes files of the board is listed in OTHERS"
    assert (LANDING | OTHERS).keys() <= {module for module, lines in found.items() if lines}, (
        "listed, but writes nothing any more"
    )


@pytest.mark.parametrize(
    "source",
    [
        "open(path, 'w')",
        "open(path, mode=mode)",
        "path.open('r+')",
        "path.open(mode='ab')",
        "os.open(path, flags)",
        "os.open(path, os.O_RDONLY | os.O_CREAT)",
        "os.open(path, os.O_RDONLY | extra)",
        "os.fdopen(fd, 'wb')",
        "io.open(path, 'x')",
        "os.replace(a, b)",
        "from os import rename",
        "import ctypes",
        "from ctypes import CDLL",
        "shutil.copyfile(a, b)",
        "shutil.rmtree(a)",
        "path.replace(other)",
        "path.rename(other)",
        "path.write_bytes(data)",
        "Path(name).unlink()",
        "def f():\n    with suppress(OSError):\n        path.touch()",
    ],
)
def test_a_place_that_writes_is_found(source: str) -> None:
    assert writes(source)


@pytest.mark.parametrize(
    "source",
    [
        "open(path)",
        "open(path, 'rb')",
        "path.open(encoding='utf-8')",
        "path.open('rb')",
        "os.open(path, os.O_RDONLY | os.O_DIRECTORY)",
        "os.fdopen(fd, 'rb')",
        "os.stat(path)",
        "text.replace('a', 'b')",
        "path.read_bytes()",
        "keeper.touch(name)",
        "from os import stat",
    ],
)
def test_a_place_that_reads_is_not(source: str) -> None:
    assert not writes(source)
