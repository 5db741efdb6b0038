"""`parallel-refactor status`: runs, workers, and who holds which file."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lockboard.board import Board
from lockboard.layout import Layout
from lockboard.model import Hold, Lock, Process, ProcessKind, Run
from parallel_refactor.cli.costs import Costs
from parallel_refactor.cli.places import workspace
from parallel_refactor.cli.standing import is_stopped, standing
from parallel_refactor.cli.terminal import console
from parallel_refactor.cli.text import ago, count, shortened, since
from parallel_refactor.planning.show import printable
from parallel_refactor.running.report import one_line, spent_in

if TYPE_CHECKING:
    from parallel_refactor.running.spent import Spent

_RUNS_SHOWN, _FILES_SHOWN = 10, 20
_COLOURS = {"done": "green", "failed": "red", "cancelled": "yellow", "undone": "dim"}


def status(args: argparse.Namespace) -> int:
    """Show the board of a workspace; one where nothing has been run yet shows as empty."""
    root, _ = workspace(args.path)
    to = console(sys.stdout)
    if not Layout(root).exists:
        print(json.dumps({"runs": [], "locks": [], "workers": []}) if args.json else f"Nothing has been run in {root}.")
        return 0
    board = Board(root)
    if args.json:
        print(json.dumps(_as_json(board)))
    else:
        _show(board, to)
    return 0


def _as_json(board: Board) -> dict[str, Any]:
    state = board.state
    holds = [hold for by_process in state.holds.values() for hold in by_process.values()]
    spent = {run.id: spent_in(board, run) for run in state.runs.values()}
    return {
        "runs": [_run_json(board, run, spent[run.id]) for run in state.runs.values()],
        "locks": [
            *(lock_json(lock, proposed=state.is_proposed(lock)) for lock in state.locks.values()),
            *map(hold_json, holds),
        ],
        "workers": [_worker_json(worker, spent[worker.run]) for worker in _workers(board)],
    }


def _worker_json(worker: Process, spent: Spent | None) -> dict[str, Any]:
    own = {"id": worker.id, "pid": worker.pid, "run": worker.run, "task": worker.task or None, "since": worker.since}
    if spent is None:
        return own
    wait = spent.wait(worker.id, worker.task)
    waits = {"waits_for": wait[0], "waits_since": wait[1]} if wait else {}
    return {**own, "spent": spent.of_worker_json(worker.id), **waits}


def _run_json(board: Board, run: Run, spent: Spent | None) -> dict[str, Any]:
    return {
        "id": run.id,
        "state": run.state,
        "title": run.spec.title,
        "engine": run.spec.engine,
        "kind": run.spec.kind,
        "began": run.began,
        "ended": run.ended or None,
        "reason": run.reason,
        "changed": run.changed,
        "undoes": run.spec.undoes or None,
        "undone_by": run.undone_by or None,
        "supervised": not run.state.ended and not is_stopped(board, run),
        **({"spent": spent.as_json()} if spent else {}),
    }


def lock_json(lock: Lock, *, proposed: bool = False) -> dict[str, Any]:
    """Show a lock; the run owns a file that it proposes to change, or whose task waits for the rest of its group."""
    owner, token = lock.run if proposed else lock.worker or lock.run, lock.token or None
    return {
        "path": lock.path,
        "owner": owner,
        "kind": "proposal" if proposed else "worker",
        "task": lock.task,
        "run": lock.run,
        "token": token,
        "since": lock.since,
    }


def lock_owner(board: Board, lock: Lock) -> str:
    """Say who has a file for a run: a worker; the run itself where it only proposes, or between two workers."""
    return lock.run if board.state.is_proposed(lock) or not lock.worker else lock.worker


def hold_json(hold: Hold) -> dict[str, Any]:
    """Show a person's or agent's hold."""
    return {
        "path": hold.path,
        "owner": hold.owner,
        "kind": "person",
        "task": None,
        "run": None,
        "token": None,
        "since": hold.since,
    }


def _workers(board: Board) -> list[Process]:
    """Those alive: what the board says of the others is for the next supervisor to put right."""
    processes = board.state.processes.values()
    return [process for process in processes if process.kind is ProcessKind.WORKER and board.is_alive(process.id)]


def _show(board: Board, to: Console) -> None:
    runs = list(board.state.runs.values())
    table = Table.grid(padding=(0, 2))
    listed = [run for run in runs[:-_RUNS_SHOWN] if not run.state.ended] + runs[-_RUNS_SHOWN:]
    for run in reversed(listed):
        table.add_row(*_run_row(board, run))
    to.print(table if runs else f"Nothing has been run in {board.root}.")
    if len(listed) < len(runs):
        to.print(f"and {count(len(runs) - len(listed), 'older run')}", style="dim")
    _show_workers(board, to)
    _show_files(board, to)


def _run_row(board: Board, run: Run) -> tuple[Text, ...]:
    title = Text(shortened(run.spec.title, 60))
    if run.state.ended:
        word = Text(run.state, _COLOURS[run.state])
        figures = count(run.changed, "file") + " changed" + _cost(board, run)
        when = ago(run.ended)
    elif not is_stopped(board, run):
        now = standing(board, run)
        word = Text(run.state, "cyan")
        figures = f"{now.over:,} of {count(now.files, 'file')}" + _cost(board, run)
        figures += f", {printable(one_line(run.reason))}" if run.reason else ""
        when = since(run.began)
    else:
        word = Text("stopped", "red")
        figures = f"`resume {run.id}` goes on, `cancel {run.id}` ends it"
        when = f"began {ago(run.began)}"
    return Text(run.id, "bold"), word, title, Text(figures), Text(when, "dim")


def _cost(board: Board, run: Run) -> str:
    spent = spent_in(board, run)
    return f", {line}" if spent and (line := spent.line()) else ""


def _show_workers(board: Board, to: Console) -> None:
    workers = _workers(board)
    if not workers:
        return
    busy = sum(bool(worker.task) for worker in workers)
    costs = {run: Costs(board, run) for run in {worker.run for worker in workers}}
    to.print(f"\n{count(len(workers), 'worker')}, {busy} busy", style="bold")
    table = Table.grid(padding=(0, 2))
    for worker in workers:
        task = board.state.runs[worker.run].tasks.get(worker.task)
        costs[worker.run].look()
        files = f"{task.spec.id}: {', '.join(map(printable, task.spec.files[:3]))}" if task else "free"
        more = f" and {len(task.spec.files) - 3} more" if task and len(task.spec.files) > 3 else ""
        wait = costs[worker.run].wait(worker.id, worker.task)
        cost = Text(costs[worker.run].of_worker(worker.id, worker.task), "dim")
        table.add_row(
            Text(worker.id, "cyan"), Text(f"pid {worker.pid}", "dim"), Text(files + more), cost, Text(wait, "yellow")
        )
    to.print(table)


def _show_files(board: Board, to: Console) -> None:
    holds = [hold for by_process in board.state.holds.values() for hold in by_process.values()]
    locks = list(board.state.locks.values())
    if not (holds or locks):
        return
    to.print(f"\n{count(len(holds) + len(locks), 'file')} held", style="bold")
    table = Table.grid(padding=(0, 2))
    kinds = {hold.process: "agent" if board.state.is_agent(hold.process) else "person" for hold in holds}
    rows = [(hold.path, hold.owner, kinds[hold.process], hold.since) for hold in holds]
    for lock in locks:
        what = f"{lock.task}, proposed" if board.state.is_proposed(lock) else lock.task
        rows.append((lock.path, lock_owner(board, lock), what, lock.since))
    for path, owner, what, began in rows[:_FILES_SHOWN]:
        table.add_row(Text(shortened(path, 80)), Text(printable(owner), "cyan"), Text(what), Text(ago(began), "dim"))
    to.print(table)
    if len(rows) > _FILES_SHOWN:
        to.print(f"and {count(len(rows) - _FILES_SHOWN, 'more file')}", style="dim")
