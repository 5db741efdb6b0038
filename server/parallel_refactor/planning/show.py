"""Shows a plan: to people as a table, to programs as JSON."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from parallel_refactor.planning.interface import LeftOut, Plan, PlannedTask

_MOST_TASKS = 40
_MOST_NAMES = 3


def render(plan: Plan, console: Console, most_tasks: int = _MOST_TASKS) -> None:
    """Print files, tasks, groups, what waits for whom, and what was left out; long lists are cut."""
    files = sum(len(task.files) for task in plan.tasks)
    groups = {task.group for task in plan.tasks if task.group}
    size = _size(sum(task.size for task in plan.tasks))
    console.print(f"{_count(files, 'file')} ({size}) in {_count(len(plan.tasks), 'task')}", highlight=False)
    if groups:
        console.print(f"{_count(len(groups), 'group')} of tasks that land, fail and are undone as one", highlight=False)
    if plan.tasks:
        console.print(_task_table(plan.tasks, most_tasks))
    if len(plan.tasks) > most_tasks:
        console.print(f"... and {_count(len(plan.tasks) - most_tasks, 'more task')}", highlight=False)
    if plan.skipped:
        console.print(f"{_count(len(plan.skipped), 'file')} skipped: as an earlier run left them", highlight=False)
    _render_left_out(plan.left_out, console)


def as_json(plan: Plan) -> dict[str, Any]:
    """Give the plan in values that `json.dumps` takes."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for task in plan.tasks:
        if task.group:
            groups[task.group].append(task.id)
    return {
        "files": sorted(path for task in plan.tasks for path in task.files),
        "tasks": [
            {
                "id": task.id,
                "files": list(task.files),
                "size": task.size,
                "weight": task.weight,
                "group": task.group,
                "after": list(task.after),
                "needs": list(task.needs),
            }
            for task in plan.tasks
        ],
        "groups": [{"id": group, "tasks": tasks} for group, tasks in groups.items()],
        "left_out": [{"path": left.path, "reason": left.reason} for left in plan.left_out],
        "skipped": list(plan.skipped),
    }


def printable(path: str) -> str:
    """Write a file name so that a terminal takes it: what is not printable is escaped as in Python."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in path)


def _task_table(tasks: Iterable[PlannedTask], most: int) -> Table:
    listed = tuple(tasks)[:most]
    table = Table(box=None, pad_edge=False)
    table.add_column("task")
    table.add_column("size", justify="right")
    grouped = any(task.group for task in listed)
    waiting = any(task.after or task.needs for task in tasks)
    if grouped:
        table.add_column("group")
    if waiting:
        table.add_column("waits for")
    table.add_column("files", no_wrap=True, overflow="ellipsis")
    for task in listed:
        cells = [task.id, _size(task.size)]
        cells += [task.group] if grouped else []
        cells += [_few((*task.needs, *task.after))] if waiting else []
        table.add_row(*(Text(cell) for cell in (*cells, _few(task.files))))
    return table


def _render_left_out(left_out: Iterable[LeftOut], console: Console) -> None:
    by_reason: defaultdict[str, list[str]] = defaultdict(list)
    for left in left_out:
        by_reason[left.reason].append(left.path)
    if by_reason:
        console.print(f"Left out: {sum(map(len, by_reason.values())):,}", highlight=False)
    for reason, paths in sorted(by_reason.items(), key=lambda item: -len(item[1])):
        console.print(Text(f"  {reason} ({len(paths):,}): {_few(paths)}"))


def _few(names: Iterable[str]) -> str:
    every = [printable(name) for name in names]
    more = len(every) - _MOST_NAMES
    return ", ".join(every[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _size(number: int) -> str:
    return f"{number:,} B" if number < 1000 else f"{number / 1000:,.0f} kB"
