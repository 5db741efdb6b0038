"""How each line of the log changes the state."""

from __future__ import annotations

from functools import singledispatch

from lockboard import entries as e
from lockboard.entries import Entry, Line
from lockboard.model import (
    Afterwards,
    Draft,
    Hold,
    Process,
    ProcessKind,
    Run,
    RunKind,
    RunState,
    Submission,
    Task,
    TaskState,
    Wish,
)
from lockboard.state import Schedule, State


def apply(state: State, line: Line) -> None:
    """Bring the state up by one line. A line about a run that the state no longer knows in detail is passed over."""
    state.seq = line.seq
    _RULES[type(line.entry)](line.entry, state, line)


@singledispatch
def _apply(entry: Entry, state: State, line: Line) -> None:
    raise TypeError(f"no rule for {entry!r} in line {line.seq} of {state.seq}")


@_apply.register
def _(entry: e.RunAdded, state: State, line: Line) -> None:
    state.runs[entry.run] = Run(entry.run, entry.spec, line.at, line.seq, line.offset)
    state.schedules[entry.run] = Schedule()


@_apply.register
def _(entry: e.Planned, state: State, line: Line) -> None:  # noqa: ARG001
    run = state.runs[entry.run]
    run.left += entry.left
    run.unchanged += entry.unchanged
    state.add_tasks(run, entry.tasks)


@_apply.register
def _(entry: e.RunMoved, state: State, line: Line) -> None:
    run = state.runs[entry.run]
    run.state, run.reason = entry.state, entry.reason
    run.notes += entry.notes
    if entry.state.ended:
        run.ended, run.wish = line.at, None
        if entry.state is RunState.DONE and run.spec.kind is RunKind.UNDO:
            _mark_undone(state, run)


@_apply.register
def _(entry: e.Wished, state: State, line: Line) -> None:
    run = state.runs[entry.run]
    if entry.wish is Wish.CANCEL_WORKER:
        if entry.worker in state.processes:
            state.processes[entry.worker].stop = True
    elif entry.wish is Wish.CANCEL_TASK:
        run.tasks[entry.task].cancel = True
    elif run.wish is not Wish.CANCEL:
        run.wish, run.wished = entry.wish, line.seq


@_apply.register
def _(entry: e.Joined, state: State, line: Line) -> None:
    state.processes[entry.process] = Process(entry.process, entry.kind, entry.pid, entry.run, line.at)
    if entry.kind is ProcessKind.WORKER:
        state.runs[entry.run].workers_begun += 1


@_apply.register
def _(entry: e.Departed, state: State, line: Line) -> None:  # noqa: ARG001
    process = state.processes.pop(entry.process)
    if process.task:
        run = state.runs[process.run]
        _return_task(state, run, run.tasks[process.task], entry.reason, counts=entry.counts, rest=entry.counts)
    for key in [key for key, holds in state.holds.items() if process.id in holds]:
        _drop_hold(state, key, process.id)


@_apply.register
def _(entry: e.Claimed, state: State, line: Line) -> None:
    run = state.runs[entry.run]
    task = run.tasks[entry.task]
    task.worker, task.token, task.since = entry.worker, line.seq, line.at
    if entry.worker in state.processes:  # not where one run's lines are read again alone
        state.processes[entry.worker].task = entry.task
    state.move(run, task, TaskState.CLAIMED)


@_apply.register
def _(entry: e.Extended, state: State, line: Line) -> None:  # noqa: ARG001
    run = state.runs[entry.run]
    state.extend(run, run.tasks[entry.task], entry.path)


@_apply.register
def _(entry: e.Submitted, state: State, line: Line) -> None:  # noqa: ARG001
    run = state.runs[entry.run]
    task = run.tasks[entry.task]
    doubt = entry.doubt or (task.accepted and _beyond(task.draft, entry.submission)) or ""
    task.submission, task.draft = entry.submission, None
    task.accepted = task.accepted and not doubt
    _free_worker(state, task)
    proposes = run.spec.review and not task.accepted and _changed(entry.submission)
    to = TaskState.PROPOSED if proposes else TaskState.SUBMITTED
    state.move(run, task, to, doubt)


@_apply.register
def _(entry: e.Accepted, state: State, line: Line) -> None:  # noqa: ARG001
    run = state.runs[entry.run]
    for task in (run.tasks[name] for name in entry.tasks):
        task.accepted = True
        if task.state is TaskState.PROPOSED:
            state.move(run, task, TaskState.SUBMITTED)


@_apply.register
def _(entry: e.Released, state: State, line: Line) -> None:  # noqa: ARG001
    run = state.runs[entry.run]
    _return_task(state, run, run.tasks[entry.task], entry.reason, counts=entry.counts, rest=entry.rest)


@_apply.register
def _(entry: e.Rested, state: State, line: Line) -> None:  # noqa: ARG001
    run = state.runs[entry.run]
    task = run.tasks[entry.task]
    task.resting = False
    if task.state is TaskState.WAITING:
        task.redos = 0
    state.move(run, task, TaskState.PENDING, task.reason)


@_apply.register
def _(entry: e.Ended, state: State, line: Line) -> None:  # noqa: ARG001
    run = state.runs[entry.run]
    task = run.tasks[entry.task]
    run.notes += entry.notes
    _end_task(state, run, task, entry.state, entry.reason)
    if entry.state in (TaskState.FAILED, TaskState.CANCELLED, TaskState.SKIPPED):
        for other in state.unit_tasks(run, task.spec.unit):
            if not other.state.ended:
                fate = TaskState.BLOCKED if entry.state is TaskState.FAILED else entry.state
                _end_task(state, run, other, fate, f"{task.spec.id} of its group {entry.state}")


@_apply.register
def _(entry: e.Split, state: State, line: Line) -> None:  # noqa: ARG001
    run = state.runs[entry.run]
    task = run.tasks[entry.task]
    draft = state.draft_of(run, task)
    _end_task(state, run, task, TaskState.SPLIT, entry.reason)
    state.add_tasks(run, entry.into)
    for successor in (run.tasks[spec.id] for spec in entry.into):
        successor.draft, successor.accepted = draft, task.accepted


@_apply.register
def _(entry: e.Intended, state: State, line: Line) -> None:  # noqa: ARG001
    run = state.runs[entry.run]
    for name in entry.tasks:
        run.tasks[name].landing = True
        run.tasks[name].dirs = entry.dirs


@_apply.register
def _(entry: e.Landed, state: State, line: Line) -> None:  # noqa: ARG001
    run = state.runs[entry.run]
    run.notes += entry.notes
    for name in entry.tasks:
        task = run.tasks[name]
        task.landing = False
        before = (_changed(run.tasks[other].submission) for other in task.spec.after)
        run.changed += len(_changed(task.submission).difference(*before))
        state.move(run, task, TaskState.DONE)


@_apply.register
def _(entry: e.Unlanded, state: State, line: Line) -> None:  # noqa: ARG001
    run = state.runs[entry.run]
    tasks = [run.tasks[name] for name in entry.tasks]
    reason = "; ".join(f"{note.path}: {note.reason}" for note in entry.notes)
    for task in tasks:
        task.landing = False
        task.reason = reason
    if entry.then is Afterwards.FAIL:
        for task in tasks:
            _end_task(state, run, task, TaskState.FAILED, reason)
    elif entry.then is not Afterwards.LAND_AGAIN:
        for task in state.unit_tasks(run, tasks[0].spec.unit):
            _free_worker(state, task)  # one that is at work on another task of the group has lost it
        state.unwind(run, tasks[0].spec.unit, reason, entry.then)


@_apply.register
def _(entry: e.Held, state: State, line: Line) -> None:
    key = state.fold(entry.path)
    state.holds.setdefault(key, {})[entry.process] = Hold(entry.path, entry.owner, entry.process, line.at)
    state.touched_locks.add(key)


@_apply.register
def _(entry: e.Unheld, state: State, line: Line) -> None:  # noqa: ARG001
    _drop_hold(state, state.fold(entry.path), entry.process)


@_apply.register
def _(entry: e.Cleaned, state: State, line: Line) -> None:  # noqa: ARG001
    for name in entry.runs:
        state.runs[name].cleaned = True


def _return_task(state: State, run: Run, task: Task, reason: str, *, counts: bool, rest: bool) -> None:
    _free_worker(state, task)
    task.worker = ""
    task.attempts += counts
    task.resting = rest
    state.move(run, task, TaskState.PENDING, reason)


def _end_task(state: State, run: Run, task: Task, to: TaskState, reason: str) -> None:
    _free_worker(state, task)
    state.move(run, task, to, reason)


def _changed(submission: Submission | None) -> set[str]:
    return {change.path for change in submission.files if change.changed} if submission else set()


def _beyond(accepted: Draft | None, submission: Submission) -> str:
    """Say which file a result changes that the accepted one did not; "" where there is none."""
    known = _changed(accepted.submission if accepted else None)
    beyond = [change.path for change in submission.files if change.changed and change.path not in known]
    return f"{beyond[0]}: nobody has accepted a change of it" if beyond else ""


def _free_worker(state: State, task: Task) -> None:
    worker = state.processes.get(task.worker)
    if worker and worker.task == task.spec.id:
        worker.task = ""


def _drop_hold(state: State, key: str, process: str) -> None:
    holds = state.holds.get(key, {})
    holds.pop(process, None)
    if not holds:
        state.holds.pop(key, None)
    state.touched_locks.add(key)
    state.unpark(key)


def _mark_undone(state: State, undo: Run) -> None:
    undone = state.runs[undo.spec.undoes]
    if undo.spec.files:
        return
    undone.undone_by, undone.state = undo.id, RunState.UNDONE
    if undone.spec.kind is RunKind.UNDO and not undone.spec.files:
        first = state.runs[undone.spec.undoes]
        first.undone_by, first.state = "", RunState.DONE


_RULES = dict(_apply.registry)
