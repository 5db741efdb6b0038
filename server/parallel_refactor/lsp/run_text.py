"""A run as a document in Markdown: for editors that show nothing but text, and for people who want to keep it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from attrs import evolve

from lockboard.model import Run, RunKind, RunState
from parallel_refactor.lsp import wording
from parallel_refactor.lsp.details_messages import FileNote, RunDetails, TaskStatus

_MOST_PLACES = 10


def with_text(details: RunDetails, run: Run, files: Mapping[str, int]) -> RunDetails:
    """Give the details with their `text`; `files` counts the run's files by the state of their tasks."""
    return evolve(details, text="\n".join(_lines(details, run, files)) + "\n")


def by_reason(notes: Sequence[FileNote]) -> list[tuple[str, list[FileNote]]]:
    """Put notes of one reason together, the most frequent first."""
    alike: defaultdict[str, list[FileNote]] = defaultdict(list)
    for note in notes:
        alike[note.reason].append(note)
    return sorted(alike.items(), key=lambda item: -len(item[1]))


def place(note: FileNote) -> str:
    """Name the place that a note is about."""
    return f"{note.path}:{note.line}" if note.line else note.path


def _lines(details: RunDetails, run: Run, files: Mapping[str, int]) -> Iterator[str]:
    total, tasks = sum(files.values()), len(details.tasks) + details.more_tasks
    plan = run.state is RunState.ASKING
    yield f"# {'Plan' if plan else 'Run'} {run.id}: {wording.short(run.spec.title)}"
    yield ""
    yield f"{wording.count(total, 'file')} in {wording.count(tasks, 'task')}{_workers(run)}, {run.state}."
    yield from _as_list(details.chosen)
    yield from details.estimate
    if details.cost:
        yield details.cost
    if details.unchanged:
        yield f"{wording.count(details.unchanged, 'file')} need no visit: an earlier run left them as they should be."
    if details.held:
        yield from ("", "## Held by people", "", "These are changed when they are saved.", "")
        yield from (f"- `{held.path}`: {held.owner}" for held in details.held)
    if details.tasks:
        yield from ("", "## Which task has which files", "", "| task | state | files |", "| --- | --- | --- |")
        yield from map(_row, details.tasks)
    if details.more_tasks:
        yield f"\nand {wording.count(details.more_tasks, 'more task')}"
    yield from _notes("Left as they are", details.left)
    yield from _notes("To look at", details.notes)


def _as_list(lines: Sequence[str]) -> Iterator[str]:
    """Give lines of which those that are indented belong to the one before them."""
    yield from (f"- {line.strip()}" if line.startswith(" ") else line for line in lines)


def _workers(run: Run) -> str:
    if run.spec.kind is RunKind.UNDO:
        return ""
    return f", {wording.count(int(run.spec.options.get('workers', 1)), 'worker')}"


def _row(task: TaskStatus) -> str:
    name = f"{task.task}, group {task.group}" if task.group else task.task
    name += ": edits that other tasks want" if task.shared else ""
    waits = f" after {', '.join(task.waits_for)}" if task.waits_for and task.state in ("pending", "ready") else ""
    state = " ".join(part for part in (task.state, task.worker and f"by {task.worker}", task.cost) if part)
    return f"| {name} | {state}{waits} | {', '.join(f'`{file.path}`' for file in task.files)} |"


def _notes(title: str, notes: Sequence[FileNote]) -> Iterator[str]:
    if notes:
        yield from ("", f"## {title}", "")
    for reason, alike in by_reason(notes):
        more = f" and {len(alike) - _MOST_PLACES:,} more" if len(alike) > _MOST_PLACES else ""
        yield f"- {reason}: {', '.join(f'`{place(note)}`' for note in alike[:_MOST_PLACES])}{more}"
