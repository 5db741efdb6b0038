"""What the log says is so: a pure function of its lines. Nothing here touches a file or a clock."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

from attrs import define, field
from msgspec.structs import replace

from lockboard.model import (
    Afterwards,
    Draft,
    Hold,
    Lock,
    Process,
    ProcessKind,
    Run,
    Task,
    TaskSpec,
    TaskState,
)

Key = str
"""A file's name as the file system compares it (paths.fold)."""

_HANDED_IN = frozenset({TaskState.SUBMITTED, TaskState.PROPOSED})
"""The states in which those who need a task read what it has made."""
_IN_LANDING = frozenset({TaskState.SUBMITTED, TaskState.DONE, TaskState.SKIPPED})
"""The states in which a task keeps the others of its unit from landing no longer."""


@define
class Schedule:
    """What a run's tasks wait for, kept so that a claim costs the same with 10 tasks or 10,000. Never stored."""

    ready: list[tuple[int, int, str]] = field(factory=list)
    units: dict[str, list[str]] = field(factory=dict)
    dependents: dict[str, list[str]] = field(factory=lambda: defaultdict(list))
    counts: Counter[TaskState] = field(factory=Counter)
    landable: dict[str, None] = field(factory=dict)

    @property
    def open_tasks(self) -> int:
        """How many tasks have not ended."""
        return sum(count for state, count in self.counts.items() if not state.ended)


@define
class State:
    """Runs, processes, locks and holds at one line of the log.

    `touched_locks` and `touched_tasks` (with the state before) gather what changed, for the views; whoever shows them
    empties them.
    """

    fold: Callable[[str], Key]
    seq: int = 0
    runs: dict[str, Run] = field(factory=dict)
    processes: dict[str, Process] = field(factory=dict)
    locks: dict[Key, Lock] = field(factory=dict)
    holds: dict[Key, dict[str, Hold]] = field(factory=dict)
    schedules: dict[str, Schedule] = field(factory=dict)
    parked: dict[Key, list[tuple[str, str]]] = field(factory=lambda: defaultdict(list))
    touched_locks: set[Key] = field(factory=set)
    touched_tasks: dict[tuple[str, str], TaskState | None] = field(factory=dict)

    # ---- questions

    def is_agent(self, process: str) -> bool:
        """Whether this is an agent, which has no process that the board could watch."""
        return process in self.processes and self.processes[process].kind is ProcessKind.AGENT

    def is_proposed(self, lock: Lock) -> bool:
        """Whether a lock only keeps other runs out: what was done to the file waits for a person's review."""
        return self.runs[lock.run].tasks[lock.task].state is TaskState.PROPOSED

    def next_task(self, run: Run) -> Task | None:
        """Find the largest ready task whose files are all free; tasks with obstacles are parked under them."""
        ready = self.schedules[run.id].ready
        while ready:
            task = run.tasks[ready[0][2]]
            if task.state is TaskState.READY:
                obstacle = self.obstacle(run, task)
                if obstacle is None:
                    return task
                self.parked[obstacle].append((run.id, task.spec.id))
            heapq.heappop(ready)
        return None

    def obstacle(self, run: Run, task: Task) -> Key | None:
        """Give a file that somebody else owns and that keeps the task from being claimed."""
        for path in task.spec.files:
            if self.holds.get(self.fold(path)):
                return self.fold(path)
        for path in self._unit_files(run, task.spec.unit):
            lock = self.locks.get(self.fold(path))
            if lock and not (lock.run == run.id and run.tasks[lock.task].spec.unit == task.spec.unit):
                return self.fold(path)
        return None

    def obstacles(self, run: Run, task: Task) -> tuple[list[Hold], list[Lock]]:
        """Give all people's holds and other tasks' locks that keep a task from being claimed."""
        holds = [hold for path in task.spec.files for hold in self.holds.get(self.fold(path), {}).values()]
        locks = [
            self.locks[key] for path in self._unit_files(run, task.spec.unit) if (key := self.fold(path)) in self.locks
        ]
        own = {(run.id, other) for other in self.schedules[run.id].units[task.spec.unit]}
        return holds, [lock for lock in locks if (lock.run, lock.task) not in own]

    def unit_tasks(self, run: Run, unit: str) -> list[Task]:
        """Give the tasks that land together under this name."""
        return [run.tasks[task] for task in self.schedules[run.id].units[unit]]

    @staticmethod
    def draft_of(run: Run, task: Task) -> Draft | None:
        """Give what a task has proposed, for who must hand it in again."""
        if not run.spec.review or task.submission is None:
            return task.draft
        return Draft(task.spec.id, task.token, task.submission)

    def held_in(self, run: Run, unit: str) -> list[Hold]:
        """Give the people's holds on files of a unit."""
        return [hold for path in self._unit_files(run, unit) for hold in self.holds.get(self.fold(path), {}).values()]

    # ---- transitions, called by the reducer

    def add_tasks(self, run: Run, specs: tuple[TaskSpec, ...]) -> None:
        """Add tasks, whose dependencies may come later among them, and ready those that wait for nothing."""
        schedule = self.schedules[run.id]
        for order, spec in enumerate(specs, len(run.tasks)):
            run.tasks[spec.id] = Task(spec, order)
            schedule.units.setdefault(spec.unit, []).append(spec.id)
            schedule.landable.pop(spec.unit, None)
            self.touched_tasks[run.id, spec.id] = None
        schedule.counts[TaskState.PENDING] += len(specs)
        for spec in specs:
            task = run.tasks[spec.id]
            if spec.after or spec.needs:
                self._count_open_deps(run, task)
            self._ready_if_possible(run, task)

    def move(self, run: Run, task: Task, state: TaskState, reason: str = "") -> None:
        """Put a task into another state, with all that follows for locks and for the tasks that wait for it."""
        before, unit = task.state, task.spec.unit
        self._put(run, task, state)
        task.reason = reason
        if before.owns_files != state.owns_files:
            self._update_locks(run, unit)
        if state in _HANDED_IN or state.ended:
            self._tell_dependents(run, task)
        if state is TaskState.PENDING:
            self._ready_if_possible(run, task)
        if before in _IN_LANDING or state in _IN_LANDING:
            self._update_landable(run, unit)

    def extend(self, run: Run, task: Task, path: str) -> None:
        """Give a task one more file, with its lock."""
        self.touched_tasks.setdefault((run.id, task.spec.id), task.state)
        task.spec = replace(task.spec, files=(*task.spec.files, path))
        self._update_locks(run, task.spec.unit)

    def unwind(self, run: Run, unit: str, reason: str, then: Afterwards) -> None:
        """Return all tasks of a unit whose results are void: they run again, now or (WAIT) when a person says."""
        tasks = [task for task in self.unit_tasks(run, unit) if not task.state.ended]
        for task in tasks:
            task.draft, task.submission = self.draft_of(run, task), None
            task.redos += then is not Afterwards.RETURN
            task.worker = ""
            task.open_deps = 0
            self.move(run, task, TaskState.WAITING, reason)
        for task in tasks:
            self._forget_dependent(run, task)
        for task in tasks:
            self._count_open_deps(run, task)
            if then is not Afterwards.WAIT:
                self.move(run, task, TaskState.PENDING, reason)

    def unpark(self, key: Key) -> None:
        """Put the tasks that waited for a file back among the ready ones."""
        for run, name in self.parked.pop(key, ()):
            if run in self.runs and name in self.runs[run].tasks:
                self._push(self.runs[run], self.runs[run].tasks[name])

    # ---- helpers

    def _put(self, run: Run, task: Task, state: TaskState) -> None:
        counts = self.schedules[run.id].counts
        counts[task.state] -= 1
        counts[state] += 1
        self.touched_tasks.setdefault((run.id, task.spec.id), task.state)
        task.state = state

    def _unit_files(self, run: Run, unit: str) -> Iterator[str]:
        for task in self.unit_tasks(run, unit):
            yield from task.spec.files

    @staticmethod
    def _met(dependency: Task, spec: TaskSpec) -> bool:
        if dependency.state.ended:
            return True
        return dependency.spec.id in spec.needs and dependency.state in _HANDED_IN

    def _count_open_deps(self, run: Run, task: Task) -> None:
        for name in {*task.spec.after, *task.spec.needs}:
            if not self._met(run.tasks[name], task.spec):
                task.open_deps += 1
                self.schedules[run.id].dependents[name].append(task.spec.id)

    def _ready_if_possible(self, run: Run, task: Task) -> None:
        if task.state is TaskState.PENDING and not task.open_deps and not task.resting:
            self._put(run, task, TaskState.READY)
            self._push(run, task)

    def _push(self, run: Run, task: Task) -> None:
        heapq.heappush(self.schedules[run.id].ready, (-task.spec.weight, task.order, task.spec.id))

    def _tell_dependents(self, run: Run, task: Task) -> None:
        dependents = self.schedules[run.id].dependents
        for name in dependents.pop(task.spec.id, ()):
            other = run.tasks[name]
            if self._met(task, other.spec):
                other.open_deps -= 1
                self._ready_if_possible(run, other)
            else:
                dependents[task.spec.id].append(name)

    def _forget_dependent(self, run: Run, task: Task) -> None:
        dependents = self.schedules[run.id].dependents
        for name in {*task.spec.after, *task.spec.needs}:
            if task.spec.id in dependents.get(name, ()):
                dependents[name].remove(task.spec.id)

    def _update_locks(self, run: Run, unit: str) -> None:
        tasks = self.unit_tasks(run, unit)
        active = any(task.state.owns_files for task in tasks)
        for task in tasks:
            wanted = active and not task.state.ended
            facts = (run.id, task.spec.id, task.worker, task.token)
            for path in task.spec.files:
                key = self.fold(path)
                lock = self.locks.get(key)
                if wanted:
                    if lock is None or (lock.run, lock.task, lock.worker, lock.token) != facts:
                        self.locks[key] = Lock(path, *facts, task.since)
                        self.touched_locks.add(key)
                elif lock is not None and lock.task == task.spec.id and lock.run == run.id:
                    del self.locks[key]
                    self.touched_locks.add(key)
                    self.unpark(key)

    def _update_landable(self, run: Run, unit: str) -> None:
        landable = self.schedules[run.id].landable
        states = {task.state for task in self.unit_tasks(run, unit)}
        if TaskState.SUBMITTED in states and states <= _IN_LANDING:
            landable[unit] = None
        else:
            landable.pop(unit, None)
