"""A disk that really is full, at any moment of a board's life: what was begun is said, and goes on when there is room.

By hand: python -m tests.faults.full_disk. A small disk in memory is made for it where the system allows that; a limit
on the size of files does for the log everywhere but on Windows.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from lockboard import agents
from lockboard.board import Board
from lockboard.errors import BoardError
from tests.faults.crashes import tidy_up
from tests.faults.driving import BEFORE, expected, go_on, tree
from tests.faults.power import AGENT, fill, live, undo_all
from tests.house.repository import ROOT

DISK = 1 << 20
_PAGE = 4096
_ROOM = 60 * _PAGE
"""More than a board's life needs."""


def fill_up(disk: Path, stride: int) -> tuple[int, int]:
    """Live on a disk with no page of room, with `stride` pages more, and so on; gives how many lives, and cut short."""
    lives = cut_short = 0
    for room in range(0, _ROOM, stride * _PAGE):
        root, filling = disk / "workspace", disk / "filling"
        fill(root)
        with filling.open("wb", buffering=0) as file:
            size = shutil.disk_usage(disk).free - room
            assert file.write(b"\0" * size) == size
        cut_short += not _lives(root)
        filling.unlink()
        _go_on(root)
        shutil.rmtree(root)
        lives += 1
    return lives, cut_short


def limit_files(folder: Path, stride: int) -> tuple[int, int]:
    """Live with a limit on the size of files; gives how many lives, and how many of them were cut short."""
    lives = cut_short = 0
    for size in range(1, 20_000, stride * 97):
        root = folder / "workspace"
        fill(root)
        pid = os.fork()
        if pid == 0:
            _live_with_limit(root, size)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        assert code in (0, 1), f"with at most {size} bytes in a file"
        cut_short += code
        _go_on(root)
        shutil.rmtree(root)
        lives += 1
    return lives, cut_short


def _live_with_limit(root: Path, size: int) -> None:
    import resource  # noqa: PLC0415  does not exist on Windows

    code = 2
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        code = 0 if _lives(root) else 1
    finally:
        os._exit(code)


def _lives(root: Path) -> bool:
    """Tell whether there was room for a whole life of a board; else what was said must name a file and a reason."""
    try:
        live(root)
    except (BoardError, OSError) as error:
        if "No space left" not in str(error) and "File too large" not in str(error):
            raise
        return False
    return True


def _go_on(root: Path) -> None:
    board = Board(root, create=True)
    tidy_up(board)
    agents.unlock(board, None, AGENT)
    assert tree(root) == expected(board, BEFORE)
    go_on(board)
    undo_all(board)
    assert tree(root) == BEFORE
    board.close()


def on_small_disk(stride: int) -> str:
    """Run `fill_up` on a small disk in memory; gives what it says, "" where the system does not allow such a disk."""
    with tempfile.TemporaryDirectory() as disk:
        mounting = f'mount -t tmpfs -o size={DISK} none "$0" && exec "$@"'
        own = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mounting, disk]
        if (
            shutil.which("unshare") is None
            or subprocess.run([*own, "true"], capture_output=True, check=False).returncode
        ):
            return ""
        arguments = [sys.executable, "-m", "tests.faults.full_disk", "--disk", disk, "--stride", str(stride)]
        done = subprocess.run([*own, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.full_disk", description=__doc__)
    parser.add_argument("--stride", type=int, default=1)
    parser.add_argument("--disk", type=Path, help="a small empty disk to fill; one is made where none is given")
    arguments = parser.parse_args()
    if arguments.disk:
        lives, cut_short = fill_up(arguments.disk.resolve(), arguments.stride)
        print(f"full disk: {lives} lives, {cut_short} cut short, none with a consequence")
        return 0
    print(on_small_disk(arguments.stride) or "full disk: left out, no small disk may be made here")
    with tempfile.TemporaryDirectory() as folder:
        lives, cut_short = limit_files(Path(folder).resolve(), arguments.stride)
    print(f"limited files: {lives} lives, {cut_short} cut short, none with a consequence")
    return 0


if __name__ == "__main__":
    sys.exit(main())
