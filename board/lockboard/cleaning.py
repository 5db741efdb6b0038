"""Making room: deleting the undo of old runs, and what dead processes left."""

from __future__ import annotations

import shutil
from contextlib import suppress

from lockboard import entries as e
from lockboard.board import Board


def clean(board: Board, keep: int = 10) -> tuple[str, ...]:
    """Delete the displaced files and kept texts of all ended runs but the last `keep`, for good. Gives their ids.

    A run that is being undone just now is left as it is.
    """
    with board.changing() as write:
        runs = board.state.runs.values()
        undoing = {run.spec.undoes for run in runs if not run.state.ended}
        ended = [run for run in runs if run.state.ended and run.id not in undoing]
        old = tuple(run.id for run in ended[: max(0, len(ended) - keep)] if not run.cleaned)
        if old:
            write(e.Cleaned(old))
    if old:
        board.sync()  # who cannot undo a run must know it, after a power loss too
    for run in board.state.runs.values():
        for folder in (board.layout.run(run.id) / "exchange", board.layout.texts(run.id)):
            if run.cleaned and folder.exists():  # also before: who cleaned then may have died
                shutil.rmtree(folder, ignore_errors=True)
    with board.changing():  # nobody joins meanwhile, and takes a life lock that is deleted here
        for path in board.layout.alive.iterdir():
            ours = path.suffix in (".lock", ".json")
            if ours and path.stem not in board.state.processes and not board.is_alive(path.stem):
                with suppress(PermissionError):  # somebody looks at it just now, on Windows
                    path.unlink(missing_ok=True)
    return old
