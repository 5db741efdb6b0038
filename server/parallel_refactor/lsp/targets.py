"""Finds the folder and the run that a command means."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from lockboard.board import Board
from lockboard.model import Run
from parallel_refactor.lsp.folders import Folder
from parallel_refactor.lsp.protocol import RequestFailedError
from parallel_refactor.lsp.session import Session
from parallel_refactor.lsp.uris import path_of


def named_folder(session: Session, named: str) -> tuple[Folder, str]:
    """Give the folder that a URI or absolute path lies in, and which part of it that is; raises RequestFailedError."""
    path = path_of(named) or Path(named)
    if path.is_absolute() and "\0" not in named:
        for folder in sorted(session.folders, key=lambda known: len(known.root.parts), reverse=True):
            if (part := folder.part_of(path)) is not None:
                return folder, part
    raise RequestFailedError(f"{named} is in no folder that is open here.")


def named_files(session: Session, folder: Folder, named: Iterable[str]) -> tuple[str, ...]:
    """Give the board's names of files by their URIs or paths; raises RequestFailedError."""
    found: list[str] = []
    for one in named:
        place = session.place_of(one)
        path = place.name if place and place.folder is folder else folder.name_of(folder.root / one)
        if path is None:
            raise RequestFailedError(f"{one} is no file of {folder.root}.")
        found.append(path)
    return tuple(found)


def going(run: Run) -> bool:
    """Whether a run has not ended."""
    return not run.state.ended


def undoable(run: Run) -> bool:
    """Whether a run changed something that an undo would put back."""
    return run.state.ended and run.changed > 0 and not run.undone_by and not run.cleaned


async def find_run(
    session: Session, run: str, folder: str, likes: Callable[[Run], bool], none: str
) -> tuple[Folder, str]:
    """Give the run that is meant: the one named, else the newest that `likes` takes.

    Raises RequestFailedError, with `none` where no run is liked.
    """
    folders = [named_folder(session, folder)[0]] if folder else session.folders
    found: list[tuple[Folder, Run]] = []
    for candidate in folders:
        if candidate.has_board():
            found += [(candidate, one) for one in await candidate.write(lambda board: _runs(board, run, likes))]
    if run and not found:
        raise RequestFailedError(f"There is no run {run}.")
    if not found:
        raise RequestFailedError(none)
    if run and len(found) > 1:
        found = [(where, one) for where, one in found if likes(one)] or found
        if len(found) > 1:
            places = ", ".join(str(where.root) for where, _ in found)
            raise RequestFailedError(f"There is a run {run} in several folders: name the folder, one of {places}.")
    where, newest = max(found, key=lambda pair: pair[1].began)
    return where, newest.id


def _runs(board: Board, run: str, likes: Callable[[Run], bool]) -> list[Run]:
    board.refresh()
    if run:
        return [board.state.runs[run]] if run in board.state.runs else []
    return [one for one in board.state.runs.values() if likes(one)]
