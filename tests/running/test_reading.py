"""What an engine can read."""

from __future__ import annotations

from pathlib import Path

import pytest

from lockboard.board import Board
from lockboard.digest import digest
from lockboard.model import ABSENT, FileChange, ProcessKind, RunSpec, RunState, Submission, TaskSpec
from parallel_refactor.running.reading import WorkspaceReader, overlay_for


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Make a workspace with a neighbour."""
    made = tmp_path / "root"
    (made / "folder").mkdir(parents=True)
    (made / "folder" / "a.py").write_bytes(b"a")
    (tmp_path / "secret").write_bytes(b"secret")
    return made


def test_a_file_is_read_and_remembered(root: Path) -> None:
    reader = WorkspaceReader(root)
    assert reader.read("folder/a.py") == b"a"
    with pytest.raises(FileNotFoundError):
        reader.read("folder/b.py")
    assert reader.relied(("folder/a.py", "folder/b.py", "never read")) == {
        "folder/a.py": digest(b"a"),
        "folder/b.py": ABSENT,
    }


def test_what_is_listed_is_not_ignored_and_is_what_is_read(root: Path) -> None:
    (root / ".gitignore").write_text("*.log\n")
    (root / "run.log").write_text("")
    (root / "gone.py").write_text("")
    made = root.parent / "staged"
    made.write_bytes(b"made")
    reader = WorkspaceReader(root, {"made.py": made, "gone.py": None})
    assert reader.paths() == (".gitignore", "folder/a.py", "made.py")
    assert reader.read("made.py") == b"made"


OUTSIDE = (
    *("../secret", "folder/../../secret", "link", "linked/secret"),
    *(".git/config", ".task_board/log.jsonl", "", "/etc/hosts"),
)


@pytest.mark.parametrize("path", OUTSIDE)
def test_nothing_outside_the_workspace_is_read(root: Path, path: str) -> None:
    (root / "link").symlink_to(root.parent / "secret")
    (root / "linked").symlink_to(root.parent)
    for folder in (".git", ".task_board"):
        (root / folder).mkdir()
    (root / ".git" / "config").write_text("")
    (root / ".task_board" / "log.jsonl").write_text("")
    with pytest.raises(PermissionError):
        WorkspaceReader(root).read(path)


def test_a_link_to_the_board_is_not_read(root: Path) -> None:
    (root / ".task_board").mkdir()
    (root / ".task_board" / "log.jsonl").write_text("")
    (root / "link").symlink_to(root / ".task_board" / "log.jsonl")
    with pytest.raises(PermissionError):
        WorkspaceReader(root).read("link")


@pytest.mark.parametrize("review", [False, True])
def test_a_task_sees_what_those_it_needs_have_handed_in(root: Path, *, review: bool) -> None:
    (root / "gone.py").write_bytes(b"gone")
    board = Board(root, create=True)
    run = board.add_run(RunSpec("a", "simulate", review=review))
    board.set_plan(
        run,
        (
            TaskSpec("t1", ("folder/a.py", "gone.py", "same.py"), 3, "g"),
            TaskSpec("t2", ("b.py",), 2, "g", needs=("t1",)),
            TaskSpec("t3", ("c.py",), 1, "g", needs=("t2",)),
        ),
    )
    board.move_run(run, RunState.RUNNING)
    life = board.join(ProcessKind.WORKER, 1, run)
    first = board.claim(run, life.process)
    assert first
    changes = (
        FileChange("same.py", ABSENT, ABSENT),
        FileChange("folder/a.py", digest(b"a"), digest(b"A")),
        FileChange("gone.py", digest(b"gone"), ABSENT),
    )
    board.submit(first, Submission(changes), {"folder/a.py": b"A"})
    second = board.claim(run, life.process)
    assert second
    board.submit(second, Submission((FileChange("b.py", ABSENT, digest(b"B")),)), {"b.py": b"B"})
    third = board.claim(run, life.process)
    assert third
    reader = WorkspaceReader(root, overlay_for(board, third))
    assert (reader.read("folder/a.py"), reader.read("b.py")) == (b"A", b"B")
    with pytest.raises(FileNotFoundError):
        reader.read("gone.py")
    assert reader.read_disk("folder/a.py") == b"a"
    assert WorkspaceReader(root, overlay_for(board, first)).read("folder/a.py") == b"a"
    life.end()
    board.close()
