"""One run in detail, as the board has it. For threads: the tasks of a run that ended long ago are read from its log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import accumulate

from attrs import frozen

from lockboard.board import Board
from lockboard.model import ABSENT, Note, Run, RunKind, RunState, Task, TaskState
from parallel_refactor.lsp import run_text
from parallel_refactor.lsp.details_messages import FileNote, HeldFile, RunDetails, TaskFile, TaskStatus
from parallel_refactor.lsp.folders import Folder
from parallel_refactor.running.chosen import chosen_lines
from parallel_refactor.running.report import first_files, kept_files, outcomes, spent_in
from parallel_refactor.running.request import from_options

_FIRST = (
    TaskState.CLAIMED,
    TaskState.SUBMITTED,
    TaskState.PROPOSED,
    TaskState.WAITING,
    TaskState.FAILED,
    TaskState.BLOCKED,
)
_ORDER = {state: place for place, state in enumerate((*_FIRST, *(s for s in TaskState if s not in _FIRST)))}
_MOST_NOTES = 1000
_MOST_FILES = 2000  # the loop writes the answer, and no turn of it may take long


def describe(board: Board, folder: Folder, run: str, most: int) -> RunDetails:
    """Say all about a run, with so many tasks at most; raises BoardError and RequestError."""
    board.refresh()
    found = board.run(run)
    by_name = board.run_tasks(run)
    tasks = [task for task in by_name.values() if task.state is not TaskState.SPLIT]
    tasks.sort(key=lambda task: (_ORDER[task.state], -task.spec.weight, task.order))
    spent = spent_in(board, found)
    teller = _Teller(board, folder, found, _taken_back(board, run))
    shown = _first(tasks, most)
    statuses = tuple(teller.task(task, spent.of_task(task.spec.id) if spent else "") for task in shown)
    details = RunDetails(
        folder=folder.uri,
        run=run,
        tasks=statuses,
        more_tasks=len(tasks) - len(statuses),
        unchanged=found.unchanged,
        left=tuple(teller.notes(_left(found, tasks))),
        notes=tuple(teller.notes(found.notes)),
        held=tuple(teller.held(tasks)),
        chosen=chosen_lines(board, run),
        estimate=_estimate(board, found),
        cost=spent.line() if spent else "",
        text="",
    )
    files = Counter(task.state.value for task in tasks for _ in first_files(by_name, task.spec))
    return run_text.with_text(details, found, files)


def _first(tasks: list[Task], most: int) -> list[Task]:
    """Give the first tasks, as far as there is room for their files."""
    counts = accumulate(len(task.spec.files) for task in tasks)
    return [task for task, files in zip(tasks[:most], counts, strict=False) if files <= _MOST_FILES]


def note_files(folder: Folder, notes: tuple[Note, ...]) -> tuple[FileNote, ...]:
    """Give notes as messages."""
    return tuple(FileNote(folder.uri_of(note.path), note.path, note.reason, note.line) for note in notes)


@frozen
class _Teller:
    board: Board
    folder: Folder
    run: Run
    back: frozenset[str]

    def task(self, task: Task, cost: str) -> TaskStatus:
        spec = task.spec
        return TaskStatus(
            task=spec.id,
            group=spec.group,
            state=task.state.value,
            reason=task.reason,
            worker=task.worker,
            since=task.since,
            cost=cost,
            summary=task.submission.summary if task.submission else "",
            token=task.token,
            waits_for=(*spec.needs, *spec.after),
            files=tuple(self._files(task)),
            shared=spec.shared,
        )

    def _files(self, task: Task) -> Iterator[TaskFile]:
        done = task.state is TaskState.DONE
        found = outcomes(task) if done else dict.fromkeys(task.spec.files, task.state.value)
        kept = {} if self.run.cleaned else kept_files(self.board, self.run.id, task)
        for path, outcome in found.items():
            change, place = kept.get(path, (None, None))
            rests = change and place and (change.base if done else change.new) != ABSENT
            where = place.as_uri() if place and rests else ""
            is_back = outcome == "changed" and path in self.back
            yield TaskFile(
                uri=self.folder.uri_of(path),
                path=path,
                outcome="taken back" if is_back else outcome,
                before=where if done else "",
                after="" if done else where,
            )

    def notes(self, notes: tuple[Note, ...]) -> Iterator[FileNote]:
        yield from note_files(self.folder, notes[:_MOST_NOTES])

    def held(self, tasks: list[Task]) -> Iterator[HeldFile]:
        state = self.board.state
        for path in (path for task in tasks if not task.state.ended for path in task.spec.files):
            for hold in state.holds.get(state.fold(path), {}).values():
                yield HeldFile(self.folder.uri_of(path), path, hold.owner, self.folder.is_mine(hold))


def _left(run: Run, tasks: list[Task]) -> tuple[Note, ...]:
    """Give what the plan left out, what the tasks left as it was, and what of the plan was not done."""
    done = [task.submission for task in tasks if task.state is TaskState.DONE and task.submission]
    kept = [note for submission in done for note in submission.notes]
    skipped = (TaskState.SKIPPED, TaskState.FAILED, TaskState.BLOCKED, TaskState.CANCELLED)
    undone = [Note(path, task.reason) for task in tasks if task.state in skipped for path in task.spec.files]
    return (*undone, *kept, *run.left)


def _taken_back(board: Board, run: str) -> frozenset[str]:
    """Give the files that were taken back one by one, by task, or with an undo of the whole run."""
    undos = [other for other in board.state.runs.values() if other.spec.undoes == run]
    done = [undo.id for undo in undos if undo.state is RunState.DONE]
    tasks = (task for undo in done for task in board.run_tasks(undo).values() if task.state is TaskState.DONE)
    return frozenset(path for task in tasks for path in task.spec.files)


def _estimate(board: Board, run: Run) -> tuple[str, ...]:
    """Say what a run may take that has not started; nothing where that is not known."""
    if run.state is not RunState.ASKING or run.spec.kind is RunKind.UNDO:
        return ()
    from parallel_refactor.running.estimate import estimate_run  # noqa: PLC0415  (slow, and the server starts fast)

    cost = estimate_run(board, run)
    return cost.lines(from_options(run.spec.options)) if cost else ()
