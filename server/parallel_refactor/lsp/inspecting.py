"""Commands that show one run: its plan, its tasks, what became of its files, and what an undo would put back."""

from __future__ import annotations

from typing import Any

from lockboard.board import Board
from lockboard.model import Run
from lockboard.undo import Undo
from parallel_refactor.lsp import messages, wording
from parallel_refactor.lsp.arguments import is_text, is_texts, is_whole, read
from parallel_refactor.lsp.details import describe, note_files
from parallel_refactor.lsp.details_messages import RunDetails, UndoPreview
from parallel_refactor.lsp.folders import Folder
from parallel_refactor.lsp.run_text import by_reason, place
from parallel_refactor.lsp.session import Session
from parallel_refactor.lsp.targets import find_run, named_files, undoable

_MOST_TASKS = 500
_MOST_NAMED = 3


async def show_run(session: Session, *given: Any) -> RunDetails:
    """Say all about a run: the newest that is going, else the newest of all."""
    wanted = read(messages.SHOW_RUN, given, {"run": is_text, "folder": is_text, "most": is_whole})
    folder, run = await find_run(
        session, wanted.get("run", ""), wanted.get("folder", ""), _any, "Nothing has been run here."
    )
    return await folder.write(lambda board: describe(board, folder, run, wanted.get("most", _MOST_TASKS)))


async def preview_undo(session: Session, *given: Any) -> UndoPreview:
    """Say what an undo would put back and what not, and change nothing."""
    wanted = read(messages.PREVIEW_UNDO, given, {"run": is_text, "folder": is_text, "files": is_texts})
    none = "There is nothing to undo here."
    folder, run = await find_run(session, wanted.get("run", ""), wanted.get("folder", ""), undoable, none)
    files = named_files(session, folder, wanted.get("files", ()))
    return await folder.write(lambda board: _preview(board, folder, run, files))


def _any(_: Run) -> bool:
    return True


def _preview(board: Board, folder: Folder, run: str, files: tuple[str, ...]) -> UndoPreview:
    board.refresh()
    from parallel_refactor.running.undoing import mergeable  # noqa: PLC0415  (slow, and the server starts fast)

    plan = Undo(board, run, files).plan()
    around = mergeable(board, run, plan, files)
    left = note_files(folder, plan.left)
    said = [f"{wording.count(len(plan.files), 'file')} to put back as before run {run}."]
    if not (board.run(run).state.ended or files):
        said.append("It is going on, and is cancelled first; what it lands until then is put back too.")
    for reason, alike in by_reason(left):
        more = f" and {len(alike) - _MOST_NAMED:,} more" if len(alike) > _MOST_NAMED else ""
        said.append(f"Left out, because {reason}: {', '.join(map(place, alike[:_MOST_NAMED]))}{more}.")
    if around:
        said.append(f"{wording.count(len(around), 'file')} of these can be put back around later edits, by a merge.")
    uris = tuple(map(folder.uri_of, plan.files))
    return UndoPreview(run, uris, left, tuple(map(folder.uri_of, around)), "\n".join(said))
