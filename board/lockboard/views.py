"""What `ls` shows: a file for each lock in locks/, and each task in the directory of its state.

Views follow the log and decide nothing. A process that dies half way through leaves them behind the log; whoever has
the mutex next brings them up.
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from typing import Any

from lockboard.entries import converter
from lockboard.layout import Layout
from lockboard.model import Run, Task, TaskState
from lockboard.paths import lock_file_name
from lockboard.state import Key, State


class Views:
    """Writes the views of one board. Only under the mutex."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._locks = str(layout.board / "locks")

    def show(self, state: State) -> None:
        """Bring up everything that the state lists as touched."""
        for key in state.touched_locks:
            self._show_lock(state, key)
        for (run, task), before in state.touched_tasks.items():
            self._show_task(state.runs[run], state.runs[run].tasks[task], before)

    def rebuild(self, state: State) -> None:
        """Make all views anew, when it is not known how far they had come."""
        wanted = {lock_file_name(key): key for key in {*state.locks, *state.holds}}
        for name in os.listdir(self._locks):
            if name not in wanted:
                os.unlink(f"{self._locks}/{name}")
        for key in wanted.values():
            self._show_lock(state, key)
        for run in state.runs.values():
            if run.tasks:
                shutil.rmtree(self._layout.tasks(run.id), ignore_errors=True)
                for directory in TaskState:
                    (self._layout.tasks(run.id) / directory).mkdir(parents=True)
                for task in run.tasks.values():
                    self._show_task(run, task, None)

    def _show_lock(self, state: State, key: Key) -> None:
        path = f"{self._locks}/{lock_file_name(key)}"
        owner = _describe(state, key)
        if owner is None:
            with suppress(FileNotFoundError):
                os.unlink(path)
            return
        fresh = f"{self._locks}/.{os.getpid()}"
        _write(fresh, owner)
        try:
            # Linking is exclusive and shows the file complete or not at all.
            os.link(fresh, path)
            os.unlink(fresh)
        except OSError:
            os.replace(fresh, path)

    def _show_task(self, run: Run, task: Task, before: TaskState | None) -> None:
        tasks, name = self._layout.tasks(run.id), f"{task.spec.id}.json"
        if before is None:
            _write(f"{tasks}/{task.state}/{name}", converter.unstructure(task.spec))
        elif before is not task.state:
            os.rename(f"{tasks}/{before}/{name}", f"{tasks}/{task.state}/{name}")


def _write(path: str, facts: dict[str, Any]) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o644)
    try:
        os.write(fd, json.dumps(facts).encode() + b"\n")
    finally:
        os.close(fd)


def _describe(state: State, key: Key) -> dict[str, Any] | None:
    """Say who owns a file: the worker if one does (then people's holds are `pending`), else the person."""
    lock = state.locks.get(key)
    holds = [{"owner": hold.owner, "since": hold.since} for hold in state.holds.get(key, {}).values()]
    if lock:
        owner = {
            "path": lock.path,
            "owner": lock.worker,
            "kind": "worker",
            "run": lock.run,
            "task": lock.task,
            "token": lock.token,
            "since": lock.since,
        }
        return {**owner, "pending": holds} if holds else owner
    for hold in state.holds.get(key, {}).values():
        return {"path": hold.path, "owner": hold.owner, "kind": "person", "since": hold.since}
    return None
