"""Finds the workspace, the board and the run that a command means."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Callable
from pathlib import Path

from lockboard.board import Board
from lockboard.errors import BoardError
from lockboard.model import Run
from lockboard.paths import workspace_root


def workspace(path: str | Path | None) -> tuple[Path, str]:
    """Give the workspace's root and the part of it that `path` (a folder or file, here without one) names.

    The part is relative to the root, "" for all of it. Raises BoardError where there is nothing to work in.
    """
    given = Path(path or ".")
    if given.is_file():
        root = workspace_root(given.parent)
        part = Path(os.path.realpath(given.parent), given.name).relative_to(root)
    else:
        root = workspace_root(given)
        part = given.resolve().relative_to(root)
    return root, "" if part == Path() else part.as_posix()


def target(args: argparse.Namespace, default: Callable[[Run], bool], none: str) -> tuple[Board, str]:
    """Open the board that the arguments mean, and choose the run: the one named, else the newest that `default` likes.

    Raises BoardError for an unknown run, and with `none` as the message where no run is liked.
    """
    name, path = args.run, args.path
    if name and path is None and not re.fullmatch(r"r\d+", name):
        name, path = None, name
    board = Board(workspace(path)[0])
    if name:
        return board, board.run(name).id
    for run in reversed(board.state.runs.values()):
        if default(run):
            return board, run.id
    raise BoardError(none)
