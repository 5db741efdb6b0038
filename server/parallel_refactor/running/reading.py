"""An engine's window on the workspace: the files as they are, and under them what needed tasks have submitted."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from lockboard.board import Board
from lockboard.digest import digest
from lockboard.errors import BoardError
from lockboard.landing import swaps_of
from lockboard.model import ABSENT, Claim, Task, TaskState
from lockboard.paths import check_name
from parallel_refactor.planning.listing import list_paths


class WorkspaceReader:
    """Reads files below a root, never through a link that leads out of it, and remembers what it read from disk."""

    def __init__(self, root: Path, overlay: Mapping[str, Path | None] | None = None) -> None:
        """`overlay`: for some paths, the file with the contents to give in their place; None for deleted."""
        self._root = Path(os.path.realpath(root))
        self.overlay = overlay or {}
        self.seen: dict[str, str] = {}

    def read(self, path: str) -> bytes:
        """Give the bytes of a workspace-relative path; raises FileNotFoundError, PermissionError, other OSError."""
        if path in self.overlay:
            submitted = self.overlay[path]
            if submitted is None:
                raise FileNotFoundError(f"{path} is deleted by a task that this one needs")
            return submitted.read_bytes()
        data = self.read_disk(path)
        if data is None:
            raise FileNotFoundError(f"{path} does not exist")
        return data

    @cached_property
    def _paths(self) -> tuple[str, ...]:
        names = dict.fromkeys(list_paths(self._root).paths) | dict.fromkeys(self.overlay)
        return tuple(
            sorted(path for path in names if self.overlay.get(path, path) is not None and not self._is_link(path))
        )

    def paths(self) -> tuple[str, ...]:
        """List the workspace's files that are not ignored, as they are when this is first asked.

        Links are left out: what they lead to may be ignored, or denied, by its own name.
        """
        return self._paths

    def read_disk(self, path: str) -> bytes | None:
        """Give the bytes that a path has on disk, None where there is no file."""
        try:
            data = self._inside(path).read_bytes()
        except FileNotFoundError:
            data = None
        self.seen[path] = digest(data)
        return data

    def relied(self, paths: tuple[str, ...]) -> dict[str, str]:
        """Name what these paths had on disk when they were read; those from needed tasks land with this one."""
        return {path: self.seen[path] for path in paths if path in self.seen}

    def _is_link(self, path: str) -> bool:
        return path not in self.overlay and (self._root / path).is_symlink()

    def _inside(self, path: str) -> Path:
        try:
            check_name(path)
            real = Path(os.path.realpath(self._root / path))
            check_name(real.relative_to(self._root).as_posix())
        except (BoardError, ValueError):
            raise PermissionError(f"{path} is not a file of the workspace's own: it is not read") from None
        return real


def overlay_for(board: Board, claim: Claim) -> dict[str, Path | None]:
    """Find what the tasks that a claimed task needs, directly or through others, have submitted and not landed."""
    swaps = swaps_of(board, claim.run, _submitted(board, claim))
    return {swap.change.path: None if swap.change.new == ABSENT else swap.resting for swap in swaps}


def changed_before(board: Board, claim: Claim) -> dict[str, tuple[bytes | None, bytes | None]]:
    """Give the files that tasks before a claimed one have changed, as they were and as they are for it.

    Those of tasks that it needs have not landed; those of tasks that it only comes after have.
    """
    changed: dict[str, tuple[bytes | None, bytes | None]] = {}
    tasks = board.run(claim.run).tasks
    landed = [tasks[name] for name in claim.task.after if tasks[name].state is TaskState.DONE]
    for task in (*_submitted(board, claim), *landed):
        for swap in swaps_of(board, claim.run, [task]):
            there, resting = _bytes(board.root / swap.change.path), _bytes(swap.resting)
            changed[swap.change.path] = (resting, there) if task in landed else (there, resting)
    return changed


def _submitted(board: Board, claim: Claim) -> list[Task]:
    """Find the tasks that a claimed one needs, directly or through others, whose results have not landed."""
    tasks = board.run(claim.run).tasks
    found, todo = dict[str, Task](), list(claim.task.needs)
    while todo:
        name = todo.pop()
        if name not in found:
            found[name] = tasks[name]
            todo += tasks[name].spec.needs
    return [task for task in found.values() if task.state in (TaskState.SUBMITTED, TaskState.PROPOSED)]


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:  # no such file: before, or any more
        return None
