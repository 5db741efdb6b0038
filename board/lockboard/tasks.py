"""Whether tasks make a plan, before they are written down, and into what one is parted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from lockboard.errors import BoardError
from lockboard.model import Run, TaskSpec, TaskState
from lockboard.paths import check_name, check_task_id
from lockboard.state import Key


def check_tasks(run: Run, fresh: Sequence[TaskSpec], fold: Callable[[str], Key]) -> None:
    """Raise BoardError for tasks that do not hold together, with each other or with those of the run.

    Names are known and given once; files are the workspace's own. A file is in two tasks only if the later is `after`
    the earlier: what the run did to it is then one change after the other.
    """
    ids = Counter((*run.tasks, *(task.id for task in fresh)))
    owners: defaultdict[Key, list[str]] = defaultdict(list)
    for known in run.tasks.values():
        for path in known.spec.files if known.state is not TaskState.SPLIT else ():
            owners[fold(path)].append(known.spec.id)
    for task in fresh:
        check_task_id(task.id)
        if ids[task.id] > 1:
            raise BoardError(f"Run {run.id} has two tasks {task.id!r}.")
        for name in (*task.after, *task.needs):
            if name not in ids:
                raise BoardError(f"Task {task.id} waits for a task {name!r}, which run {run.id} does not have.")
        for path in task.files:
            check_name(path)
            if not set(owners[fold(path)]) <= set(task.after):
                raise BoardError(f"{path} is in two tasks of run {run.id}, and the later is not after the earlier.")
            owners[fold(path)].append(task.id)


def part_task(spec: TaskSpec, parts: Sequence[tuple[str, ...]]) -> tuple[TaskSpec, ...]:
    """Give the successors of a task in no group, one for each part of its files."""
    return tuple(
        replace(spec, id=f"{spec.id}.{number}", files=files, weight=spec.weight * len(files) // len(spec.files))
        for number, files in enumerate(parts, 1)
    )
