"""Commands for a run that has ended, or is about to start: try again, commit, leave files out."""

from __future__ import annotations

from typing import Any

from lockboard.board import Board
from lockboard.leaving import leave_out
from lockboard.model import Run, RunState
from parallel_refactor.lsp import messages, wording
from parallel_refactor.lsp.arguments import is_flag, is_text, is_texts, read
from parallel_refactor.lsp.details import note_files
from parallel_refactor.lsp.details_messages import Commit, Committed
from parallel_refactor.lsp.folders import Folder
from parallel_refactor.lsp.messages import Began
from parallel_refactor.lsp.session import Session
from parallel_refactor.lsp.targets import find_run, named_files, undoable
from parallel_refactor.lsp.telling import follow


async def leave_files_out(session: Session, *given: Any) -> Began:
    """Leave files out of a run that asks whether to start: those named, else those that people hold."""
    wanted = read(messages.LEAVE_OUT, given, {"run": is_text, "folder": is_text, "files": is_texts})
    none = "No run waits for a start here."
    folder, run = await find_run(session, wanted.get("run", ""), wanted.get("folder", ""), _asks, none)
    files = named_files(session, folder, wanted.get("files", ()))
    await folder.write(lambda board: _leave_out(board, run, files))
    return Began(run)


async def retry_run(session: Session, *given: Any) -> Began:
    """Begin a run that does again what has failed in another."""
    wanted = read(messages.RETRY_RUN, given, {"run": is_text, "folder": is_text})
    none = "Nothing has failed here."
    folder, run = await find_run(session, wanted.get("run", ""), wanted.get("folder", ""), _failed, none)
    await session.settle(folder)
    again = await folder.write(lambda board: _retry(board, run))
    follow(session, folder, again)
    return Began(again)


async def commit_run(session: Session, *given: Any) -> Committed:
    """Commit what a run changed with git, as one commit or as one for each task."""
    wanted = read(
        messages.COMMIT_RUN, given, {"run": is_text, "folder": is_text, "perTask": is_flag, "message": is_text}
    )
    none = "There is nothing to commit here."
    folder, run = await find_run(session, wanted.get("run", ""), wanted.get("folder", ""), undoable, none)
    per_task, message = wanted.get("perTask", False), wanted.get("message", "")
    return await folder.write(lambda board: _commit(board, folder, run, per_task=per_task, message=message))


def _asks(run: Run) -> bool:
    return run.state is RunState.ASKING


def _failed(run: Run) -> bool:
    return run.state is RunState.FAILED


def _leave_out(board: Board, run: str, files: tuple[str, ...]) -> None:
    board.refresh()
    if files:
        leave_out(board, run, files, "a person left it out")
        return
    planned = [path for task in board.run(run).tasks.values() for path in task.spec.files]
    held = [path for path in planned if board.state.holds.get(board.state.fold(path))]
    leave_out(board, run, held, "a person has unsaved text for it")


def _retry(board: Board, run: str) -> str:
    from parallel_refactor.running.start import retry_run  # noqa: PLC0415  (slow, and the server starts fast)

    board.refresh()
    return retry_run(board, run)


def _commit(board: Board, folder: Folder, run: str, *, per_task: bool, message: str) -> Committed:
    from parallel_refactor.running.committing import commit_run  # noqa: PLC0415  (seldom needed)

    board.refresh()
    done = commit_run(board, run, per_task=per_task, message=message)
    commits = tuple(Commit(one.id, one.subject, tuple(map(folder.uri_of, one.files))) for one in done.made)
    files = wording.count(sum(len(one.files) for one in commits), "file")
    where = commits[0].id if len(commits) == 1 else wording.count(len(commits), "commit")
    said = f"{files} committed ({where})."
    if done.left:
        left = wording.count(len(done.left), "file")
        said += f" {left} left out, {done.left[0].path} because {done.left[0].reason}."
    return Committed(run, commits, note_files(folder, done.left), said)
