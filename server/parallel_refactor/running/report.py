"""What became of a run: figures for people and programs, from the board alone."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import Factory, frozen

from lockboard.board import Board
from lockboard.model import FileChange, Note, Run, Task, TaskSpec, TaskState

if TYPE_CHECKING:
    from parallel_refactor.running.spent import Spent

_RANKED = ("changed", "proposed", "failed", "left", "unchanged")  # which counts where two tasks had a file
_COUNTED = (TaskState.DONE, TaskState.FAILED, TaskState.SKIPPED, TaskState.CANCELLED, TaskState.BLOCKED)


@frozen
class Failure:
    """A task that failed, or was blocked by one; `path` names its file if it has only one."""

    task: str
    reason: str
    path: str = ""


@frozen
class Report:
    """A run's outcome so far. `seconds` is its length until now or its end.

    Each file of the plan, and each that the plan left out with a reason, is one of `files`: changed; unchanged, which
    includes those that an earlier run left as they are; failed, alone or with its group; proposed; or left, which
    includes files whose task was skipped, cancelled or has not ended. `left` and `notes` say why, and what a person
    should look at. `counts` are the engine's own figures, added up, with the requests to a model and their tokens, also
    those of tasks that failed; `dollars` is what they cost, None where no price is known. `spent` has that in detail.
    """

    run: str
    state: str
    engine: str
    title: str
    workers: int
    seconds: float
    tasks: dict[str, int]
    files: dict[str, int]
    counts: dict[str, int] = Factory(dict)
    dollars: float | None = None
    spent: Spent | None = None
    failures: tuple[Failure, ...] = ()
    left: tuple[Note, ...] = ()
    notes: tuple[Note, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Give the report in values that `json.dumps` takes."""
        return {
            "run": self.run,
            "state": str(self.state),
            "engine": self.engine,
            "title": self.title,
            "workers": self.workers,
            "seconds": self.seconds,
            "tasks": self.tasks,
            "files": self.files,
            "counts": self.counts,
            **({} if self.dollars is None else {"dollars": self.dollars}),
            **({} if self.spent is None else {"spent": self.spent.as_json()}),
            "failures": [_failure_json(failure) for failure in self.failures],
            "left": [_note_json(note) for note in self.left],
            "notes": [_note_json(note) for note in self.notes],
        }


def report(board: Board, run: str) -> Report:
    """Report on a run, also on one that is going or ended long ago; raises BoardError for one that there is not."""
    found = board.run(run)
    tasks = [task for task in board.run_tasks(run).values() if task.state is not TaskState.SPLIT]
    states = Counter(task.state for task in tasks)
    spent = spent_in(board, found)
    counts: Counter[str] = Counter(spent.counts() if spent else {})
    for task in tasks:
        if task.state is TaskState.DONE and task.submission:
            counts.update(task.submission.counts)
    submitted = [
        note for task in tasks if task.state is TaskState.DONE and task.submission for note in task.submission.notes
    ]
    return Report(
        run=run,
        state=found.state,
        engine=found.spec.engine,
        title=found.spec.title,
        workers=int(found.spec.options.get("workers", 0)),
        seconds=round(max(0.0, (found.ended or time.time()) - found.began), 3),
        tasks={
            **{str(state): states[state] for state in _COUNTED},
            "waiting": sum(count for state, count in states.items() if not state.ended),
        },
        files=_count_files(found, tasks),
        counts=dict(sorted(counts.items())),
        dollars=spent.dollars() if spent else None,
        spent=spent,
        failures=tuple(_failures(tasks)),
        left=(*found.left, *submitted),
        notes=found.notes,
    )


def spent_in(board: Board, run: Run) -> Spent | None:
    """Give what a run has spent so far; None for one that asks no model."""
    if run.spec.engine != "claude":
        return None
    from parallel_refactor.running.spent import spent_by  # noqa: PLC0415  only what asks a model needs it

    return spent_by(board, run)


def _count_files(run: Run, tasks: list[Task]) -> dict[str, int]:
    found = dict.fromkeys((note.path for note in run.left), "left")
    for task in tasks:
        if task.state is TaskState.DONE:
            became = outcomes(task)
        elif task.state is TaskState.PROPOSED:
            became = {path: "proposed" if outcome == "changed" else outcome for path, outcome in outcomes(task).items()}
        else:
            is_lost = task.state in (TaskState.FAILED, TaskState.BLOCKED)
            became = dict.fromkeys(task.spec.files, "failed" if is_lost else "left")
        for path, outcome in became.items():
            found[path] = min(found.get(path, outcome), outcome, key=_RANKED.index)
    files = Counter(changed=0, unchanged=run.unchanged, left=0, failed=0)
    files.update(found.values())
    return dict(files)


def first_files(tasks: Mapping[str, Task], spec: TaskSpec) -> list[str]:
    """Give the files of a task that no task before it has too: so that each file of a run is counted once."""
    earlier = {path for name in spec.after for path in tasks[name].spec.files}
    return [path for path in spec.files if path not in earlier]


def one_line(reason: str) -> str:
    """Give the first line of a reason, and the last where it goes on: a program's output says there what it came to."""
    lines = [line.strip() for line in reason.splitlines() if line.strip()]
    return " ... ".join(lines if len(lines) < 2 else (lines[0], lines[-1]))


def outcomes(task: Task) -> dict[str, str]:
    """Give what became of each file of a task that is done: changed, unchanged or left."""
    found = dict.fromkeys(task.spec.files, "unchanged")
    if task.submission:
        found |= {note.path: "left" for note in task.submission.notes}
        found |= {change.path: "changed" for change in task.submission.files if change.changed}
    return {path: found[path] for path in task.spec.files}


def kept_files(board: Board, run: str, task: Task) -> dict[str, tuple[FileChange, Path]]:
    """Give the changes of a submitted or landed task by path, and the file on the board that belongs to each.

    That is the new text before landing, the one it replaced afterwards.
    """
    exchange = board.layout.exchange(run, task.spec.id, task.token)
    changes = task.submission.files if task.submission else ()
    return {change.path: (change, exchange / str(index)) for index, change in enumerate(changes) if change.changed}


def _failures(tasks: list[Task]) -> list[Failure]:
    return [
        Failure(task.spec.id, task.reason, task.spec.files[0] if len(task.spec.files) == 1 else "")
        for task in tasks
        if task.state in (TaskState.FAILED, TaskState.BLOCKED)
    ]


def _failure_json(failure: Failure) -> dict[str, str]:
    body = {"task": failure.task, "reason": failure.reason}
    return {"path": failure.path, **body} if failure.path else body


def _note_json(note: Note) -> dict[str, Any]:
    body: dict[str, Any] = {"path": note.path, "reason": note.reason}
    return {**body, "line": note.line} if note.line else body
