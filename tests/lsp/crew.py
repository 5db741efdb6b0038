"""Runs of one task each, whose supervisor and worker the test itself plays, and lets die."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from attrs import define, field

from lockboard import landing
from lockboard.board import Board
from lockboard.digest import digest
from lockboard.errors import StaleClaimError
from lockboard.life import Life
from lockboard.model import Claim, FileChange, ProcessKind, RunKind, RunSpec, RunState, Submission, TaskSpec, TaskState
from lockboard.undo import Undo
from tests.faults.steps import between_lines

_TASK = "t1"
_DIED = 3  # the exit status of a process that died where it was to


@define
class Job:
    """A task in the hands of its worker. `found` is what it read, `made` what it makes of it."""

    run: str
    claim: Claim
    life: Life
    found: dict[str, bytes] = field(factory=dict)
    made: dict[str, bytes] = field(factory=dict)


@define
class Crew:
    """Supervisors and workers of one board, all in this process but for those that die."""

    board: Board
    done: list[str] = field(factory=list)
    happened: Counter[str] = field(factory=Counter)
    _count: int = 0

    def begin(self, *names: str) -> Job | None:
        """Claim files for a worker, which reads them and adds a line to each; None where somebody has one of them."""
        run = self.board.add_run(RunSpec("edit", "test"))
        self.board.set_plan(run, (TaskSpec(_TASK, names),))
        job = self._claim(run)
        if job is not None:
            self._count += 1
            job.found = {name: (self.board.root / name).read_bytes() for name in names}
            job.made = {name: data + f"# worker {self._count}\n".encode() for name, data in job.found.items()}
        return job

    def hand_in(self, job: Job) -> bool:
        """Submit a job; False where the claim is somebody else's by now."""
        files = tuple(FileChange(name, digest(data), digest(job.made[name])) for name, data in job.found.items())
        try:
            self.board.submit(job.claim, Submission(files), job.made)
        except StaleClaimError:
            return False
        return True

    def land(self, job: Job, meanwhile: Callable[[int], None] | None = None) -> bool:
        """Land what was handed in; `meanwhile` is called between any two lines of it."""
        if meanwhile is None:
            landed = landing.land(self.board, job.run, _TASK).landed
        else:
            with between_lines(meanwhile):
                landed = landing.land(self.board, job.run, _TASK).landed
        return landed

    def die_landing(self, job: Job, step: int) -> None:
        """Let a supervisor die at some step of a landing, and the next one bring it to an end."""
        pid = os.fork()
        if pid == 0:
            _land_and_die(self.board.root, job.run, step)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        self.happened["died landing"] += code == _DIED
        self.board.refresh()
        landing.recover(self.board, job.run)

    def end(self, job: Job) -> bool:
        """End a job's run, however far it is; True where it has landed."""
        self.board.refresh()
        landed = self.board.run(job.run).tasks[_TASK].state is TaskState.DONE
        self._close(job.run)
        self.board.depart(job.life.process, "it ended, or died")
        job.life.end()
        self.happened["landed" if landed else "not landed"] += 1
        if landed:
            self.done.append(job.run)
        return landed

    def undo(self, run: str) -> dict[str, bytes]:
        """Undo a run where nobody is in the way; gives what is back on disk."""
        self.done.remove(run)
        plan = Undo(self.board, run).plan()
        undo = self.board.add_run(RunSpec("undo", "undo", RunKind.UNDO, undoes=run))
        self.board.set_plan(undo, plan.tasks, plan.left)
        job = self._claim(undo)
        if job is None:
            return {}
        Undo(self.board, run).submit(job.claim)
        landed = landing.land(self.board, undo, job.claim.task.unit).landed
        self.end(job)
        if landed:
            self.happened["undone"] += 1
            self.done.pop()  # an undo could be undone, too
        return {name: (self.board.root / name).read_bytes() for name in job.claim.task.files} if landed else {}

    def _claim(self, run: str) -> Job | None:
        self.board.move_run(run, RunState.RUNNING)
        life = self.board.join(ProcessKind.WORKER, os.getpid(), run)
        claim = self.board.claim(run, life.process)
        if claim is not None:
            return Job(run, claim, life)
        self._close(run)
        self.board.depart(life.process, "there is nothing to do")
        life.end()
        return None

    def _close(self, run: str) -> None:
        for name, task in list(self.board.run(run).tasks.items()):
            if not task.state.ended:
                self.board.end_task(run, name, TaskState.CANCELLED, "the story goes on")
        self.board.move_run(run, RunState.DONE)


def _land_and_die(root: Path, run: str, step: int) -> None:
    def die(now: int) -> None:
        if now == step:
            os._exit(_DIED)

    try:
        with between_lines(die):
            landing.land(Board(root), run, _TASK)
    finally:
        os._exit(0)
