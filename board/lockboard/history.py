"""The tasks of a run that ended long ago, read again from the log."""

from __future__ import annotations

from pathlib import Path

from lockboard import entries as e
from lockboard.log import Log
from lockboard.model import Run, Task
from lockboard.reducer import apply
from lockboard.state import State


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
