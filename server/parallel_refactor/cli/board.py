"""`parallel-refactor board`: runs, their tasks by state, who has what, and who waits for what and for how long."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence

from attrs import frozen
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from lockboard.board import Board
from lockboard.model import Hold, Lock, Run, Task, TaskState
from parallel_refactor.cli.interrupts import Interrupts
from parallel_refactor.cli.places import workspace
from parallel_refactor.cli.standing import is_stopped, standing
from parallel_refactor.cli.status import lock_owner
from parallel_refactor.cli.terminal import console, is_live
from parallel_refactor.cli.text import ago, count, percent, shortened, since
from parallel_refactor.planning.show import printable
from parallel_refactor.running.report import one_line

_RUNS, _FILES = 5, 15
_TICK = 0.2
_NAME_WIDTH = 60


def board(args: argparse.Namespace) -> int:
    """Show the board, once or until Ctrl-C."""
    opened = Board(workspace(args.path)[0])
    to = console(sys.stdout)
    if not args.watch:
        to.print(_picture(opened))
    elif is_live(to):
        _watch(opened, to)
    else:
        sys.stderr.write("--watch needs a terminal; without it the board is shown once.\n")
        return 2
    return 0


def _watch(opened: Board, to: Console) -> None:
    with Interrupts() as interrupts, Live(console=to, auto_refresh=False, screen=True) as live:
        while not interrupts.take():
            opened.refresh()
            live.update(_picture(opened), refresh=True)
            time.sleep(_TICK)


@frozen
class _Wait:
    """A file that unfinished tasks want and somebody else has."""

    path: str
    reason: str
    since: float
    tasks: int


def _picture(opened: Board) -> RenderableType:
    waits = sorted(_waits(opened), key=lambda wait: (-wait.tasks, wait.since))
    taken = _section("taken", "bold", _owners(opened))
    return Group(_runs(opened), *taken, *_section("waited for", "bold yellow", list(map(_wait_row, waits))))


def _runs(opened: Board) -> RenderableType:
    runs = list(opened.state.runs.values())
    shown = [run for run in runs if not run.state.ended] or runs[-1:]
    if not shown:
        return Text(f"Nothing has been run in {opened.root}.")
    return Group(*(part for run in reversed(shown[-_RUNS:]) for part in _run(opened, run)))


def _run(opened: Board, run: Run) -> Iterator[RenderableType]:
    head = Text(run.id, "bold").append(f" {run.state}", "cyan" if not run.state.ended else "dim")
    head.append(f"  {shortened(run.spec.title, _NAME_WIDTH)}")
    if run.state.ended:
        yield head.append(f"  {count(run.changed, 'file')} changed, {ago(run.ended)}", "dim")
        return
    now = standing(opened, run)
    busy = sum(bool(worker.files) for worker in now.workers)
    figures = (
        f"{now.over:,} of {count(now.files, 'file')}",
        percent(now.share),
        f"{count(len(now.workers), 'worker')}, {busy} busy",
        since(run.began),
    )
    yield head.append(f"  {' · '.join(figures)}", "dim")
    if is_stopped(opened, run):
        yield Text(f"   stopped: `resume {run.id}` goes on, `cancel {run.id}` ends it", "red")
    elif run.reason:
        yield Text(f"   {printable(one_line(run.reason))}", "yellow")
    counts = opened.state.schedules[run.id].counts
    yield Text("   " + " · ".join(f"{state} {counts[state]:,}" for state in TaskState if counts[state]))


def _owners(opened: Board) -> list[tuple[Text, ...]]:
    """Give a row for each owner of each file, those who have it longest first."""
    state = opened.state
    holds = [hold for by_process in state.holds.values() for hold in by_process.values()]
    ordered: list[Lock | Hold] = sorted((*state.locks.values(), *holds), key=lambda owner: owner.since)
    return [_owner_row(opened, owner) for owner in ordered]


def _owner_row(opened: Board, owner: Lock | Hold) -> tuple[Text, ...]:
    if isinstance(owner, Lock):
        task = opened.run(owner.run).tasks[owner.task]
        name, what = lock_owner(opened, owner), f"{owner.task}, {task.state}"
    else:
        name, what = owner.owner, "an agent" if opened.state.is_agent(owner.process) else "unsaved text"
    path = Text(shortened(owner.path, _NAME_WIDTH))
    return path, Text(printable(name), "cyan"), Text(what), Text(since(owner.since), "dim")


def _waits(opened: Board) -> Iterator[_Wait]:
    """Find the files that somebody has and unfinished tasks of others want, with how many of them do."""
    state = opened.state
    wanted: Counter[str] = Counter()
    for run in state.runs.values():
        for task in run.tasks.values():
            if not task.state.ended and not task.state.owns_files:
                wanted.update({state.fold(path) for path in task.spec.files})
            elif task.state is TaskState.SUBMITTED:
                wanted.update(key for path in task.spec.files if (key := state.fold(path)) in state.holds)
        yield from (_Wait(task.spec.files[0], task.reason, task.since, 1) for task in _waiting(run))
    for key, tasks in wanted.items():
        holds = list(state.holds.get(key, {}).values())
        if holds:
            yield _Wait(holds[0].path, f"{holds[0].owner} has it", holds[0].since, tasks)
        elif lock := state.locks.get(key):
            does = "proposes to change it" if state.is_proposed(lock) else "is changing it"
            yield _Wait(lock.path, f"{lock_owner(opened, lock)} {does}", lock.since, tasks)


def _waiting(run: Run) -> Iterator[Task]:
    return (task for task in run.tasks.values() if task.state is TaskState.WAITING)


def _wait_row(wait: _Wait) -> tuple[Text, ...]:
    tasks = "1 task waits" if wait.tasks == 1 else f"{wait.tasks:,} tasks wait"
    return (
        Text(shortened(wait.path, _NAME_WIDTH)),
        Text(printable(wait.reason)),
        Text(tasks),
        Text(since(wait.since), "dim"),
    )


def _section(title: str, style: str, rows: Sequence[tuple[Text, ...]]) -> Iterator[RenderableType]:
    if rows:
        yield Text(f"\n{count(len(rows), 'file')} {title}", style)
        table = Table.grid(padding=(0, 2))
        for row in rows[:_FILES]:
            table.add_row(*row)
        yield table
    if len(rows) > _FILES:
        yield Text(f"and {count(len(rows) - _FILES, 'more file')}", "dim")
