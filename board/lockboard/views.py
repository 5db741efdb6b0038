"""What `ls` shows: a file for each lock in locks/, and each task in the directory of its state.

Views follow the log and decide nothing. A process that dies half way through leaves them behind the log; whoever has
the mutex next brings them up.
"""

from __future__ import annotations

import json
import os
import shutil
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
        self._locks = layout.board / "locks"

    def show(self, state: State) -> None:
        """Bring up everything that the state lists as touched."""
        for key in state.touched_locks:
            self._show_lock(state, key)
        for (run, task), before in state.touched_tasks.items():
            self._show_task(state.runs[run], state.runs[run].tasks[task], before)

    def rebuild(self, state: State) -> None:
        """Make all views anew, when it is not known how far they had come."""
        wanted = {lock_file_name(key): key for key in {*state.locks, *state.holds}}
        for name in os.listdir(self._locks):  # noqa: PTH208  thousands of names, no Path needed
            if name not in wanted:
                (self._locks / name).unlink()
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
        path = self._locks / lock_file_name(key)
        owner = _describe(state, key)
        if owner is None:
            path.unlink(missing_ok=True)
            return
        fresh = self._locks / f".{os.getpid()}"
        fresh.write_text(json.dumps(owner) + "\n", encoding="utf-8")
        try:
            # Linking is exclusive and shows the file complete or not at all.
            os.link(fresh, path)
            fresh.unlink()
        except OSError:
            fresh.replace(path)

    def _show_task(self, run: Run, task: Task, before: TaskState | None) -> None:
        path = self._layout.tasks(run.id) / task.state / f"{task.spec.id}.json"
        if before is None:
            path.write_text(json.dumps(converter.unstructure(task.spec)) + "\n", encoding="utf-8")
        elif before is not task.state:
            (self._layout.tasks(run.id) / before / path.name).rename(path)


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
