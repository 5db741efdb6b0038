"""Commands for what a run proposes: show it as it would be, let it land, drop it."""

from __future__ import annotations

from typing import Any

from lockboard.board import Board
from lockboard.errors import BoardError
from lockboard.review import proposes
from parallel_refactor.lsp import messages
from parallel_refactor.lsp.arguments import Check, is_text, is_texts, is_whole, read
from parallel_refactor.lsp.details_messages import Proposal, ProposedFile
from parallel_refactor.lsp.folders import Folder
from parallel_refactor.lsp.messages import Began
from parallel_refactor.lsp.session import Session
from parallel_refactor.lsp.targets import find_run, named_files

_FIELDS: dict[str, Check] = {"run": is_text, "folder": is_text, "task": is_text, "files": is_texts}
_NONE = "No run proposes anything here."


async def show_proposal(session: Session, *given: Any) -> Proposal:
    """Say what a run proposes, as the files are now: all of it, a task or group, or some files."""
    wanted = read(messages.SHOW_PROPOSAL, given, _FIELDS)
    folder, run = await find_run(session, wanted.get("run", ""), wanted.get("folder", ""), proposes, _NONE)
    files = named_files(session, folder, wanted.get("files", ()))
    return await folder.write(lambda board: _show(board, folder, run, wanted.get("task", ""), files))


async def accept_proposal(session: Session, *given: Any) -> Began:
    """Let land what a run proposes: all of it, a task or group, or some files."""
    return await _decide(session, messages.ACCEPT_PROPOSAL, given, accepted=True)


async def reject_proposal(session: Session, *given: Any) -> Began:
    """Drop what a run proposes: all of it, a task or group, or some files."""
    return await _decide(session, messages.REJECT_PROPOSAL, given, accepted=False)


async def _decide(session: Session, command: str, given: tuple[Any, ...], *, accepted: bool) -> Began:
    wanted = read(command, given, {**_FIELDS, "token": is_whole})
    folder, run = await find_run(session, wanted.get("run", ""), wanted.get("folder", ""), proposes, _NONE)
    files = named_files(session, folder, wanted.get("files", ()))
    task, token = wanted.get("task", ""), wanted.get("token", 0)

    def write(board: Board) -> Began:
        from parallel_refactor.running.reviewing import choose, decide  # noqa: PLC0415  (slow, and the server starts fast)

        board.refresh()
        chosen = choose(board, run, task, files)
        if token and any(token not in choice.proposal.tokens.values() for choice in chosen):
            raise BoardError(f"Task {task} of run {run} does not propose any more what you saw: look at it again.")
        decide(board, chosen, folder.person, accepted=accepted)
        return Began(run)

    return await folder.write(write)


def _show(board: Board, folder: Folder, run: str, task: str, files: tuple[str, ...]) -> Proposal:
    from parallel_refactor.running.reviewing import choose, previews  # noqa: PLC0415

    board.refresh()
    shown: list[ProposedFile] = []
    chosen = choose(board, run, task, files)
    for choice in chosen:
        for file in previews(board, choice):
            after = file.place.as_uri() if file.place else ""
            uri = folder.uri_of(file.path)
            shown.append(ProposedFile(uri, file.path, choice.proposal.unit, after, file.conflict))
    doubts = dict.fromkeys(choice.proposal.doubt for choice in chosen if choice.proposal.doubt)
    return Proposal(folder.uri, run, tuple(shown), "; ".join(doubts))
