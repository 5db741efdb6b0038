"""Workers without processes: a run on the board whose tasks the test itself claims, hands in and lands."""

from __future__ import annotations

import os
from pathlib import Path

from lockboard import landing
from lockboard.board import Board
from lockboard.digest import digest
from lockboard.life import Life
from lockboard.model import Claim, FileChange, ProcessKind, RunSpec, RunState, Submission, TaskSpec


class Team:
    """A run, and the workers that the test has join."""

    def __init__(self, root: Path, *tasks: TaskSpec, title: str = "Add docstrings") -> None:
        self.board = Board(root, create=True)
        self.run = self.board.add_run(RunSpec(title, "simulate"))
        self.board.set_plan(self.run, tasks)
        self.board.move_run(self.run, RunState.RUNNING)
        self._lead = self.board.lead(self.run)  # a real supervisor would end the workers: this process
        self._lives: list[Life] = []

    def worker(self) -> str:
        """Have a worker join; gives its name."""
        life = self.board.join(ProcessKind.WORKER, os.getpid(), self.run)
        self._lives.append(life)
        return life.process

    def claim(self, worker: str) -> Claim:
        """Have a worker take the largest task that is free."""
        claim = self.board.claim(self.run, worker)
        assert claim is not None
        return claim

    def submit(self, claim: Claim, text: bytes) -> None:
        """Hand in a task with this text in each of its files."""
        bases = {path: digest((self.board.root / path).read_bytes()) for path in claim.task.files}
        files = tuple(FileChange(path, base, digest(text)) for path, base in bases.items())
        self.board.submit(claim, Submission(files), {file.path: text for file in files if file.changed})

    def land(self, claim: Claim, text: bytes) -> bool:
        """Hand in a task and land it; False where a person keeps it from landing."""
        self.submit(claim, text)
        return landing.land(self.board, self.run, claim.task.unit).landed

    def close(self) -> None:
        """Give everything back, and leave the run as it is."""
        for life in self._lives:
            self.board.depart(life.process, "the test is over")
            life.end()
        self._lead.release()
        self.board.close()
