"""`parallel-refactor cancel`, `pause` and `resume`: asks a run to end, rest or go on, and waits until it does."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

from lockboard.board import Board
from lockboard.errors import BoardError
from lockboard.model import Run, RunKind, RunState, TaskState, Wish
from parallel_refactor.cli.consent import settle
from parallel_refactor.cli.interrupts import Interrupts
from parallel_refactor.cli.outcome import see_through
from parallel_refactor.cli.places import target
from parallel_refactor.running.request import from_options
from parallel_refactor.running.start import ensure_supervisor, resume_run

_PATIENCE = 15.0
_TICK = 0.02
_NONE = "No run is going on here. `parallel-refactor status` lists the runs."


def cancel(args: argparse.Namespace) -> int:
    """End a run, a worker or a task, and wait until it has ended. What has landed stays."""
    board, run = target(args, _is_going, _NONE)
    if args.worker:
        return _cancel_worker(board, run, args.worker)
    if args.task:
        return _cancel_task(board, run, args.task)
    if not board.run(run).state.ended:
        board.wish(run, Wish.CANCEL)
        ensure_supervisor(board, run)
        if not _wait(board, lambda: board.run(run).state.ended):
            return _late(f"Run {run} is asked to end")
    found = board.run(run)
    if found.state is RunState.CANCELLED:
        kept = f" {_landed(found)}" if found.changed else ""
        return _say(f"Run {run} is cancelled.{kept}")
    return _say(f"Run {run} has ended already ({found.state}). {_landed(found)}", 1)


def pause(args: argparse.Namespace) -> int:
    """Let a run rest: its workers finish what they do and take nothing more."""
    board, run = target(args, _is_going, _NONE)
    board.wish(run, Wish.PAUSE)
    ensure_supervisor(board, run)
    if not _wait(board, lambda: board.run(run).state is RunState.PAUSED or board.run(run).state.ended):
        return _late(f"Run {run} is asked to pause")
    found = board.run(run)
    if found.state.ended:
        return _say(f"Run {run} has ended ({found.state}) before it could pause.", 1)
    return _say(f"Run {run} is paused. `parallel-refactor resume {run}` goes on.")


def resume(args: argparse.Namespace) -> int:
    """Let a run go on that is paused, waits, or lost its supervisor, and follow it to its end."""
    board, run = target(args, _is_going, _NONE)
    if board.run(run).spec.kind is RunKind.REFACTOR:
        request = from_options(board.run(run).spec.options)
        settle(board.root, request, said=request.programs if args.yes else ())
    with Interrupts() as interrupts:
        resume_run(board, run, args.max_cost, args.max_tokens)
        _wait(board, lambda: board.run(run).state is not RunState.PAUSED)  # else it is over before it goes on
        return see_through(board, run, args, interrupts)


def _cancel_worker(board: Board, run: str, name: str) -> int:
    worker = name if name.startswith(f"{run}-") else f"{run}-{name}"
    board.wish(run, Wish.CANCEL_WORKER, worker=worker)
    ensure_supervisor(board, run)
    if not _wait(board, lambda: worker not in board.state.processes):
        return _late(f"Worker {worker} is asked to stop")
    return _say(f"Worker {worker} has stopped; its task goes to another.")


def _cancel_task(board: Board, run: str, name: str) -> int:
    if not board.run(run).state.ended:
        board.wish(run, Wish.CANCEL_TASK, task=name)
        ensure_supervisor(board, run)
    tasks = board.run_tasks(run)
    if name not in tasks:
        raise BoardError(f"Run {run} has no task {name!r}.")
    if not _wait(board, lambda: board.run_tasks(run)[name].state.ended):
        return _late(f"Task {name} is asked to end")
    task = board.run_tasks(run)[name]
    if task.state is TaskState.DONE:
        return _say(
            f"Task {name} of run {run} has landed. `parallel-refactor undo {run}` puts the run's files back.", 1
        )
    return _say(f"Task {name} of run {run} is {task.state}.", 0 if task.state is TaskState.CANCELLED else 1)


def _landed(run: Run) -> str:
    if not run.changed:
        return "It changed nothing."
    return f"What it changed stays; `parallel-refactor undo {run.id}` puts it back."


def _is_going(run: Run) -> bool:
    return not run.state.ended


def _wait(board: Board, done: Callable[[], bool]) -> bool:
    end = time.monotonic() + _PATIENCE
    while not done():
        if time.monotonic() > end:
            return False
        time.sleep(_TICK)
        board.refresh()
    return True


def _late(asked: str) -> int:
    return _say(f"{asked}, and has not done so after {_PATIENCE:.0f} s. `parallel-refactor status` shows it.", 1)


def _say(sentence: str, code: int = 0) -> int:
    print(sentence)
    return code
