"""`parallel-refactor review`, `accept` and `reject`: shows what a run proposes, and lets it land or drops it."""

from __future__ import annotations

import argparse
import getpass
import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from lockboard.board import Board
from lockboard.paths import relative_name
from lockboard.review import Proposal, proposes
from parallel_refactor.cli.interrupts import Interrupts
from parallel_refactor.cli.outcome import see_through
from parallel_refactor.cli.places import target
from parallel_refactor.cli.terminal import console
from parallel_refactor.cli.text import count
from parallel_refactor.planning.show import printable
from parallel_refactor.running.keeping import diff
from parallel_refactor.running.reviewing import Choice, Preview, choose, decide, previews

_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


def review(args: argparse.Namespace) -> int:
    """Show what is proposed, as differences from the files as they are now."""
    board, chosen = _chosen(args)
    shown = [(choice.proposal, list(previews(board, choice))) for choice in chosen]
    if args.json:
        print(json.dumps({"run": args.run, "proposals": [_as_json(*one) for one in shown]}))
        return 0
    to = console(sys.stdout)
    for proposal, files in shown:
        _show(to, proposal, files)
    to.print(f"\nparallel-refactor accept {args.run} lets this land, reject {args.run} drops it; both take file names.")
    return 0


def accept(args: argparse.Namespace) -> int:
    """Let what is proposed land, and follow the run until it has ended or waits again."""
    return _decide(args, accepted=True)


def reject(args: argparse.Namespace) -> int:
    """Drop what is proposed, and follow the run until it has ended or waits again."""
    return _decide(args, accepted=False)


def _decide(args: argparse.Namespace, *, accepted: bool) -> int:
    board, chosen = _chosen(args)
    with Interrupts() as interrupts:
        decide(board, chosen, getpass.getuser(), accepted=accepted)
        return see_through(board, args.run, args, interrupts)


def _chosen(args: argparse.Namespace) -> tuple[Board, Sequence[Choice]]:
    """Find what the words mean: a run, where the first is the name of one, and files."""
    words: list[str] = args.words
    args.run = words.pop(0) if words and re.fullmatch(r"r\d+", words[0]) else None
    args.path = args.path or Path()
    board, args.run = target(args, proposes, "No run proposes anything here.")
    files = [relative_name(board.root, Path(word).absolute()) for word in words]
    return board, choose(board, args.run, args.task or "", files)


def _show(to: Console, proposal: Proposal, files: Sequence[Preview]) -> None:
    complete = "" if proposal.complete else ", not complete yet"
    to.print(Text(f"\n{proposal}", "bold"), Text(f"{count(len(files), 'file')}{complete}", "dim"), soft_wrap=True)
    if proposal.doubt:
        to.print(Text(f"It is proposed again: {printable(proposal.doubt)}", "yellow"), soft_wrap=True)
    for file in files:
        if file.conflict:
            to.print(Text(f"{printable(file.path)} cannot be accepted: {file.conflict}", "yellow"), soft_wrap=True)
        for line in diff(file.path, file.before, file.after).decode("utf-8", "replace").splitlines():
            to.print(Text("\t".join(map(printable, line.split("\t"))), _COLOURS.get(line[:1], "")), soft_wrap=True)


def _as_json(proposal: Proposal, files: Sequence[Preview]) -> dict[str, Any]:
    return {
        "unit": proposal.unit,
        "tasks": list(proposal.tokens),
        "complete": proposal.complete,
        "doubt": proposal.doubt,
        "files": [
            {
                "path": file.path,
                "conflict": file.conflict,
                "new": str(file.place) if file.place else None,
                "diff": diff(file.path, file.before, file.after).decode("utf-8", "replace"),
            }
            for file in files
        ],
    }
