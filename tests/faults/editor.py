"""An editor in a process of its own: for each line `<style> <microseconds> <path>` it saves once, and says so."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

MARK = b"typed by a person\n"


def save(style: str, pause: float, path: Path) -> None:
    """Save as editors do, with a pause where the landing may come in between."""
    if style == "opened":
        fd = os.open(path, os.O_RDWR)
        time.sleep(pause)
        text = os.pread(fd, 1 << 20, 0) + MARK
        os.pwrite(fd, text, 0)
        os.ftruncate(fd, len(text))
        os.close(fd)
        return
    time.sleep(pause)
    text = path.read_bytes() + MARK
    if style == "in-place":
        path.write_bytes(text)
    else:
        fresh = path.with_suffix(".fresh")
        fresh.write_bytes(text)
        fresh.replace(path)


def main() -> None:
    """Serve until the input ends."""
    for line in sys.stdin:
        style, pause, path = line.rstrip("\n").split(" ", 2)
        save(style, int(pause) / 1e6, Path(path))
        sys.stdout.write("saved\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
