"""Two task boards with one face: ours, and the one that this project grew from, written from its description.

`Lesson` keeps a folder with a file for each task, claims one by creating its lock file exclusively, has its worker
write the workspace, writes the result and removes the lock. A lock whose file is older than the lease counts as left
behind. `Ours` does by the board's means what workers and a run's supervisor do.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from attrs import evolve, frozen
from msgspec.structs import replace

from lockboard import landing
from lockboard.board import Board
from lockboard.digest import digest, digest_file
from lockboard.life import Life
from lockboard.model import (
    FileChange,
    ProcessKind,
    Run,
    RunSpec,
    RunState,
    Submission,
    Task,
    TaskSpec,
    TaskState,
)
from lockboard.paths import relative_name

ATTEMPTS = 20
LEASE = 60.0


@frozen
class Job:
    """A task for either board."""

    id: str
    files: tuple[str, ...]
    after: tuple[str, ...] = ()


@frozen
class Ticket:
    """A job that somebody has claimed; `claim` is the board's own, `bases` are the digests of its files then."""

    job: str
    worker: str
    files: tuple[str, ...]
    claim: Any = None
    bases: tuple[str, ...] = ()


Texts = Mapping[str, bytes]


class Scheme(Protocol):
    """A task board. Each process has an object of its own, on the same folder."""

    root: Path

    def __init__(self, root: Path) -> None: ...

    def add(self, *jobs: Job) -> None:
        """Add the jobs of a new day."""
        ...

    def claim(self, worker: str) -> Ticket | None:
        """Take a job."""
        ...

    def finish(self, ticket: Ticket, texts: Texts) -> None:
        """Hand in a job, with the new texts of its files."""
        ...

    def release(self, ticket: Ticket) -> None:
        """Give a job back."""
        ...

    def do(self, worker: str, engine: Callable[[Ticket], Texts]) -> None:
        """Claim a job, have an engine do it, and hand it in, as workers do."""
        ...

    def beat(self, ticket: Ticket) -> None:
        """Show that a slow worker lives."""
        ...

    def forge(self, ticket: Ticket, worker: str) -> Ticket:
        """Make a ticket for a job that somebody else has."""
        ...

    def cancel(self, job: str) -> None:
        """End a job whoever has it."""
        ...

    def look_after(self) -> None:
        """Do what somebody does who lives on: see who died, and go on with what they left."""
        ...

    def lease_is_over(self, ticket: Ticket) -> None:
        """Have it found out that a worker hangs."""
        ...

    def is_done(self, job: str) -> bool:
        """Whether a job is finished."""
        ...

    def result(self, job: str) -> bytes:
        """Give what a finished job left as its result: the text of its first file."""
        ...

    def owned(self) -> set[str]:
        """Give the jobs that somebody has."""
        ...

    def close(self) -> None:
        """Give descriptors back."""
        ...


class Lesson:
    """The board of the lesson."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._folder = root / ".tasks"
        self._folder.mkdir(parents=True, exist_ok=True)

    def add(self, *jobs: Job) -> None:
        for job in jobs:
            (self._folder / f"{job.id}.task").write_text(json.dumps(job.files))

    def claim(self, worker: str) -> Ticket | None:
        for task in sorted(self._folder.glob("*.task")):
            lock = task.with_suffix(".lock")
            if task.with_suffix(".result").exists():
                continue
            if lock.exists() and time.time() - lock.stat().st_mtime > LEASE:
                lock.unlink()
            with suppress(FileExistsError):
                fd = os.open(lock, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
                os.write(fd, worker.encode())
                os.close(fd)
                return Ticket(task.stem, worker, tuple(json.loads(task.read_text())))
        return None

    def finish(self, ticket: Ticket, texts: Texts) -> None:
        for path, text in texts.items():
            (self.root / path).write_bytes(text)
        (self._folder / f"{ticket.job}.result").write_bytes(texts[ticket.files[0]])
        self.release(ticket)

    def do(self, worker: str, engine: Callable[[Ticket], Texts]) -> None:
        if ticket := self.claim(worker):
            self.finish(ticket, engine(ticket))

    def beat(self, ticket: Ticket) -> None:
        """There is no heartbeat."""

    def forge(self, ticket: Ticket, worker: str) -> Ticket:
        return evolve(ticket, worker=worker)

    def release(self, ticket: Ticket) -> None:
        (self._folder / f"{ticket.job}.lock").unlink()

    def cancel(self, job: str) -> None:
        (self._folder / f"{job}.task").unlink()

    def look_after(self) -> None:
        """Nobody knows who lives; the next claim looks how old a lock is."""

    def lease_is_over(self, ticket: Ticket) -> None:
        old = time.time() - 2 * LEASE
        os.utime(self._folder / f"{ticket.job}.lock", (old, old))

    def is_done(self, job: str) -> bool:
        return (self._folder / f"{job}.result").exists()

    def result(self, job: str) -> bytes:
        return (self._folder / f"{job}.result").read_bytes()

    def owned(self) -> set[str]:
        return {lock.stem for lock in self._folder.glob("*.lock")}

    def close(self) -> None:
        pass


class Ours:
    """The board of this project, with a run for each day."""

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self.root = root.resolve()
        self.board = Board(self.root, create=True, patience=0.05)
        self._lives: dict[tuple[str, str], Life] = {}

    def add(self, *jobs: Job) -> None:
        run = self.board.add_run(RunSpec("a day", "test"))
        tasks = (
            TaskSpec(job.id, tuple(relative_name(self.root, Path(file)) for file in job.files), after=job.after)
            for job in jobs
        )
        self.board.set_plan(run, tuple(tasks))
        self.board.move_run(run, RunState.RUNNING)

    def claim(self, worker: str) -> Ticket | None:
        self.board.refresh()
        for run in list(self.board.state.runs.values()):
            claim = None if run.state.ended else self.board.claim(run.id, self._process(worker, run))
            if claim:
                bases = tuple(digest_file(self.root / path) for path in claim.task.files)
                return Ticket(claim.task.id, worker, claim.task.files, claim, bases)
        return None

    def finish(self, ticket: Ticket, texts: Texts) -> None:
        files = tuple(
            FileChange(path, base, digest(texts[path])) for path, base in zip(ticket.files, ticket.bases, strict=True)
        )
        self.board.submit(ticket.claim, Submission(files), texts)

    def do(self, worker: str, engine: Callable[[Ticket], Texts]) -> None:
        if ticket := self.claim(worker):
            try:
                texts = engine(ticket)
            except Exception:
                self.release(ticket)
                raise
            self.finish(ticket, texts)

    def beat(self, ticket: Ticket) -> None:
        self._lives[ticket.worker, ticket.claim.run].beat()

    def forge(self, ticket: Ticket, worker: str) -> Ticket:
        process = self._process(worker, self.board.run(ticket.claim.run))
        return evolve(ticket, worker=worker, claim=replace(ticket.claim, worker=process, token=ticket.claim.token + 1))

    def release(self, ticket: Ticket) -> None:
        self.board.release(ticket.claim, "given back")

    def cancel(self, job: str) -> None:
        for run, task in self._tasks(job):
            self.board.end_task(run.id, task.spec.id, TaskState.CANCELLED, "by a person")

    def look_after(self) -> None:
        self.board.refresh()
        for process in list(self.board.state.processes.values()):
            if not self.board.is_alive(process.id):
                self.board.depart(process.id, "it died", counts=True)
        for run in list(self.board.state.runs.values()):
            landing.recover(self.board, run.id)
            landing.land_all(self.board, run.id, list(self.board.state.schedules[run.id].landable))
            for task in run.tasks.values():
                self._rest_is_over(run, task)

    def lease_is_over(self, ticket: Ticket) -> None:
        self.board.depart(ticket.claim.worker, "no sign of life", counts=True)
        self.look_after()

    def is_done(self, job: str) -> bool:
        self.board.refresh()
        return all(task.state is TaskState.DONE for _, task in self._tasks(job))

    def result(self, job: str) -> bytes:
        [*_, (_, task)] = self._tasks(job)
        return (self.root / task.spec.files[0]).read_bytes()

    def owned(self) -> set[str]:
        self.board.refresh()
        return {lock.task for lock in self.board.state.locks.values()}

    def close(self) -> None:
        self.board.close()

    def _tasks(self, job: str) -> Iterator[tuple[Run, Task]]:
        for run in self.board.state.runs.values():
            if job in run.tasks:
                yield run, run.tasks[job]

    def _process(self, worker: str, run: Run) -> str:
        life = self._lives.get((worker, run.id))
        if life is None or life.process not in self.board.state.processes:
            life = self._lives[worker, run.id] = self.board.join(ProcessKind.WORKER, os.getpid(), run.id)
        return life.process

    def _rest_is_over(self, run: Run, task: Task) -> None:
        if task.resting and task.attempts < ATTEMPTS:
            self.board.ready(run.id, task.spec.id)
        elif task.resting:
            self.board.end_task(run.id, task.spec.id, TaskState.FAILED, f"{task.reason} ({task.attempts} attempts)")
