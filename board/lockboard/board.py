"""The board: what every process learns the state from and changes it through. Each change is one line of the log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from filelock import FileLock, Timeout
from msgspec import to_builtins
from msgspec.structs import replace

from lockboard import entries as e
from lockboard import life, staging
from lockboard.errors import BoardError, BusyBoardError, StaleClaimError, TakenError
from lockboard.history import left_behind, read_tasks
from lockboard.holders import holder
from lockboard.journal import Journal, Write
from lockboard.model import (
    Claim,
    Note,
    Process,
    ProcessKind,
    Run,
    RunSpec,
    RunState,
    Submission,
    Task,
    TaskSpec,
    TaskState,
    Wish,
)
from lockboard.paths import check_name
from lockboard.tasks import check_tasks, part_task


class Board(Journal):
    """The task board of one workspace."""

    # ---- reading

    def run(self, name: str) -> Run:
        """Give a run; raises BoardError for an unknown one."""
        if name not in self.state.runs:
            raise BoardError(f"There is no run {name!r} on this board. `parallel-refactor status` lists them.")
        return self.state.runs[name]

    def run_tasks(self, name: str) -> dict[str, Task]:
        """Give a run's tasks, also of a run that ended long ago."""
        run = self.run(name)
        if run.tasks or not run.state.ended:
            return run.tasks
        return read_tasks(self.layout.board / "log.jsonl", self.state, run)

    def left_behind(self, fingerprint: str) -> dict[str, str]:
        """Give key -> digest of the files that done tasks of runs of this fingerprint left, of each the newest."""
        return left_behind(self.layout, self.state, fingerprint)

    # ---- processes

    def join(self, kind: ProcessKind, pid: int, run: str = "") -> life.Life:
        """Take part, with a life lock that is held until the process ends."""
        with self.changing() as write:
            number = self.state.seq + 1
            name = f"{run}-w{self.run(run).workers_begun + 1}" if kind is ProcessKind.WORKER else f"{kind[0]}{number}"
            own = life.Life(self.layout.alive, name, kind)
            write(e.Joined(name, kind, pid, run))
            return own

    def depart(self, process: str, reason: str, *, counts: bool = False) -> None:
        """Record that a process is gone; its task returns (`counts`: as a failed attempt). Twice is no error."""
        with self.changing() as write:
            if process in self.state.processes:
                write(e.Departed(process, reason, counts))

    def is_alive(self, process: str) -> bool:
        """Whether the process still holds its life lock; an agent has none, and counts as alive until it leaves."""
        return self.state.is_agent(process) or not life.is_free(self.layout.alive / f"{process}.lock")

    def pid_of(self, process: Process) -> int:
        """Give the id that a living process has for us; 0 where it cannot be seen from here, as out of a container."""
        return holder(self.layout.alive / f"{process.id}.lock", process.pid)

    def lead(self, run: str) -> FileLock:
        """Become the run's only supervisor, for as long as the process lives; raises BusyBoardError if there is one."""
        try:
            # Somebody who asks whether there is one holds the lock for a moment: wait that out.
            return life.take(self.layout.run(run) / "supervisor.lock", patience=1.0)
        except Timeout:
            raise BusyBoardError(f"Run {run} has a supervisor already.") from None

    def has_supervisor(self, run: str) -> bool:
        """Whether somebody alive supervises the run."""
        return not life.is_free(self.layout.run(run) / "supervisor.lock")

    # ---- runs

    def add_run(self, spec: RunSpec) -> str:
        """Begin a run in state planning; gives its id."""
        with self.changing() as write:
            name = f"r{len(self.state.runs) + 1}"
            self.layout.make_run(name, to_builtins(spec))
            write(e.RunAdded(name, spec))
            return name

    def set_plan(self, run: str, tasks: tuple[TaskSpec, ...], left: tuple[Note, ...] = (), unchanged: int = 0) -> None:
        """Give a run its tasks; raises BoardError for a plan that does not hold together or leads outside."""
        check_tasks(self.run(run), tasks, self.state.fold)
        with self.changing() as write:
            if self.run(run).state is RunState.PLANNING:
                write(e.Planned(run, tasks, left, unchanged))

    def add_task(self, run: str, task: TaskSpec) -> None:
        """Give a run that has its tasks one more, unless it has one of that name; raises BoardError as `set_plan`."""
        with self.changing() as write:
            found = self.run(run)
            if task.id not in found.tasks and not found.state.ended:
                check_tasks(found, (task,), self.state.fold)
                write(e.Planned(run, (task,)))

    def move_run(self, run: str, state: RunState, reason: str = "", notes: tuple[Note, ...] = ()) -> None:
        """Put a run into another state. Ended runs stay as they are."""
        with self.changing() as write:
            if not self.run(run).state.ended and (self.run(run).state, self.run(run).reason) != (state, reason):
                write(e.RunMoved(run, state, reason, notes))

    def wish(self, run: str, wish: Wish, *, worker: str = "", task: str = "") -> None:
        """Ask something of a run; its supervisor acts on it. Raises BoardError for what the run does not have."""
        with self.changing() as write:
            if self.run(run).state.ended:
                raise BoardError(f"Run {run} has ended ({self.run(run).state}).")
            if worker and self.state.processes.get(worker, Process("", ProcessKind.SERVER, 0)).run != run:
                raise BoardError(f"Run {run} has no worker {worker!r} now.")
            if task and task not in self.run(run).tasks:
                raise BoardError(f"Run {run} has no task {task!r}.")
            write(e.Wished(run, wish, worker, task))

    # ---- tasks

    def claim(self, run: str, worker: str) -> Claim | None:
        """Take the largest task whose files are all free, with all of them; None when there is none now."""
        self.refresh()
        if not self._claimable(run, worker):
            return None
        with self.changing() as write:
            return self._claim(write, run, worker)

    def is_current(self, claim: Claim) -> bool:
        """Whether the claim's token is still the newest, as far as this process has read the log."""
        task = self.run(claim.run).tasks.get(claim.task.id)
        return task is not None and task.state is TaskState.CLAIMED and task.token == claim.token

    def extend(self, claim: Claim, path: str) -> Claim:
        """Take one more file into a claimed task, now or not at all: nobody waits while holding. Gives the new claim.

        The file is the task's from here on, also when it is claimed again. Raises StaleClaimError, and TakenError where
        somebody else has the file or another task of the run changes it.
        """
        check_name(path)
        with self._current(claim) as write:
            if obstacle := self._obstacle(claim.run, path):
                raise TakenError(obstacle)
            write(e.Extended(claim.run, claim.task.id, claim.token, path))
            return replace(claim, task=self.run(claim.run).tasks[claim.task.id].spec)

    def submit(
        self,
        claim: Claim,
        submission: Submission,
        contents: Mapping[str, bytes],
        *,
        go_on: bool = False,
        doubt: str = "",
    ) -> Claim | None:
        """Hand in a task: `contents` has the new bytes of each changed path that is not deleted.

        `doubt` says why a person must look at it again, who has accepted an earlier result of the task.

        With `go_on` the worker claims its next task, if there is one, in the same critical section: that halves what
        many workers wait for each other.

        Raises StaleClaimError when the claim is over, BoardError for a path that the task does not own.
        """
        staging.check(claim, submission, contents)
        self.refresh()
        self._refuse_stale(claim)  # before its directory is written, which may have what its landing displaced
        if any(change.changed for change in submission.files):
            staging.stage(self.layout.exchange(claim.run, claim.task.id, claim.token), submission, contents)
        with self._current(claim) as write:
            write(e.Submitted(claim.run, claim.task.id, claim.token, submission, doubt))
            return self._claim(write, claim.run, claim.worker) if go_on else None

    def release(self, claim: Claim, reason: str, *, counts: bool = False, rest: bool = False) -> None:
        """Give a task back without a result; raises StaleClaimError. With `rest` it waits for `ready`."""
        with self._current(claim) as write:
            write(e.Released(claim.run, claim.task.id, claim.token, reason, counts, rest))

    def fail(self, claim: Claim, reason: str, notes: tuple[Note, ...] = ()) -> None:
        """End a task as failed, and block its group; raises StaleClaimError."""
        with self._current(claim) as write:
            write(e.Ended(claim.run, claim.task.id, TaskState.FAILED, reason, notes))

    def split(self, claim: Claim, parts: tuple[tuple[str, ...], ...], reason: str) -> None:
        """End a task that is in no group, and go on with successors of these files; raises StaleClaimError."""
        with self._current(claim) as write:
            write(e.Split(claim.run, claim.task.id, claim.token, part_task(claim.task, parts), reason))

    def ready(self, run: str, task: str) -> None:
        """Let a task that rests or waits for a person be claimed again."""
        with self.changing() as write:
            found = self.run(run).tasks[task]
            if (found.resting and not found.state.ended) or found.state is TaskState.WAITING:
                write(e.Rested(run, task))

    def end_task(self, run: str, task: str, state: TaskState, reason: str, notes: tuple[Note, ...] = ()) -> bool:
        """End a task whoever owns it, and block its group. False if it has ended or is landing: that comes first."""
        with self.changing() as write:
            found = self.run(run).tasks[task]
            possible = not found.state.ended and not found.landing
            if possible:
                write(e.Ended(run, task, state, reason, notes))
            return possible

    # ---- people

    def hold(self, path: str, owner: str, process: str) -> None:
        """Lock a file for a person: nobody claims it, nothing lands on it. Pending while a worker owns it."""
        check_name(path)
        with self.changing() as write:
            if process not in self.state.holds.get(self.state.fold(path), {}):
                write(e.Held(path, owner, process))

    def unhold(self, path: str, process: str) -> None:
        """Give a person's lock back. Without one this does nothing."""
        with self.changing() as write:
            if process in self.state.holds.get(self.state.fold(path), {}):
                write(e.Unheld(path, process))

    # ---- helpers

    def _claim(self, write: Write, run: str, worker: str) -> Claim | None:
        task = self._claimable(run, worker)
        if task is None:
            return None
        line = write(e.Claimed(run, task.spec.id, worker))
        return Claim(run, task.spec, worker, line.seq)

    def _claimable(self, run: str, worker: str) -> Task | None:
        with self._thread_lock:
            process = self.state.processes.get(worker)
            wanted = self.run(run).state in (RunState.RUNNING, RunState.WAITING)
            if not wanted or process is None or process.stop or process.task:
                return None
            return None if self.run(run).wish in (Wish.CANCEL, Wish.PAUSE) else self.state.next_task(self.run(run))

    def _obstacle(self, run: str, path: str) -> str:
        """Say who keeps a file from being taken into a task of a run, "" for nobody."""
        key = self.state.fold(path)
        for hold in self.state.holds.get(key, {}).values():
            return f"{hold.owner} holds {path}"
        if lock := self.state.locks.get(key):
            return f"task {lock.task} of run {lock.run} has {path}"
        for task in self.run(run).tasks.values():
            if task.state is not TaskState.SPLIT and key in map(self.state.fold, task.spec.files):
                return f"{path} is a file of task {task.spec.id} of this run"
        return ""

    @contextmanager
    def _current(self, claim: Claim) -> Iterator[Write]:
        with self.changing() as write:
            self._refuse_stale(claim)
            yield write

    def _refuse_stale(self, claim: Claim) -> None:
        if not self.is_current(claim):
            raise StaleClaimError(f"Task {claim.task.id} of run {claim.run} is no longer {claim.worker}'s.")
