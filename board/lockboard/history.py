"""What runs did that ended long ago, read again from the log, or from a file that says the same in short."""

from __future__ import annotations

from pathlib import Path

import msgspec

from lockboard import entries as e
from lockboard.durable import write_whole
from lockboard.errors import disk_error
from lockboard.layout import Layout
from lockboard.log import Log
from lockboard.model import ABSENT, Run, Task, TaskState
from lockboard.reducer import apply
from lockboard.state import Key, State


def read_tasks(log_path: Path, state: State, run: Run) -> dict[str, Task]:
    """Read a run's tasks as they were when it ended."""
    past = State(fold=state.fold)
    log = Log(log_path, e.decode)
    log.offset = run.offset
    try:
        for line in log.read():
            if getattr(line.entry, "run", "") != run.id or isinstance(line.entry, e.Joined):
                continue
            if isinstance(line.entry, e.RunMoved) and line.entry.state.ended:
                break
            apply(past, line)
    finally:
        log.close()
    return past.runs[run.id].tasks


def left_behind(layout: Layout, state: State, fingerprint: str) -> dict[Key, str]:
    """Give key -> digest of the files that done tasks of this fingerprint left behind, of each the newest."""
    found: dict[Key, str] = {}
    for run in state.runs.values() if fingerprint else ():
        if run.spec.fingerprint == fingerprint:
            found |= _left_by(layout, state, run)
    return found


def keep(layout: Layout, state: State) -> None:
    """Write in short what the runs left behind that ended while this process looked; raises BoardError."""
    for run in list(state.runs.values()):
        path = layout.left_behind(run.id)
        if run.tasks and run.state.ended and run.spec.fingerprint and not path.exists():
            try:
                write_whole(path, e.to_json(_left_by_tasks(state, run.tasks)).decode() + "\n")
            except OSError as error:
                raise disk_error(path, "write", error) from error


def _left_by(layout: Layout, state: State, run: Run) -> dict[Key, str]:
    if run.tasks or not run.state.ended:
        return _left_by_tasks(state, run.tasks)
    try:
        return msgspec.convert(msgspec.json.decode(layout.left_behind(run.id).read_bytes()), dict[Key, str])
    except (OSError, ValueError):  # its supervisor died before it wrote the file, or something spoilt it
        return _left_by_tasks(state, read_tasks(layout.board / "log.jsonl", state, run))


def _left_by_tasks(state: State, tasks: dict[str, Task]) -> dict[Key, str]:
    submissions = [task.submission for task in tasks.values() if task.state is TaskState.DONE and task.submission]
    changes = [change for submission in submissions for change in submission.files]
    return {state.fold(change.path): change.new for change in changes if change.new != ABSENT}
