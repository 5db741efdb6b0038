"""`parallel-refactor undo`: puts back what a run changed, as a run of its own."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from lockboard.board import Board
from lockboard.errors import BoardError
from lockboard.model import Note, Run
from lockboard.undo import Undo, UndoPlan
from parallel_refactor.cli.interrupts import Interrupts
from parallel_refactor.cli.outcome import see_through
from parallel_refactor.cli.places import target
from parallel_refactor.cli.summary import list_places, puts_back
from parallel_refactor.cli.terminal import confirm, console
from parallel_refactor.cli.text import count
from parallel_refactor.running.start import start_undo
from parallel_refactor.running.undoing import merge_back, mergeable

_CANCELLED = 3


def undo(args: argparse.Namespace) -> int:
    """Show what would be put back and what not, ask, and follow the undo to its end."""
    board, run = target(args, _can_be_undone, "There is nothing to undo here.")
    plan = Undo(board, run, merge=merge_back(board, run) if args.merge else None).plan()
    ended = board.run(run).state.ended
    if ended and not plan.tasks and not plan.left:
        raise BoardError(f"Run {run} changed nothing: there is nothing to undo.")
    around = () if args.merge else mergeable(board, run, plan)
    _show(board, board.run(run), plan, around, console(sys.stderr if args.json else sys.stdout))
    if ended and not plan.tasks:
        raise BoardError(f"Nothing of run {run} can be put back.")
    if not (args.yes or confirm("\nGo ahead?")):
        return _CANCELLED
    with Interrupts() as interrupts:
        return see_through(board, start_undo(board, run, merge=args.merge), args, interrupts)


def _can_be_undone(run: Run) -> bool:
    return run.state.ended and run.changed > 0 and not run.undone_by and not run.cleaned


def _show(board: Board, run: Run, plan: UndoPlan, around: Sequence[str], to: Console) -> None:
    lines = Text()
    files = count(len(plan.files), "file")
    if puts_back(board, run):
        lines.append(f"{files} to change again: run {run.id} put back what run {run.spec.undoes} had changed.\n")
    else:
        lines.append(f"{files} to put back as before run {run.id} ({run.spec.title}).\n")
    if not run.state.ended:
        lines.append("It is going on, and is cancelled first; what it lands until then is put back too.\n")
    list_places(lines, "Merged", "cyan", [Note(path, "your later edits stay in it") for path in plan.merged])
    list_places(lines, "Left out", "yellow", plan.left)
    if around:
        lines.append(f"\nWith --merge {count(len(around), 'file')} of these can be put back around your edits.\n")
    to.print(lines, soft_wrap=not to.is_terminal, end="")
