"""A run as a play: this process is its supervisor and its workers, and each step happens when a test says so."""

from __future__ import annotations

import os
from pathlib import Path

from lockboard.board import Board
from lockboard.life import Life
from lockboard.model import Claim, Note, ProcessKind, RunSpec, RunState, TaskSpec, TaskState
from parallel_refactor.running.request import RunRequest, to_options

TITLE = "Add docstrings to all functions"


class Stage:
    """One run over tasks of two files each (`t1`: pkg/a1.py and pkg/b1.py), with no engine behind it."""

    def __init__(self, root: Path, request: RunRequest | None = None) -> None:
        request = request or RunRequest(workers=2)
        self.board = Board(root, create=True)
        self.run = self.board.add_run(RunSpec(TITLE, request.engine, options=to_options(request)))
        self._lead = self.board.lead(self.run)
        self._lives: list[Life] = []

    def plan(self, tasks: int, left: tuple[Note, ...] = (), state: RunState = RunState.RUNNING) -> None:
        """Give the run its tasks, the first the largest, and let it run."""
        specs = (TaskSpec(f"t{n}", (f"pkg/a{n}.py", f"pkg/b{n}.py"), 1000 - n) for n in range(1, tasks + 1))
        self.board.set_plan(self.run, tuple(specs), left)
        self.move(state)

    def move(self, state: RunState, reason: str = "") -> None:
        """Put the run into another state."""
        self.board.move_run(self.run, state, reason)

    def worker(self) -> Claim:
        """Let a worker join, and take the largest task that is free."""
        self._lives.append(self.board.join(ProcessKind.WORKER, os.getpid(), self.run))
        claim = self.board.claim(self.run, self._lives[-1].process)
        assert claim
        return claim

    def hold(self, path: str, owner: str) -> str:
        """Let a person hold a file, through an editor's server; gives the server's id."""
        self._lives.append(self.board.join(ProcessKind.SERVER, os.getpid()))
        self.board.hold(path, owner, self._lives[-1].process)
        return self._lives[-1].process

    def finish(self, *tasks: str) -> None:
        """End tasks that had nothing to do."""
        for task in tasks:
            self.board.end_task(self.run, task, TaskState.SKIPPED, "nothing to do")

    def desert(self) -> None:
        """Die, as far as anybody else can see: no supervisor, no workers."""
        for life in self._lives:
            life.end()
        self._lead.release()
