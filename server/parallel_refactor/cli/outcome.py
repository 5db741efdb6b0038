"""Sees a run through: asks whether to start, follows it, tells what became of it, and gives the exit code."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from lockboard.board import Board
from lockboard.model import Run, RunState, Wish
from parallel_refactor.cli.follow import cancel_run, follow
from parallel_refactor.cli.interrupts import Interrupts
from parallel_refactor.cli.summary import summarise
from parallel_refactor.cli.terminal import confirm, console
from parallel_refactor.cli.text import count
from parallel_refactor.planning.interface import LeftOut, Plan, PlannedTask
from parallel_refactor.planning.show import printable, render
from parallel_refactor.running.chosen import chosen_lines
from parallel_refactor.running.report import Report, report
from parallel_refactor.running.request import RunRequest, from_options

if TYPE_CHECKING:
    from parallel_refactor.running.estimate import Estimate

_TASKS_SHOWN = 12
_DONE, _FAILED, _BAD_INPUT, _CANCELLED, _NOT_OVER = 0, 1, 2, 3, 4


def see_through(board: Board, run: str, args: argparse.Namespace, interrupts: Interrupts) -> int:
    """Follow a run to its end, or until it waits for a person or is left alone. Gives the exit code."""
    to = console(sys.stderr if args.json else sys.stdout)
    why = follow(board, run, to, interrupts, lambda: _answer(board, run, to, yes=args.yes))
    found = report(board, run)
    if args.json:
        print(json.dumps(found.as_json()))
    else:
        to.print(summarise(board, found, why), soft_wrap=not to.is_terminal)
    return _code(board.run(run), found)


def show_estimate(to: Console, cost: Estimate | None, request: RunRequest) -> None:
    """Say what a run of a model may take; nothing for one that costs nothing."""
    for line in cost.lines(request) if cost else ():
        to.print(Text(f"\n{line}" if line.startswith("Model") else line), soft_wrap=not to.is_terminal)


def show_chosen(to: Console, lines: Sequence[str]) -> None:
    """Say which files a model named when it was asked which need the change; nothing where it was not."""
    for number, line in enumerate(lines):
        to.print(Text(printable(line) if number else f"\n{printable(line)}"), soft_wrap=not to.is_terminal)


def _answer(board: Board, run: str, to: Console, *, yes: bool) -> None:
    """Show the plan of a run that asks, and start or cancel it as the person says."""
    found = board.run(run)
    if not yes and found.tasks:  # without tasks there is nothing to agree to
        to.print(Text(printable(found.spec.title), "bold"))
        plan, request = _plan(board, found), from_options(found.spec.options)
        render(plan, to, _TASKS_SHOWN)
        show_chosen(to, chosen_lines(board, run))
        show_estimate(to, _estimate(board, found), request)
        if found.unchanged:
            to.print(f"{count(found.unchanged, 'file')} skipped: as an earlier run left them")
        try:
            yes = confirm("\nStart?")
        except KeyboardInterrupt:
            yes = False
    if yes or not found.tasks:
        board.wish(run, Wish.START)
    else:
        cancel_run(board, run)


def _estimate(board: Board, run: Run) -> Estimate | None:
    if run.spec.engine != "claude":
        return None
    from parallel_refactor.running.estimate import estimate_run  # noqa: PLC0415  only what asks a model needs it

    return estimate_run(board, run)


def _plan(board: Board, run: Run) -> Plan:
    """Give the plan as the board keeps it, with the present sizes; of the files that need no visit only the number."""
    tasks = []
    for task in run.tasks.values():
        spec = task.spec
        size = sum(path.stat().st_size for name in spec.files if (path := board.root / name).is_file())
        tasks.append(PlannedTask(spec.id, spec.files, spec.weight, spec.group, spec.after, spec.needs, size))
    return Plan(tuple(tasks), tuple(LeftOut(note.path, note.reason) for note in run.left))


def _code(run: Run, found: Report) -> int:
    if not run.state.ended:
        return _NOT_OVER
    if run.state is RunState.CANCELLED:
        return _CANCELLED
    if run.state is RunState.FAILED and not any(found.tasks.values()):
        return _BAD_INPUT  # nothing could be planned
    return _FAILED if run.state is RunState.FAILED or found.tasks["failed"] or found.tasks["blocked"] else _DONE
