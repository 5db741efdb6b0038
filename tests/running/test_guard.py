"""Engines that write the workspace themselves are caught."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lockboard.model import RunState
from tests.running.runs import Runs, before, edits

TRIES = {
    "write": "open(inside, 'w')",
    "append": "open(inside, 'ab')",
    "create": "open(new, 'x')",
    "raw": "os.open(inside, os.O_RDWR)",
    "truncate": "os.truncate(inside, 0)",
    "remove": "os.remove(inside)",
    "unlink": "pathlib.Path(inside).unlink()",
    "rename": "os.rename(inside, outside + '2')",
    "replace": "os.replace(outside, inside)",
    "move": "shutil.move(outside, new)",
    "copy": "shutil.copy(outside, inside)",
    "mkdir": "os.mkdir(new)",
    "rmdir": "os.rmdir(folder)",
    "rmtree": "shutil.rmtree(folder)",
    "chmod": "os.chmod(inside, 0o600)",
    "touch": "os.utime(inside)",
    "link": "os.link(outside, new)",
    "link out": "os.link(inside, outside + '2')",
    "symlink": "os.symlink(outside, new)",
    "through a link": "open(link, 'w')",
    "dotted": "open(os.path.join(folder, '..', 'file.py'), 'w')",
    "relative": "(os.chdir(folder), open('../file.py', 'w'))",
    "bytes": "open(os.fsencode(inside), 'w')",
    "remove by folder": "os.remove('file.py', dir_fd=os.open(root, os.O_RDONLY))",
    "git": "open(os.path.join(root, '.git'), 'w')",
}

SCRIPT = """
import os, pathlib, shutil, sys
from parallel_refactor.running.guard import Guard
root, outside, link = sys.argv[1:4]
inside, new, folder = (os.path.join(root, name) for name in ("file.py", "new.py", "folder"))
guard = Guard(pathlib.Path(root))
guard.install()
try:
    {attempt}
except PermissionError as error:
    refused = str(error)
else:
    refused = ""
print(len(guard.refused), refused)
"""


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Give a workspace, a file outside of it, and a link outside that leads to a file inside."""
    root = tmp_path / "root"
    (root / "folder").mkdir(parents=True)
    (root / ".task_board").mkdir()
    (root / "file.py").write_text("value = 1\n")
    outside, link = tmp_path / "outside", tmp_path / "link"
    outside.write_text("else\n")
    link.symlink_to(root / "file.py")
    return root, outside, link


def attempt(code: str, places: tuple[Path, Path, Path]) -> str:
    arguments = [sys.executable, "-c", SCRIPT.format(attempt=code), *map(str, places)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize("code", TRIES.values(), ids=TRIES.keys())
def test_every_way_to_write_the_workspace_is_refused(places: tuple[Path, Path, Path], code: str) -> None:
    root = places[0]
    listed = sorted(root.iterdir())
    said = attempt(code, places)
    assert "an engine must not write the workspace" in said
    assert (root / "file.py").read_text() == "value = 1\n"
    assert sorted(root.iterdir()) == listed


@pytest.mark.parametrize(
    "code",
    [
        "open(inside).read()",
        "os.open(inside, os.O_RDONLY)",
        "os.stat(inside)",
        "open(outside, 'a')",
        "os.remove(outside)",
        "open(os.path.join(root, '.task_board', 'x'), 'w')",
        "open(root + '2', 'w')",
    ],
)
def test_reading_and_writing_elsewhere_is_allowed(places: tuple[Path, Path, Path], code: str) -> None:
    assert attempt(code, places) == "0"


def test_an_engine_that_writes_the_workspace_fails_its_task_only(runs: Runs) -> None:
    paths = runs.write(1, "one/") + runs.write(1, "two/")
    target = runs.root / "two/m0000.py"
    run = runs.start(scope="one", options={"write": [str(target)]})
    report = runs.end(run)
    assert report.state == RunState.FAILED
    assert [failure.reason for failure in report.failures] == [
        f"the engine tried to write {target} itself: only landing may do that"
    ]
    assert report.tasks["failed"] == 1
    assert (runs.root / paths[0]).read_text() == before(0)
    assert target.read_text() == before(0)
    assert runs.end(runs.start()).files["changed"] == 2
    assert edits(target) == 1
