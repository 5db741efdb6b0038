"""From a request to the tasks of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from attrs import evolve

from lockboard.board import Board
from lockboard.model import Note, TaskSpec
from parallel_refactor.planning.interface import Plan, PlannedTask
from parallel_refactor.planning.plan import make_plan
from parallel_refactor.running.choice import Choice, joints, plan_request
from parallel_refactor.running.chosen import Chosen, chosen_in
from parallel_refactor.running.request import RunRequest


def make_run_plan(
    root: Path,
    request: RunRequest,
    choice: Choice,
    done: Callable[[str, str], bool] = lambda _path, _digest: False,
    chosen: Chosen | None = None,
) -> Plan:
    """Plan what a request asks for; raises PlanError. `done`: whether a file of this digest needs no visit.

    `chosen` is what a model said of which files need the change.
    """
    planned = evolve(plan_request(root, request, choice), done=done, joints=joints(request, choice))
    if chosen is not None:
        planned = evolve(planned, unneeded=lambda files: chosen.unneeded(files, request))
    return make_plan(planned)


def plan_run(board: Board, run: str, request: RunRequest, choice: Choice) -> None:
    """Give a run its tasks, without the files that people hold where the request leaves those out.

    Raises PlanError and BoardError.
    """
    state = board.state
    left_behind = board.left_behind(board.run(run).spec.fingerprint)
    chosen = chosen_in(board, run) if request.choose else None
    plan = make_run_plan(
        board.root, request, choice, lambda path, found: left_behind.get(state.fold(path)) == found, chosen
    )
    tasks, held = list(plan.tasks), list[Note]()
    if request.held == "skip":
        board.refresh()
        owners = {key: next(iter(holds.values())).owner for key, holds in state.holds.items()}
        tasks, held = _without_held(tasks, lambda path: owners.get(state.fold(path)))
    if request.engine == "claude":
        from parallel_refactor.running.context import keep_context  # noqa: PLC0415  nobody else needs it

        keep_context(board, run, request)
    left = [Note(left.path, left.reason) for left in plan.left_out]
    board.set_plan(run, tuple(map(_spec, tasks)), (*left, *held), len(plan.skipped))


def _without_held(
    tasks: Iterable[PlannedTask], owner_of: Callable[[str], str | None]
) -> tuple[list[PlannedTask], list[Note]]:
    """Take out the files that people hold, and all that lands together with them."""
    tasks = list(tasks)
    notes = [
        Note(path, f"{owner} holds it")
        for task in tasks
        for path in task.files
        if (owner := owner_of(path)) is not None
    ]
    held = {note.path for note in notes}
    broken = {task.group: path for task in tasks if task.group for path in task.files if path in held}
    kept = []
    for task in tasks:
        files = tuple(path for path in task.files if path not in held)
        if task.group in broken:
            notes += [
                Note(path, f"it hangs together with {broken[task.group]}, which a person holds") for path in files
            ]
        elif files:
            kept.append(evolve(task, files=files))
    names = {task.id for task in kept}
    return [evolve(task, after=_known(task.after, names), needs=_known(task.needs, names)) for task in kept], notes


def _known(wanted: tuple[str, ...], names: set[str]) -> tuple[str, ...]:
    return tuple(name for name in wanted if name in names)


def _spec(task: PlannedTask) -> TaskSpec:
    return TaskSpec(task.id, task.files, task.weight, task.group, task.after, task.needs)
