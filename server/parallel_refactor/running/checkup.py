"""What is wrong with a board, in words, and what of it can be put right without losing anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psutil
from attrs import frozen

from lockboard.board import Board
from lockboard.errors import BusyBoardError, DamagedBoardError
from lockboard.landing import swaps_of
from lockboard.layout import Layout
from lockboard.model import ABSENT, Process, Run
from lockboard.paths import lock_file_name

_PATIENCE = 2.0  # seconds for whoever is changing the board
_KNOWN = frozenset(
    {"board.json", "mutex", "log.jsonl", "snapshot.json", "locks", "runs", "alive", ".gitignore", "CACHEDIR.TAG"}
)


@frozen
class Finding:
    """Something that is not as it should be, and what to do. `repair` does it; None where only a person can."""

    problem: str
    advice: str
    repair: Callable[[], None] | None = None


def examine(root: Path) -> list[Finding]:
    """Look at a workspace's board; raises BoardError where there is none, or it is of another format."""
    Layout(root).check()
    try:
        board = Board(root, patience=_PATIENCE)
    except DamagedBoardError as error:
        return [_damage(error)]
    try:
        with board.changing():  # cuts off a torn end, and brings up views that a dead process left behind
            pass
    except BusyBoardError as error:
        stopped = [finding for process in board.state.processes.values() for finding in _of_stopped(board, process)]
        return [Finding(str(error), "Nobody can claim, land or undo until then."), *stopped]
    processes = [finding for process in board.state.processes.values() for finding in _of_process(board, process)]
    runs = [finding for run in board.state.runs.values() for finding in _of_run(board, run)]
    return [*processes, *runs, *_of_views(board), *_of_files(board)]


def _damage(error: DamagedBoardError) -> Finding:
    return Finding(
        str(error),
        "What comes before that place is whole, and the workspace's files are not touched by it. To work on, move the "
        "board's folder away: what its runs displaced lies in runs/*/exchange, and can no longer be undone by itself.",
    )


def _of_process(board: Board, process: Process) -> Iterator[Finding]:
    if board.state.is_agent(process.id):
        return
    if board.is_alive(process.id):
        yield from _of_stopped(board, process)
        return
    if process.run and board.has_supervisor(process.run):
        return  # who sees to it
    task = board.run(process.run).tasks.get(process.task) if process.run else None
    files = ", ".join(task.spec.files[:3]) if task else ", ".join(_held(board, process))
    kept = f", and still has {files}" if files else ""
    repair = partial(board.depart, process.id, "it was found dead")
    yield Finding(f"{_name(process, process.pid)} is dead{kept}.", "Its files can be given back.", repair)


def _of_stopped(board: Board, process: Process) -> Iterator[Finding]:
    if board.state.is_agent(process.id):
        return
    pid = board.pid_of(process)
    if pid and _is_stopped(pid):
        advice = f"Let it go on (kill -CONT {pid}) or end it (kill {pid})."
        yield Finding(f"{_name(process, pid)} is stopped.", advice)


def _name(process: Process, pid: int) -> str:
    return f"{process.kind.capitalize()} {process.id} (process {pid})"


def _held(board: Board, process: Process) -> list[str]:
    return [holds[process.id].path for holds in board.state.holds.values() if process.id in holds][:3]


def _of_run(board: Board, run: Run) -> Iterator[Finding]:
    if not run.state.ended:
        if not board.has_supervisor(run.id):
            yield Finding(
                f"Run {run.id} ({run.state}) has nobody who drives it.",
                f"`parallel-refactor resume {run.id}` goes on, `parallel-refactor cancel {run.id}` ends it.",
            )
        return
    if run.changed and not run.undone_by and not run.cleaned:
        swaps = swaps_of(board, run.id, list(board.run_tasks(run.id).values()))
        lost = [swap.change.path for swap in swaps if swap.change.base != ABSENT and not swap.resting.exists()]
        if lost:
            files = ", ".join(lost[:3]) + (f" and {len(lost) - 3} more" if len(lost) > 3 else "")
            yield Finding(f"What run {run.id} displaced is gone: {files}.", "An undo will leave these files out.")


def _of_views(board: Board) -> Iterator[Finding]:
    wanted = {lock_file_name(key) for key in {*board.state.locks, *board.state.holds}}
    right = {path.name for path in (board.layout.board / "locks").iterdir()} == wanted
    for run in board.state.runs.values():
        if not run.state.ended:
            shown = {(path.stem, path.parent.name) for path in board.layout.tasks(run.id).glob("*/*.json")}
            right = right and shown == {(name, task.state.value) for name, task in run.tasks.items()}
    if right:
        return
    yield Finding(
        "The files that show locks and tasks do not say what the log says.",
        "They are for people only and can be made anew.",
        board.rebuild_views,
    )


def _of_files(board: Board) -> Iterator[Finding]:
    foreign = sorted(path.name for path in board.layout.board.iterdir() if path.name not in _KNOWN)
    if foreign:
        names = ", ".join(foreign[:5]) + (f" and {len(foreign) - 5} more" if len(foreign) > 5 else "")
        yield Finding(f"{board.layout.board} has what is not the board's: {names}.", "Look at it, and move it away.")


def _is_stopped(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_STOPPED)
    except psutil.Error:
        return False
