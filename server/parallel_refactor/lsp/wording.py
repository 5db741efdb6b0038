"""Who holds what, in sentences for a person."""

from __future__ import annotations

import time

from lockboard.model import Hold, Lock, Run, Task, TaskState
from parallel_refactor.running.report import one_line

_LONGEST_TITLE = 80


def of_lock(lock: Lock, run: Run, task: Task, wait: str = "") -> str:
    """Say who of a run owns a file, what for and since when."""
    if task.state is TaskState.PROPOSED:
        return f"Run {run.id} {doing(task)}: {short(run.spec.title)}."
    owner = worker(lock.worker)
    return f"{owner} of run {run.id} {doing(task, wait)}: {short(run.spec.title)} (since {moment(lock.since)})."


def of_hold(hold: Hold, *, agent: bool) -> str:
    """Say which person has unsaved text for a file, or which agent keeps it, and since when."""
    return f"{hold.owner} {holding(agent=agent)} (since {moment(hold.since)}). No worker takes it."


def holding(*, agent: bool) -> str:
    """Say what somebody does who holds a file."""
    return "keeps this file locked" if agent else "has unsaved text for this file"


def worker(name: str) -> str:
    """Name who owns a file for a run: a worker, or between two workers their group."""
    return f"Worker {name}" if name else "A group"


def doing(task: Task, wait: str = "") -> str:
    """Say what becomes of a task's files now; `wait` is what its worker waits for."""
    if task.state is TaskState.CLAIMED:
        return f"has this file, and is waiting for {wait}" if wait else "is changing this file"
    if task.state is TaskState.SUBMITTED:
        return "has changed this file, which lands soon"
    if task.state is TaskState.PROPOSED:
        return "proposes a change of this file, which waits for your review"
    return "keeps this file until all of it is done"


def why(reason: str, person: str) -> str:
    """Say in a line why a run stands where it stands, to a person by the name that the board has for them."""
    return one_line(reason.replace(f"{person} holds ", "You hold ", 1))


def moment(at: float) -> str:
    """Say when something was: the time, with the date if that is not today's. `at`: seconds since the epoch."""
    then = time.localtime(at)
    today = time.localtime()[:3] == then[:3]
    return time.strftime("%H:%M:%S" if today else "%Y-%m-%d %H:%M:%S", then)


def short(title: str) -> str:
    """Cut what was asked for to one line; a prompt may be a page."""
    line = " ".join(title.split())
    return line if len(line) <= _LONGEST_TITLE else f"{line[: _LONGEST_TITLE - 1]}…"


def count(number: int, word: str) -> str:
    """Say how many there are: `1 file`, `1,234 files`."""
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"
