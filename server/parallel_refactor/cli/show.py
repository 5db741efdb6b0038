"""`parallel-refactor show`: one task, from what was asked of a model to what became of its files."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import to_builtins
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from lockboard.board import Board
from lockboard.errors import BoardError
from lockboard.model import Note, Run, Task, TaskState
from parallel_refactor.cli.places import workspace
from parallel_refactor.cli.terminal import console
from parallel_refactor.cli.text import count
from parallel_refactor.cli.transcript import Event, as_event, events, requests
from parallel_refactor.planning.show import printable
from parallel_refactor.running.chosen import PLAN, chosen_in
from parallel_refactor.running.last_task import Wanted, wanted_edits
from parallel_refactor.running.report import outcomes, spent_in

if TYPE_CHECKING:
    from parallel_refactor.running.records import Transcript
    from parallel_refactor.running.spent import Spent

_COLOURS = {"changed": "green", "left": "yellow", "failed": "red"}


def show(args: argparse.Namespace) -> int:
    """Show a task of the run that is named, else of the newest that has it."""
    board = Board(workspace(args.path)[0])
    if args.task == PLAN:
        return _show_question(board, args.run, as_object=args.json)
    run, task = _find(board, args.task, args.run)
    spent = spent_in(board, run)
    records = _records(board, run, task) if spent else ()
    wanted = _wanted(board, run, task)
    if args.json:
        print(json.dumps(_as_json(run, task, spent, records, wanted)))
    else:
        _show(console(sys.stdout), run, task, spent, records, wanted)
    return 0


def _show_question(board: Board, name: str | None, *, as_object: bool) -> int:
    """Show the question which files need the change: of the run that is named, else of the newest that asked it."""
    from parallel_refactor.running.records import transcripts  # noqa: PLC0415  only what asked a model has some

    runs = [board.run(name)] if name else list(reversed(board.state.runs.values()))
    for run in runs:
        chosen, records = chosen_in(board, run.id), transcripts(board, run.id, PLAN)
        if as_object and (chosen or records):
            lines = [{"token": record.token, "lines": list(record.lines)} for record in records]
            print(json.dumps({"run": run.id, "chosen": chosen.as_json() if chosen else None, "claims": lines}))
        elif chosen or records:
            to = console(sys.stdout)
            for line in chosen.lines() if chosen else ("The model has not answered.",):
                to.print(Text(_plain(line)))
            _show_records(to, records)
        if chosen or records:
            return 0
    raise BoardError("No model was asked which files need the change: `run --choose` does that.")


def _find(board: Board, task: str, name: str | None) -> tuple[Run, Task]:
    runs = [board.run(name)] if name else list(reversed(board.state.runs.values()))
    for run in runs:
        if found := board.run_tasks(run.id).get(task):  # those of ended runs are read from the log
            return run, found
    raise BoardError(f"Run {name} has no task {task!r}." if name else f"No run has a task {task!r}.")


def _records(board: Board, run: Run, task: Task) -> tuple[Transcript, ...]:
    from parallel_refactor.running.records import transcripts  # noqa: PLC0415  only what asked a model has some

    return transcripts(board, run.id, task.spec.id)


def _files(task: Task) -> dict[str, str]:
    if task.state is TaskState.DONE:
        return outcomes(task)
    return dict.fromkeys(task.spec.files, str(task.state))


def _notes(task: Task) -> tuple[Note, ...]:
    return task.submission.notes if task.submission else ()


def _wanted(board: Board, run: Run, task: Task) -> list[Wanted]:
    """Give the edits that a run's last task is about."""
    if not task.spec.shared:
        return []
    return [one for one in wanted_edits(board.run_tasks(run.id).values()) if one.edit.path in task.spec.files]


def _as_json(
    run: Run, task: Task, spent: Spent | None, records: Sequence[Transcript], wanted: Sequence[Wanted]
) -> dict[str, Any]:
    return {
        "run": run.id,
        "task": task.spec.id,
        "state": task.state,
        "reason": task.reason,
        "summary": task.submission.summary if task.submission else "",
        "files": [
            {
                "path": path,
                "outcome": outcome,
                "left": [{"line": note.line, "reason": note.reason} for note in _notes(task) if note.path == path],
            }
            for path, outcome in _files(task).items()
        ],
        **({"wanted": [{"task": one.task, **to_builtins(one.edit)} for one in wanted]} if wanted else {}),
        "spent": spent.as_json()["tasks"].get(task.spec.id) if spent else None,
        "claims": [{"token": record.token, "lines": list(record.lines)} for record in records],
    }


def _show(
    to: Console,
    run: Run,
    task: Task,
    spent: Spent | None,
    records: Sequence[Transcript],
    wanted: Sequence[Wanted],
) -> None:
    cost = spent.of_task(task.spec.id) if spent else ""
    head = Text(f"{task.spec.id} of {run.id}: {task.state}", "bold")
    head.append(f"{f', {cost}' if cost else ''}  {printable(run.spec.title)}", "not bold")
    to.print(head)
    if task.reason:
        to.print(Padding(Text(_plain(task.reason), "yellow"), (0, 0, 0, 2), expand=False))
    for path, outcome in _files(task).items():
        to.print(Text(f"  {printable(path)}: ").append(outcome, _COLOURS.get(outcome, "")))
        for note in _notes(task):
            if note.path == path:
                line = f"line {note.line}: " if note.line else ""
                to.print(Padding(Text(line + _plain(note.reason), "dim"), (0, 0, 0, 4), expand=False))
    if wanted:
        _show_events(to, map(as_event, wanted))
    elif not records:
        to.print("  No model was asked.", style="dim")
    _show_records(to, records)


def _show_records(to: Console, records: Sequence[Transcript]) -> None:
    for number, record in enumerate(records, 1):
        worker = printable(str(record.lines[0].get("worker", ""))) if record.lines else ""
        to.print()
        to.print(Text(f"Attempt {number}, by {worker}: {count(requests(record), 'answer')}", "bold"))
        _show_events(to, events(record))


def _show_events(to: Console, all_events: Iterable[Event]) -> None:
    for event in all_events:
        to.print(
            Padding(
                Text(f"{event.word:9}", event.colour).append(_plain(event.text), "default"),
                (0, 0, 0, 2),
                expand=False,
            )
        )
        for line, colour in event.lines:
            to.print(Padding(Text(_plain(line), colour), (0, 0, 0, 13), expand=False))


def _plain(text: str) -> str:
    """Take out what would steer a terminal; line breaks stay."""
    return "\n".join(printable(line) for line in text.split("\n"))
