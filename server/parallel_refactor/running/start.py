"""What front ends do with runs: plan one, start one, undo one, and make sure that each has its supervisor."""

from __future__ import annotations

import subprocess
from pathlib import Path

from attrs import evolve

from lockboard.board import Board
from lockboard.errors import BoardError
from lockboard.model import RunKind, RunSpec, TaskState, Wish
from lockboard.undo import Undo
from parallel_refactor.planning.globs import name_glob
from parallel_refactor.planning.interface import Plan, PlanError
from parallel_refactor.running import consent, detached
from parallel_refactor.running.budget import raise_limits
from parallel_refactor.running.choice import Choice, prepare, require_means, resolve
from parallel_refactor.running.chosen import Chosen
from parallel_refactor.running.planner import make_run_plan
from parallel_refactor.running.request import RequestError, RunRequest, from_options, to_options

__all__ = [
    "Choice",
    "RequestError",
    "ensure_supervisor",
    "plan_only",
    "resolve",
    "resume_run",
    "retry_run",
    "start_run",
    "start_undo",
]


# Not `-m`: what a process runs as its main module is imported again by each of its workers.
_SUPERVISE = "import sys; from parallel_refactor.running.supervise import main; sys.exit(main())"

_MOST_NAMED = 3

MERGE = "merge"
"""The option of an undo run with which files that people changed since are merged, and not left out."""


def plan_only(root: Path, request: RunRequest, chosen: Chosen | None = None) -> Plan:
    """Plan a run and change nothing, also no board; raises RequestError. `chosen`: as a model said, if it was asked."""
    choice = resolve(request, root)
    try:
        prepared, _ = prepare(root, request, choice)
        return make_run_plan(root, prepared, choice, chosen=chosen)
    except PlanError as error:
        raise RequestError(str(error)) from error


def start_run(board: Board, request: RunRequest) -> str:
    """Begin a run and start its supervisor; gives its id. Raises RequestError, then nothing has begun."""
    choice = resolve(request, board.root)
    consent.require(board.root, request)
    try:
        prepared, fingerprint = prepare(board.root, request, choice)
    except PlanError as error:
        raise RequestError(str(error)) from error
    spec = RunSpec(
        choice.title,
        choice.engine.name,
        fingerprint=fingerprint,
        review=request.review,
        options=to_options(prepared),
    )
    run = board.add_run(spec)
    ensure_supervisor(board, run)
    return run


def start_undo(board: Board, run: str, files: tuple[str, ...] = (), *, merge: bool = False) -> str:
    """Begin the run that undoes another, or only some of its files; gives the undo's id.

    With `merge` files that people changed since keep their edits, as far as these and the way back go together.

    A run that is going is cancelled first, unless only some files are meant, which are in. Raises BoardError for a
    run that there is not, or that cannot be undone (any more).
    """
    board.refresh()
    found = board.run(run)
    undos = [other for other in board.state.runs.values() if other.spec.undoes == run and not other.state.ended]
    going = [undo.id for undo in undos if not (files and undo.spec.files)]
    if going:
        raise BoardError(f"Run {run} is being undone already, by run {going[0]}.")
    undo = Undo(board, run, files)  # says at once what cannot be undone
    if files and not undo.files:
        raise BoardError(f"Run {run} has changed none of these files: {', '.join(files[:_MOST_NAMED])}.")
    if not (found.state.ended or files):
        board.wish(run, Wish.CANCEL)
        ensure_supervisor(board, run)
    named, options = undo.files if files else (), {MERGE: True} if merge else {}
    title = _undo_title(board, run, named)
    undoing = board.add_run(RunSpec(title, "undo", RunKind.UNDO, run, named, options=options))
    ensure_supervisor(board, undoing)
    return undoing


def retry_run(board: Board, run: str) -> str:
    """Begin a run that does again what has failed in another, in the same way; gives its id.

    Raises BoardError where nothing has failed, and RequestError where its engine cannot work from here.
    """
    spec = board.run(run).spec
    failed = (TaskState.FAILED, TaskState.BLOCKED)
    tasks = [task for task in board.run_tasks(run).values() if task.state in failed and not task.spec.shared]
    files = [path for task in tasks for path in task.spec.files]
    if not files or spec.kind is RunKind.UNDO:
        raise BoardError(f"Nothing has failed in run {run} that could be tried again.")
    request = from_options(spec.options)
    recipe = resolve(request, board.root).recipe
    known = {option.name for option in recipe.options} if recipe else request.options.keys()
    options = {name: value for name, value in request.options.items() if name in known}  # what `prepare` added goes
    include = tuple(map(name_glob, files))
    return start_run(board, evolve(request, include=include, options=options, choose=False, confirm=False))


def resume_run(board: Board, run: str, max_cost: float | None = None, max_tokens: int | None = None) -> None:
    """Let a run go on that is paused, waits, or lost its supervisor; perhaps with another limit of what it may spend.

    Raises BoardError, and RequestError where its engine cannot work from here, or has nothing left to spend.
    """
    spec = board.run(run).spec
    if spec.kind is RunKind.REFACTOR:
        request = from_options(spec.options)
        consent.require(board.root, request)
        require_means(board.root, request)
        raise_limits(board, run, max_cost, max_tokens)
    elif max_cost is not None or max_tokens is not None:
        raise RequestError(f"Run {run} puts files back, which costs nothing: leave out max_cost and max_tokens.")
    board.wish(run, Wish.RESUME)
    ensure_supervisor(board, run)


def ensure_supervisor(board: Board, run: str) -> None:
    """Start a supervisor for a run that has not ended and has none; raises BoardError where it does not come up.

    It is a process of its own, which lives on when the caller and all of the caller's processes end.
    """
    if board.run(run).state.ended or board.has_supervisor(run):
        return
    log = board.layout.run(run) / "supervisor.log"
    before = log.stat().st_size if log.exists() else 0
    arguments = ["-P", "-c", _SUPERVISE, str(board.root), run]
    try:
        pid = detached.launch(arguments, folder=log.parent, log=log)
    except (OSError, subprocess.CalledProcessError) as error:
        raise BoardError(f"The supervisor of run {run} cannot be started: {error}.") from error
    if not detached.comes_up(pid, lambda: _is_served(board, run)):
        said = log.read_bytes()[before:].decode("utf-8", "replace").strip()
        raise BoardError(f"The supervisor of run {run} did not come up: {said or 'it said nothing'} ({log}).")


def _undo_title(board: Board, run: str, files: tuple[str, ...]) -> str:
    """Say what undoing a run does to the first run of its chain: an undo of an undo is a redo."""
    word = "Undo"
    while board.run(run).spec.kind is RunKind.UNDO:
        run, word = board.run(run).spec.undoes, "Redo" if word == "Undo" else "Undo"
    part = f" of {files[0]}" if len(files) == 1 else f" of {len(files)} files" if files else ""
    return f"{word} {run}{part}: {board.run(run).spec.title}"


def _is_served(board: Board, run: str) -> bool:
    board.refresh()
    return board.run(run).state.ended or board.has_supervisor(run)
