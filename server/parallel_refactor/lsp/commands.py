"""What a person can have the server do. Each command is answered at once; what follows shows on the board.

Arguments are few and optional: without a run the newest that is going is meant.
"""

from __future__ import annotations

from typing import Any

from lockboard.model import Wish
from parallel_refactor.lsp import messages
from parallel_refactor.lsp.arguments import is_flag, is_number, is_text, is_texts, is_whole, read, required
from parallel_refactor.lsp.finishing import commit_run, leave_files_out, retry_run
from parallel_refactor.lsp.inspecting import preview_undo, show_run
from parallel_refactor.lsp.messages import Began, Boards
from parallel_refactor.lsp.recipes import list_recipes
from parallel_refactor.lsp.reviewing import accept_proposal, reject_proposal, show_proposal
from parallel_refactor.lsp.session import Session
from parallel_refactor.lsp.snapshot import boards
from parallel_refactor.lsp.starting import start_run
from parallel_refactor.lsp.steering import ask, begin_undo, resume
from parallel_refactor.lsp.taking import take_file
from parallel_refactor.lsp.targets import find_run, going, named_files, undoable
from parallel_refactor.lsp.telling import follow

_RUN = {"run": is_text, "folder": is_text}
_NONE_GOING = "No run is going on here."


def register(session: Session) -> None:
    """Have the session offer all commands."""
    commands = {
        messages.START_RUN: start_run,
        messages.CANCEL_RUN: cancel_run,
        messages.CANCEL_WORKER: cancel_worker,
        messages.CANCEL_TASK: cancel_task,
        messages.PAUSE_RUN: pause_run,
        messages.RESUME_RUN: resume_run,
        messages.UNDO_RUN: undo_run,
        messages.TAKE_FILE: take_file,
        messages.SHOW_BOARD: show_board,
        messages.SHOW_RUN: show_run,
        messages.LEAVE_OUT: leave_files_out,
        messages.PREVIEW_UNDO: preview_undo,
        messages.SHOW_PROPOSAL: show_proposal,
        messages.ACCEPT_PROPOSAL: accept_proposal,
        messages.REJECT_PROPOSAL: reject_proposal,
        messages.RETRY_RUN: retry_run,
        messages.COMMIT_RUN: commit_run,
        messages.LIST_RECIPES: list_recipes,
    }
    for name, command in commands.items():
        session.command(name)(command)


async def _wish(session: Session, command: str, given: tuple[Any, ...], wish: Wish) -> Began:
    wanted = read(command, given, _RUN)
    folder, run = await find_run(session, wanted.get("run", ""), wanted.get("folder", ""), going, _NONE_GOING)
    return await ask(folder, run, wish)


async def cancel_run(session: Session, *given: Any) -> Began:
    """End a run. What has landed stays."""
    return await _wish(session, messages.CANCEL_RUN, given, Wish.CANCEL)


async def pause_run(session: Session, *given: Any) -> Began:
    """Let a run rest when its workers have done what they do."""
    return await _wish(session, messages.PAUSE_RUN, given, Wish.PAUSE)


async def resume_run(session: Session, *given: Any) -> Began:
    """Let a run go on that is paused, waits for a person, waits to be started, or lost its supervisor.

    Perhaps with another limit of what it may spend.
    """
    wanted = read(messages.RESUME_RUN, given, {**_RUN, "maxCost": is_number, "maxTokens": is_whole})
    folder, run = await find_run(session, wanted.get("run", ""), wanted.get("folder", ""), going, _NONE_GOING)
    await folder.write(lambda board: resume(board, run, wanted.get("maxCost"), wanted.get("maxTokens")))
    return Began(run)


async def cancel_worker(session: Session, *given: Any) -> Began:
    """End a worker; its files are free, and another does its task."""
    wanted = read(messages.CANCEL_WORKER, given, {"worker": is_text, **_RUN})
    worker = required(messages.CANCEL_WORKER, wanted, "worker")
    run, dash, _ = worker.rpartition("-")
    folder, run = await find_run(session, wanted.get("run", run), wanted.get("folder", ""), going, _NONE_GOING)
    name = worker if dash else f"{run}-{worker}"
    return await ask(folder, run, Wish.CANCEL_WORKER, worker=name)


async def cancel_task(session: Session, *given: Any) -> Began:
    """End a task without its result."""
    wanted = read(messages.CANCEL_TASK, given, {"task": is_text, **_RUN})
    task = required(messages.CANCEL_TASK, wanted, "task")
    folder, run = await find_run(session, wanted.get("run", ""), wanted.get("folder", ""), going, _NONE_GOING)
    return await ask(folder, run, Wish.CANCEL_TASK, task=task)


async def undo_run(session: Session, *given: Any) -> Began:
    """Put back what a run changed, or only some of its files: a run of its own."""
    wanted = read(messages.UNDO_RUN, given, {**_RUN, "files": is_texts, "merge": is_flag})
    none = "There is nothing to undo here."
    folder, run = await find_run(session, wanted.get("run", ""), wanted.get("folder", ""), undoable, none)
    files = named_files(session, folder, wanted.get("files", ()))
    undo = await folder.write(lambda board: begin_undo(board, run, files, merge=wanted.get("merge", False)))
    follow(session, folder, undo)
    return Began(undo)


def show_board(session: Session, *given: Any) -> Boards:
    """Give all boards as they are."""
    read(messages.SHOW_BOARD, given, {})
    return boards(session)
