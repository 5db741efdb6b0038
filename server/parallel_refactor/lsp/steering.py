"""Asks things of a run through the board, and makes sure that somebody is there to act on it."""

from __future__ import annotations

from lockboard.board import Board
from lockboard.model import Wish
from parallel_refactor.lsp.folders import Folder
from parallel_refactor.lsp.messages import Began


async def ask(folder: Folder, run: str, wish: Wish, *, worker: str = "", task: str = "") -> Began:
    """Ask something of a run; raises BoardError for what it does not have."""

    def wish_it(board: Board) -> Began:
        from parallel_refactor.running.start import ensure_supervisor  # noqa: PLC0415  (slow, and the server starts fast)

        board.wish(run, wish, worker=worker, task=task)
        ensure_supervisor(board, run)
        return Began(run)

    return await folder.write(wish_it)


def resume(board: Board, run: str, max_cost: float | None, max_tokens: int | None) -> None:
    """Let a run go on, perhaps with another limit; raises BoardError and RequestError. For threads."""
    from parallel_refactor.running.start import resume_run  # noqa: PLC0415

    resume_run(board, run, max_cost, max_tokens)


def begin_undo(board: Board, run: str, files: tuple[str, ...], *, merge: bool) -> str:
    """Begin the run that undoes another, or some files of it, and give its name; raises BoardError. For threads."""
    from parallel_refactor.running.start import start_undo  # noqa: PLC0415

    return start_undo(board, run, files, merge=merge)
