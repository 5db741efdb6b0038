"""What became of a run, in words: figures, what was left or failed and where, and what one can do now."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from lockboard.board import Board
from lockboard.model import Note, Run, RunKind, RunState, TaskState
from lockboard.review import proposals, proposes
from parallel_refactor.cli.follow import Why
from parallel_refactor.cli.plain import place
from parallel_refactor.cli.standing import waiting
from parallel_refactor.cli.text import all_lines, count, duration
from parallel_refactor.engines.claude.prices import price_date
from parallel_refactor.planning.show import printable
from parallel_refactor.running.report import Report

if TYPE_CHECKING:
    from parallel_refactor.running.spent import Spent

_REASONS_SHOWN, _PLACES_SHOWN = 5, 3
_COLOURS = {RunState.DONE: "green", RunState.FAILED: "red", RunState.CANCELLED: "yellow", RunState.UNDONE: "yellow"}


def summarise(board: Board, found: Report, why: Why) -> Text:
    """Tell how a run ended, or why it is no longer followed."""
    run = board.run(found.run)
    lines = Text()
    state = str(run.state) if why is not Why.LOST else "stopped"
    lines.append(state.capitalize(), f"bold {_COLOURS.get(run.state, 'yellow')}")
    lines.append(f"  {printable(run.spec.title)}", "bold")
    workers = f" · {count(found.workers, 'worker')}" if found.workers else ""
    lines.append(f"  {run.id}{workers} · {duration(found.seconds)}\n", "dim")
    failures = _failures(board, run)
    if run.reason and not failures:
        lines.append(f"  {all_lines(run.reason, '  ')}\n")
    _figures(lines, found)
    list_places(lines, "Failed", "red", failures)
    list_places(
        lines, "Waiting", "yellow", () if run.state.ended else [Note(w.path, w.reason) for w in waiting(board, run)]
    )
    proposed = [
        Note(path, one.doubt or "it waits for your review") for one in proposals(board, run.id) for path in one.files
    ]
    list_places(lines, "Proposed", "cyan", proposed)
    list_places(lines, "To look at", "yellow", _remarks(board, run))
    list_places(lines, "Left as they were", "yellow", found.left)
    lines.append(_advice(board, run, why))
    return lines


def puts_back(board: Board, run: Run) -> bool:
    """Whether a run takes changes back: an undo does, its own undo brings them again, and so on."""
    return run.spec.kind is RunKind.UNDO and not puts_back(board, board.run(run.spec.undoes))


def _figures(lines: Text, found: Report) -> None:
    colours = {"changed": "green", "failed": "red"}
    total = sum(found.files.values())
    if not total:
        return
    lines.append(f"  {count(total, 'file')}: ")
    parts = [(f"{number:,} {word}", colours.get(word, "")) for word, number in found.files.items() if number]
    for number, (part, colour) in enumerate(parts):
        lines.append(" · " if number else "", "dim").append(part, colour)
    lines.append("\n")
    if found.spent:
        _costs(lines, found.spent)
    elif found.counts:
        said = " · ".join(f"{word.replace('_', ' ')} {number:,}" for word, number in found.counts.items())
        lines.append(f"  {printable(said)}\n", "dim")


def _costs(lines: Text, spent: Spent) -> None:
    counts = spent.counts()
    if not counts:
        return
    said = " · ".join(f"{word.replace('_', ' ')} {number:,}" for word, number in counts.items())
    lines.append(f"  {said}\n  {spent.line()}" + (f", at the prices of {price_date()}" if spent.priced else ""), "dim")
    if unsure := spent.unsure():
        lines.append(f"\n  {unsure}", "dim")
    lines.append("\n")


def list_places(lines: Text, title: str, colour: str, notes: Sequence[Note]) -> None:
    """Add a list of places by reason, the most frequent first, cut to what a person takes in.

    Reasons that differ only in the names that they quote count as one.
    """
    if not notes:
        return
    alike: defaultdict[str, list[Note]] = defaultdict(list)
    for note in notes:
        alike[re.sub(r"`[^`]*`", "`...`", note.reason)].append(note)
    files = count(len({note.path for note in notes}), "file")
    within = f"{count(len(notes), 'place')} in " if any(note.line for note in notes) else ""
    lines.append(f"\n{title}", f"bold {colour}").append(f"  {within}{files}\n", "dim")
    ordered = sorted(alike.items(), key=lambda item: -len(item[1]))
    for pattern, named in ordered[:_REASONS_SHOWN]:
        reason = pattern if len({note.reason for note in named}) > 1 else named[0].reason
        lines.append(f"  {len(named):>5,}  {all_lines(reason, ' ' * 9)}\n")
        for note in named[:_PLACES_SHOWN]:
            lines.append(f"         {printable(place(note))}\n", "cyan")
        if len(named) > _PLACES_SHOWN:
            lines.append(f"         and {len(named) - _PLACES_SHOWN:,} more\n", "dim")
    if others := ordered[_REASONS_SHOWN:]:
        rest = sum(len(named) for _, named in others)
        lines.append(f"  {rest:>5,}  for {count(len(others), 'other reason')}\n", "dim")


def _failures(board: Board, run: Run) -> list[Note]:
    """Name a place for each failed task: where its engine says, else its files."""
    said: defaultdict[str, list[Note]] = defaultdict(list)
    for note in run.notes:
        said[note.path].append(note)
    failed = []
    for task in board.run_tasks(run.id).values():
        if task.state in (TaskState.FAILED, TaskState.BLOCKED):
            notes = [note for path in task.spec.files for note in said[path]]
            failed += notes or [Note(task.spec.files[0], task.reason)]
    return failed


def _remarks(board: Board, run: Run) -> list[Note]:
    failed = {note.path for note in _failures(board, run)}
    return [note for note in run.notes if note.path not in failed]


def _advice(board: Board, run: Run, why: Why) -> str:
    command = "parallel-refactor"
    if not run.state.ended:
        return f"\n{_way_on(run, why, command)}"
    if not run.changed or run.undone_by:
        return ""
    again = "Redo" if puts_back(board, run) else "Undo"
    return f"\n{again}: {command} undo {run.id}"


def _way_on(run: Run, why: Why, command: str) -> str:
    """Say what one can do about a run that is not over."""
    if why is Why.LOST:
        return f"Its supervisor has died. {command} resume {run.id} goes on, {command} cancel {run.id} ends it."
    if run.state is RunState.PAUSED:
        goes_on = "" if run.reason else f"{command} resume {run.id} goes on, "
        return f"What is done stays. {goes_on}{command} cancel {run.id} ends it."
    if proposes(run):
        return f"{command} review {run.id} shows what is proposed, {command} accept {run.id} lets it land."
    if run.state is RunState.WAITING:
        return f"It goes on by itself when these are free. To end it: {command} cancel {run.id}"
    return f"It goes on without this window. To see it again: {command} resume {run.id}"
