"""What files were, kept on the board by digest: two changes of a file can be merged only by who knows what it was.

They only help: nothing is lost without them, so they are not made durable, and a text that is not what its name says
counts as none.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress

from lockboard.board import Board
from lockboard.digest import digest


def keep_texts(board: Board, run: str, texts: Iterable[bytes | None]) -> None:
    """Keep texts for a run, as far as the disk lets us."""
    folder = board.layout.texts(run)
    with suppress(OSError):
        folder.mkdir(exist_ok=True)
        for text in texts:
            if text is not None and not (path := folder / digest(text)).exists():
                fresh = folder / f".{os.getpid()}"
                fresh.write_bytes(text)
                fresh.replace(path)


def find_text(board: Board, run: str, name: str) -> bytes | None:
    """Give a text that was kept for a run, by its digest."""
    with suppress(OSError):
        text = (board.layout.texts(run) / name).read_bytes()
        return text if digest(text) == name else None
    return None
