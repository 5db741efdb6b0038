"""Shows what a run would do, with the files that people hold, and starts or cancels it as the person says."""

from __future__ import annotations

from collections import Counter

from attrs import frozen
from lsprotocol import types

from lockboard.board import Board
from lockboard.leaving import leave_out
from lockboard.model import Hold, Run, RunState, Wish
from parallel_refactor.lsp import messages, wording
from parallel_refactor.lsp.folders import Folder
from parallel_refactor.lsp.session import Session
from parallel_refactor.lsp.steering import ask
from parallel_refactor.running.chosen import chosen_lines
from parallel_refactor.running.request import from_options

START, SAVE, LEAVE_OUT, CANCEL = "Start", "Save and Start", "Start Without Them", "Cancel"
"""The answers that a person can give."""

_MOST_NAMED = 10


@frozen
class Summary:
    """A plan in one paragraph; `held` are its files that people hold, `mine` those of this editor's person."""

    text: str
    held: tuple[str, ...]
    mine: tuple[str, ...]


async def confirm(session: Session, folder: Folder, run: str) -> None:
    """Ask about a run when it is planned."""
    await session.until(lambda: run in folder.runs and folder.runs[run].state != RunState.PLANNING)
    if folder.runs[run].state != RunState.ASKING:
        return
    summary = await folder.write(lambda board: summarise(board, run, folder))
    if messages.PLANNED in session.client.takes:
        session.protocol.notify(messages.PLANNED, messages.RunNews(folder.uri, run, summary.text))
        return
    saves = summary.mine and messages.SAVE_FILES in session.client.takes
    offers = [START, *([SAVE] if saves else []), *([LEAVE_OUT] if summary.held else [])]
    question = types.ShowMessageRequestParams(
        types.MessageType.Info, summary.text, [types.MessageActionItem(offer) for offer in (*offers, CANCEL)]
    )
    answer = await session.window_show_message_request_async(question)
    if folder.runs[run].state == RunState.ASKING:  # else somebody answered elsewhere meanwhile
        await _act(session, folder, run, summary, answer.title if answer else CANCEL)


async def _act(session: Session, folder: Folder, run: str, summary: Summary, answer: str) -> None:
    if answer == SAVE:
        uris = messages.FilesToSave(tuple(map(folder.uri_of, summary.mine)))
        await session.protocol.send_request_async(messages.SAVE_FILES, uris)
    elif answer == LEAVE_OUT:
        await folder.write(lambda board: leave_out(board, run, summary.held, "a person has unsaved text for it"))
    await ask(folder, run, Wish.START if answer in (START, SAVE, LEAVE_OUT) else Wish.CANCEL)


def summarise(board: Board, run: str, folder: Folder) -> Summary:
    """Say what a planned run would do. For threads."""
    board.refresh()
    found = board.run(run)
    files = [path for task in found.tasks.values() for path in task.spec.files]
    holds = {path: list(board.state.holds.get(board.state.fold(path), {}).values()) for path in files}
    held = {path: people for path, people in holds.items() if people}
    mine = tuple(path for path, people in held.items() if any(map(folder.is_mine, people)))
    workers = wording.count(min(int(found.spec.options.get("workers", 1)), len(found.tasks)), "worker")
    parts = [
        f"{wording.short(found.spec.title)}: {wording.count(len(files), 'file')} in "
        f"{wording.count(len(found.tasks), 'task')}, with {workers}."
    ]
    parts += [line for line in chosen_lines(board, run) if not line.startswith(" ")]
    parts += _estimate(board, found)
    if found.unchanged:
        parts.append(f"{wording.count(found.unchanged, 'file')} need no visit.")
    if found.left:
        reasons = Counter(note.reason for note in found.left).most_common(1)
        parts.append(f"{wording.count(len(found.left), 'file')} are left out, most because: {reasons[0][0]}.")
    if held:
        parts.append(f"Unsaved text: {_names(held)}. These are changed when they are saved, or left out if you say so.")
    return Summary(" ".join(parts), tuple(held), mine)


def _estimate(board: Board, run: Run) -> tuple[str, ...]:
    from parallel_refactor.running.estimate import estimate_run  # noqa: PLC0415  (slow, and the server starts fast)

    cost = estimate_run(board, run)
    return cost.lines(from_options(run.spec.options)) if cost else ()


def _names(held: dict[str, list[Hold]]) -> str:
    named = list(held)[:_MOST_NAMED]
    more = f" and {len(held) - len(named)} more" if len(held) > len(named) else ""
    return ", ".join(named) + more
