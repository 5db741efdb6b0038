"""`parallel-refactor clean`: makes room by giving up the undo of old runs."""

from __future__ import annotations

import argparse

from lockboard.board import Board
from lockboard.cleaning import clean as clean_board
from parallel_refactor.cli.places import workspace
from parallel_refactor.cli.text import count

_KEPT = 10


def clean(args: argparse.Namespace) -> int:
    """Delete what undoing old runs needs, and name those runs."""
    cleaned = clean_board(Board(workspace(args.path)[0]), _KEPT)
    if cleaned:
        print(f"Deleted the undo of {count(len(cleaned), 'run')}: {', '.join(cleaned)}. ", end="")
    else:
        print("Nothing to clean. ", end="")
    print(f"The last {_KEPT} runs can be undone.")
    return 0
