"""An editor that saves at every step of a landing, in every way that editors save: no save is ever lost.

By hand: python -m tests.faults.saves --tries 10000
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Generator
from pathlib import Path

from lockboard import landing
from lockboard.board import Board
from lockboard.digest import digest
from lockboard.life import Life
from lockboard.model import FileChange, ProcessKind, RunSpec, RunState, Submission, TaskSpec, TaskState
from tests.faults.editor import MARK
from tests.faults.steps import between_lines

OLD = b"first line\nlast line\n"
TASK = b"# changed by the task\n"
SAVED = b"typed by a person\n"

Editor = Generator[None, None, None]
"""An editor's save in several acts; each `next` is one."""


def opened_before(path: Path) -> Editor:
    """Open the file, and only later write and close it."""
    fd = os.open(path, os.O_WRONLY)
    yield
    text = path.read_bytes() + SAVED
    os.lseek(fd, 0, os.SEEK_SET)
    os.write(fd, text)
    yield
    os.ftruncate(fd, len(text))
    os.close(fd)


def in_place(path: Path) -> Editor:
    """Read; open and cut the file off; write; close."""
    yield
    text = path.read_bytes() + SAVED
    yield
    fd = yield from _open_when_free(path, os.O_WRONLY | os.O_TRUNC | os.O_CREAT)
    yield
    os.write(fd, text)
    yield
    os.close(fd)


def by_rename(path: Path) -> Editor:
    """Write a new file beside and rename it over the old one."""
    yield
    fresh = path.with_name("fresh")
    fresh.write_bytes(path.read_bytes() + SAVED)
    yield
    fresh.replace(path)


def by_backup(path: Path) -> Editor:
    """Rename the old file to a backup, then write a new one under its name, as vim does."""
    yield
    text = path.read_bytes() + SAVED
    backup = path.with_name("backup~")
    path.rename(backup)
    yield
    fd = yield from _open_when_free(path, os.O_WRONLY | os.O_TRUNC | os.O_CREAT)
    os.write(fd, text)
    yield
    os.close(fd)
    backup.unlink()


EDITORS: tuple[Callable[[Path], Editor], ...] = (opened_before, in_place, by_rename, by_backup)


def _open_when_free(path: Path, flags: int) -> Generator[None, None, int]:
    """Open like an editor that the kernel holds up while the landing has a lease on the file."""
    while True:
        try:
            return os.open(path, flags | os.O_NONBLOCK, 0o644)
        except BlockingIOError:
            yield


class Workspace:
    """A workspace with a board, a run and a worker; each try lands a change on a new file of it."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.board = Board(self.root, create=True)
        self.life: Life | None = None

    def prepare(self, name: str) -> tuple[Path, str]:
        path = self.root / name
        path.write_bytes(OLD)
        run = self.board.add_run(RunSpec(name, "test"))
        self.board.set_plan(run, (TaskSpec("t1", (name,)),))
        self.board.move_run(run, RunState.RUNNING)
        self.life = self.board.join(ProcessKind.WORKER, os.getpid(), run)
        self.work(run)
        return path, run

    def work(self, run: str) -> None:
        """Do the task as a worker would: read, change, submit."""
        assert self.life
        claim = self.board.claim(run, self.life.process)
        assert claim
        data = (self.root / claim.task.files[0]).read_bytes()
        new = data if TASK in data else TASK + data
        change = FileChange(claim.task.files[0], digest(data), digest(new))
        self.board.submit(claim, Submission((change,)), {change.path: new} if change.changed else {})

    def settle(self, run: str) -> None:
        """Land and redo until the task has ended or waits for a person."""
        for _ in range(20):
            task = self.board.run(run).tasks["t1"]
            if task.state is TaskState.READY:
                self.work(run)
            if task.state is not TaskState.SUBMITTED:
                return
            landing.land(self.board, run, "t1")

    def finish(self, run: str) -> None:
        assert self.life
        self.life.end()
        self.board.depart(self.life.process, "the try is over")
        self.board.move_run(run, RunState.DONE)


def attempt(workspace: Workspace, name: str, editor: Callable[[Path], Editor], step: int, pause: int) -> str:
    """Let one editor save while one change lands: first act before, the next at `step`, then every `pause` steps.

    Returns what became of the two; raises AssertionError if the save is lost.
    """
    path, run = workspace.prepare(name)
    acts = editor(path)
    next(acts)
    going = True

    def act(now: int) -> None:
        nonlocal going
        if going and now >= step and (now - step) % pause == 0:
            going = _next(acts)

    with between_lines(act):
        outcome = landing.land(workspace.board, run, "t1")
    while going:
        going = _next(acts)
    workspace.settle(run)
    text = path.read_bytes()
    notes = workspace.board.run(run).notes
    assert SAVED in text, f"{editor.__name__} at step {step}, pause {pause}: the save is lost ({outcome}, {notes})"
    assert text in (OLD + SAVED, TASK + OLD + SAVED), f"{editor.__name__} at step {step}: {text!r}"
    workspace.finish(run)
    path.unlink()
    return f"{editor.__name__}: {outcome.then or 'landed'}"


def _next(acts: Editor) -> bool:
    try:
        next(acts)
    except StopIteration:
        return False
    return True


def run_tries(tries: int, seed: int = 0) -> Counter[str]:
    """Save `tries` times, spread over all editors, steps and pauses; counts what happened."""
    dice = random.Random(seed)
    seen: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        workspace = None
        for number in range(tries):
            if number % 200 == 0:
                if workspace:
                    workspace.board.close()
                workspace = Workspace(Path(tempfile.mkdtemp(dir=folder)))
            assert workspace
            editor = EDITORS[number % len(EDITORS)]
            step = (number // len(EDITORS) * 7) % 500
            seen[attempt(workspace, f"file{number}.py", editor, step, dice.choice((1, 2, 5, 20, 100)))] += 1
    return seen


def run_races(tries: int, seed: int = 0) -> Counter[str]:
    """Save from another process while the landing runs at full speed; counts how the landings ended."""
    dice = random.Random(seed)
    seen: Counter[str] = Counter()
    arguments = [sys.executable, str(Path(__file__).with_name("editor.py"))]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(arguments, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other,
    ):
        assert other.stdin
        assert other.stdout
        workspace = Workspace(Path(folder))
        for number in range(tries):
            style = ("opened", "in-place", "rename")[number % 3]
            path, run = workspace.prepare(f"file{number}.py")
            other.stdin.write(f"{style} {dice.randrange(4000)} {path}\n")
            other.stdin.flush()
            time.sleep(dice.random() * 0.003)  # not to wait for anything: to meet at different moments
            outcome = landing.land(workspace.board, run, "t1")
            assert other.stdout.readline() == "saved\n"
            workspace.settle(run)
            assert MARK in path.read_bytes(), f"{style}, try {number}: the save is lost ({outcome})"
            workspace.finish(run)
            seen[f"another process, {style}: {outcome.then or 'landed'}"] += 1
    return seen


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tries", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    seen = run_tries(arguments.tries, arguments.seed) + run_races(arguments.tries // 5, arguments.seed)
    for what, count in sorted(seen.items()):
        sys.stdout.write(f"{count:6}  {what}\n")
    sys.stdout.write(f"{sum(seen.values())} saves, none lost\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
