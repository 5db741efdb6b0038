"""What is so in a story of two people and some workers: the files, the buffers, who has what, and what must hold.

Every line that a person types has a name, so that it can be looked for.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, ClassVar

from attrs import define

from tests.lsp.buffers import Buffer, Desk, read
from tests.lsp.crew import Crew, Job

PATIENCE = 20.0
NAMES = ("a.py", "b.py", "sub/c.py")
LINE = re.compile(r"<\d+ é🙂>\n")
"""What people type."""


@define
class Stage:
    """What the stories of one board share."""

    root: Path
    crew: Crew
    desks: list[Desk]
    stories: int = 0
    lines: int = 0


class Story:
    """Some files, what two people have open of them, and the jobs that workers have."""

    stage: ClassVar[Stage]

    def set_up(self) -> None:
        """Make the files, in a folder that no story had before."""
        self.stage.stories += 1
        self.stage.crew.done.clear()
        folder = self.stage.root / f"story{self.stage.stories}"
        self.typed = set[str]()
        self.taken = set[tuple[int, str]]()
        self.jobs: list[Job] = []
        self.names = [f"{folder.name}/{name}" for name in NAMES]
        self.were: dict[str, set[str]] = {name: set() for name in self.names}
        (folder / "sub").mkdir(parents=True)
        for name in self.names:
            (self.stage.root / name).write_bytes(b"begin = 1\r\nend = 2\r\n")
        self.note()

    def opened(self, who: int, file: int) -> tuple[Desk, Buffer]:
        desk, name = self.stage.desks[who], self.names[file]
        return desk, desk.buffers.get(name) or desk.open(name)

    def to_save(self, who: int, file: int) -> str | None:
        """Give the text to save, None for nothing. Editors compare: what is on disk and mine are put together."""
        desk, buffer = self.opened(who, file)
        now = read(self.stage.root / self.names[file])
        if buffer.dirty and now != buffer.base:
            desk.replace(buffer, self.merged(now, buffer.text))
        return buffer.text if buffer.dirty else None

    def write(self, who: int, file: int, text: str, stream: BinaryIO | None = None) -> None:
        """Write a file as editors do that write in place."""
        with stream or (self.stage.root / self.names[file]).open("r+b") as opened:
            opened.truncate()
            opened.write(text.encode())
        desk, buffer = self.opened(who, file)
        desk.saved(buffer)
        self.taken.discard((who, self.names[file]))
        self.note()

    def merged(self, theirs: str, mine: str) -> str:
        return theirs + "".join(line for line in LINE.findall(mine) if line in self.typed and line not in theirs)

    def job(self, which: int) -> Job | None:
        """Give some job that a worker has, or a new one where a file is free."""
        return self.jobs[which % len(self.jobs)] if self.jobs else self.begin_job(self.names[which % len(self.names)])

    def begin_job(self, *names: str) -> Job | None:
        job = self.stage.crew.begin(*names)
        self.jobs += [job] if job else []
        return job

    def end(self, job: Job) -> None:
        self.jobs.remove(job)
        self.stage.crew.end(job)
        self.note()

    def note(self) -> None:
        """Take in what is on disk now."""
        for name, texts in self.were.items():
            texts.add(plain(read(self.stage.root / name)))

    def forget(self, gone: str) -> None:
        """Take in that a person threw a text away, as far as it is nowhere else."""
        left = self.everywhere()
        self.typed -= {line for line in LINE.findall(gone) if line not in left}

    # ---- what must be so

    def everywhere(self) -> str:
        buffers = [buffer.text for desk in self.stage.desks for buffer in desk.buffers.values()]
        return "".join([*buffers, *(read(self.stage.root / name) for name in self.names)])

    def check(self) -> None:
        for desk in self.stage.desks:
            for buffer in desk.buffers.values():
                assert desk.seen(buffer) == buffer.text
        left = self.everywhere()
        assert not (lost := [line for line in self.typed if line not in left]), lost
        for name in self.names:
            end = time.monotonic() + PATIENCE
            while not self.must_hold(name) <= (holders := self.holders(name)) <= self.may_hold(name):
                assert time.monotonic() < end, (name, holders, self.must_hold(name), self.may_hold(name))
                time.sleep(0.002)

    def is_held(self, names: Iterable[str]) -> bool:
        """Wait until all that is unsaved is known to the board, and say whether some of it is in these files."""
        self.check()
        return any(map(self.must_hold, names))

    def must_hold(self, name: str) -> int:
        """Count the people with text that the disk never had, or who took the file."""
        return sum(self.has(who, name, self.were[name]) or (who, name) in self.taken for who in (0, 1))

    def may_hold(self, name: str) -> int:
        """Count the people with text that the disk does not have now, or who took the file."""
        now = {plain(read(self.stage.root / name))}
        return sum(self.has(who, name, now) or (who, name) in self.taken for who in (0, 1))

    def has(self, who: int, name: str, texts: set[str]) -> bool:
        buffer = self.stage.desks[who].buffers.get(name)
        return buffer is not None and plain(buffer.text) not in texts

    def holders(self, name: str) -> int:
        """Count who holds a file, but for servers that are dead."""
        board = self.stage.crew.board
        board.refresh()
        return sum(map(board.is_alive, board.state.holds.get(board.state.fold(name), {})))

    def teardown(self) -> None:
        for job in list(getattr(self, "jobs", ())):
            self.end(job)
        for desk in self.stage.desks:
            for name in list(desk.buffers):
                desk.close(name)


def plain(text: str) -> str:
    """Take line ends for the same: they are the editor's business."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
