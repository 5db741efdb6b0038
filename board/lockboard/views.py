"""What `ls` shows: a file for each task in the directory of its state, and one in locks/ for each file that is owned.

The lock of a worker's file is one more name (a hard link) of its task's file: that costs a third of a file of its own.
Views follow the log and decide nothing. A process that dies half way through leaves them behind the log; whoever has
the mutex next brings them up.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from typing import Any

from msgspec import to_builtins

from lockboard.entries import to_json
from lockboard.layout import Layout
from lockboard.model import Task, TaskState
from lockboard.paths import lock_file_name
from lockboard.state import Key, State


class Views:
    """Writes the views of one board. Only under the mutex."""

    def __init__(self, layout: Layout) -> None:
        self._runs = str(layout.board / "runs")
        self._locks = str(layout.board / "locks")

    def show(self, state: State) -> None:
        """Bring up everything that the state lists as touched."""
        for (run, task), before in state.touched_tasks.items():
            self._show_task(run, state.runs[run].tasks[task], before)
        for key in state.touched_locks:
            self._show_lock(state, key)

    def rebuild(self, state: State) -> None:
        """Make all views anew, when it is not known how far they had come."""
        for run in state.runs.values():
            if run.tasks or not run.state.ended:
                with suppress(FileNotFoundError):
                    shutil.rmtree(f"{self._runs}/{run.id}/tasks")
                for directory in TaskState:
                    os.makedirs(f"{self._runs}/{run.id}/tasks/{directory}")
                for task in run.tasks.values():
                    self._show_task(run.id, task, None)
        for name in os.listdir(self._locks):
            os.unlink(f"{self._locks}/{name}")
        for key in {*state.locks, *state.holds}:
            self._show_lock(state, key)

    def _show_task(self, run: str, task: Task, before: TaskState | None) -> None:
        path = self._task_file(run, task, before or task.state)
        if before is None or task.state is TaskState.CLAIMED or not task.worker:
            _write(path, _describe_task(run, task))
        if before is not None and before is not task.state:
            os.rename(path, self._task_file(run, task, task.state))

    def _show_lock(self, state: State, key: Key) -> None:
        path = f"{self._locks}/{lock_file_name(key)}"
        lock, holds = state.locks.get(key), list(state.holds.get(key, {}).values())
        if lock and not (holds and state.is_proposed(lock)):
            task = state.runs[lock.run].tasks[lock.task]
            if holds or not _link(self._task_file(lock.run, task, task.state), path):
                pending = [{"owner": hold.owner, "since": hold.since} for hold in holds]
                self._write_lock(path, {"path": lock.path, **_describe_task(lock.run, task), "pending": pending})
        elif holds:
            hold = holds[0]
            facts = {"path": hold.path, "owner": hold.owner, "kind": "person", "since": hold.since}
            facts |= {"proposed": f"{lock.run}/{lock.task}"} if lock else {}
            self._write_lock(path, facts)
        else:
            with suppress(FileNotFoundError):
                os.unlink(path)

    def _write_lock(self, path: str, facts: dict[str, Any]) -> None:
        """Show a file complete or not at all."""
        fresh = f"{self._locks}/.{os.getpid()}"
        _write(fresh, facts)
        os.replace(fresh, path)

    def _task_file(self, run: str, task: Task, state: TaskState) -> str:
        return f"{self._runs}/{run}/tasks/{state}/{task.spec.id}.json"


def _describe_task(run: str, task: Task) -> dict[str, Any]:
    facts = to_builtins(task.spec)
    owner = {"kind": "worker", "owner": task.worker, "token": task.token, "since": task.since} if task.worker else {}
    return {"run": run, "task": facts.pop("id"), **owner, **facts}


def _link(task_file: str, path: str) -> bool:
    """Give a file one more name; False where the file system has no such links."""
    try:
        os.link(task_file, path)
    except FileExistsError:
        os.unlink(path)  # what it showed before: a person's hold, or another task
        return _link(task_file, path)
    except OSError:
        return False
    return True


def _write(path: str, facts: dict[str, Any]) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o644)
    try:
        # Shortened after writing, not before: some file systems write an emptied file to the disk at once.
        os.ftruncate(fd, os.write(fd, to_json(facts) + b"\n"))
    finally:
        os.close(fd)
