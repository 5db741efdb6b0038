"""What all workers of a model's run are told of the workspace: found out when the run is planned, and kept with it."""

from __future__ import annotations

from pathlib import Path

from lockboard.board import Board
from lockboard.durable import write_whole
from lockboard.errors import disk_error
from parallel_refactor.engines.claude.shared import shared_context
from parallel_refactor.planning.globs import globs_filter
from parallel_refactor.running.reading import WorkspaceReader
from parallel_refactor.running.request import RunRequest


def find_context(root: Path, request: RunRequest) -> str:
    """Find out what a run of this request would tell its workers."""
    return shared_context(WorkspaceReader(root), globs_filter(request.deny))


def keep_context(board: Board, run: str, request: RunRequest) -> None:
    """Put it on the board, where it stays as it is while files change; raises BoardError."""
    path = _path(board, run)
    if path.exists():
        return
    try:
        write_whole(path, find_context(board.root, request))
    except OSError as error:
        raise disk_error(path, "write", error) from error


def context_of(board: Board, run: str) -> str:
    """Give what a run tells its workers; raises BoardError."""
    path = _path(board, run)
    try:
        return path.read_bytes().decode("utf-8", "replace")
    except FileNotFoundError:
        return ""  # planned before there was such a thing
    except OSError as error:
        raise disk_error(path, "read", error) from error


def _path(board: Board, run: str) -> Path:
    return board.layout.run(run) / "context.txt"
