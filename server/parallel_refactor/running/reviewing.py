"""What front ends do with what a run proposes: show, accept, reject it. They tell the board; the run does the rest."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import partial
from pathlib import Path

from attrs import frozen

from lockboard import review
from lockboard.board import Board
from lockboard.digest import digest
from lockboard.errors import BoardError, ConflictError
from lockboard.model import ABSENT, FileChange
from lockboard.review import Proposal, proposals
from parallel_refactor.running.merging import bring_up
from parallel_refactor.running.start import ensure_supervisor
from parallel_refactor.running.texts import find_text, keep_texts


@frozen
class Choice:
    """A proposal that a person means, and which files of it; none: all of them."""

    proposal: Proposal
    files: tuple[str, ...] = ()


@frozen
class Preview:
    """What accepting would do to a file: its bytes now and then, None for no file, and why it cannot be, if so.

    `place` is a file with the new text; None where the file is to be deleted.
    """

    path: str
    before: bytes | None
    after: bytes | None
    place: Path | None
    conflict: str = ""


def choose(board: Board, run: str, task: str = "", files: Collection[str] = ()) -> tuple[Choice, ...]:
    """Find the proposals that are meant: all of a run, one by the name of its task or group, or those of some files.

    Raises BoardError where nothing of that is proposed.
    """
    found = [one for one in proposals(board, run) if not task or task in (one.unit, *one.tokens)]
    if not found:
        raise BoardError(f"Run {run} proposes nothing{f' as {task}' if task else ''}.")
    if not files:
        return tuple(map(Choice, found))
    keys = {board.state.fold(path): path for path in files}
    owner = {board.state.fold(path): one for one in found for path in one.files}
    if strange := [path for key, path in keys.items() if key not in owner]:
        raise BoardError(f"Run {run} does not propose to change {', '.join(strange)}.")
    return tuple(
        Choice(one, tuple(path for key, path in keys.items() if owner[key] is one))
        for one in found
        if any(owner[key] is one for key in keys)
    )


def decide(board: Board, chosen: Sequence[Choice], owner: str, *, accepted: bool) -> None:
    """Let proposals land, or drop them; raises BoardError for one that cannot be, or is no longer what was chosen."""
    write = review.accept if accepted else review.reject
    for choice in chosen:
        write(board, choice.proposal, owner, choice.files)
    for run in {choice.proposal.run for choice in chosen}:
        ensure_supervisor(board, run)


def previews(board: Board, choice: Choice) -> Iterator[Preview]:
    """Show what accepting would do to each file that is meant, as they are now; raises OSError."""
    for swap in choice.proposal.swaps:
        if not choice.files or swap.change.path in choice.files:
            yield _preview(board, choice.proposal.run, swap.change, swap.resting)


def _preview(board: Board, run: str, change: FileChange, resting: Path) -> Preview:
    path, file = change.path, board.root / change.path
    before = file.read_bytes() if file.exists() else None
    new = None if change.new == ABSENT else resting.read_bytes()
    place = None if new is None else resting
    try:
        after = bring_up(change, new, before, partial(find_text, board, run))
    except ConflictError as error:
        return Preview(path, before, new, place, str(error))
    if after is not None and after != new:
        keep_texts(board, run, [after])
        place = board.layout.texts(run) / digest(after)
    return Preview(path, before, after, place)
