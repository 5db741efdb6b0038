"""Review: what a run proposes, and what people make of it. They may edit the files meanwhile.

A proposal is what lands as one: a task, or a group. Where it is a task, some of its files can be decided alone: they go
on as a task of their own, the others as another, and a worker hands each in again, on the files as they are then.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from attrs import frozen

from lockboard import entries as e
from lockboard.board import Board
from lockboard.errors import BoardError, StaleClaimError
from lockboard.journal import Write
from lockboard.landing import swaps_of
from lockboard.model import Run, TaskState
from lockboard.swap import Swap
from lockboard.tasks import part_task


@frozen
class Proposal:
    """What a run proposes for one unit: its proposed tasks with their tokens, and all changes of these.

    `complete`: nobody has to work on its group any more; before, it cannot be accepted. `doubt`: why it is proposed
    although somebody accepted it before, "" where nobody did.
    """

    run: str
    unit: str
    tokens: Mapping[str, int]
    swaps: tuple[Swap, ...]
    group: bool
    complete: bool
    doubt: str

    @property
    def files(self) -> tuple[str, ...]:
        """The files that it changes."""
        return tuple(swap.change.path for swap in self.swaps)

    def __str__(self) -> str:
        """Name it for a person."""
        return f"{'Group' if self.group else 'Task'} {self.unit} of run {self.run}"


def proposals(board: Board, run: str) -> tuple[Proposal, ...]:
    """Give what a run proposes, as far as this process has read the board; raises BoardError for an unknown run."""
    tasks = board.run(run).tasks.values()
    units = dict.fromkeys(task.spec.unit for task in tasks if task.state is TaskState.PROPOSED)
    return tuple(_proposal(board, run, unit) for unit in units)


def proposes(run: Run) -> bool:
    """Whether a run proposes anything."""
    return any(task.state is TaskState.PROPOSED for task in run.tasks.values())


def accept(board: Board, proposal: Proposal, owner: str, files: Collection[str] = ()) -> None:
    """Let a proposal land, or some files of it, while the others stay proposed.

    Raises StaleClaimError where it is no longer what was looked at, and BoardError where its group is not complete or
    would have to be parted.
    """
    with board.changing() as write:
        if not _as_seen(board, proposal).complete:
            raise BoardError(f"{proposal} is not complete: accept it when nobody works on the rest of it any more.")
        tasks = _decided(board, write, proposal, files, f"{owner} accepted {', '.join(files)}")
        write(e.Accepted(proposal.run, tasks, owner))


def reject(board: Board, proposal: Proposal, owner: str, files: Collection[str] = ()) -> None:
    """End a proposal, or some files of it, while the others stay proposed; raises as `accept` does."""
    with board.changing() as write:
        _as_seen(board, proposal)
        tasks = _decided(board, write, proposal, files, f"{owner} rejected {', '.join(files)}")
        write(e.Ended(proposal.run, tasks[0], TaskState.SKIPPED, f"{owner} rejected it"))


def _proposal(board: Board, run: str, unit: str) -> Proposal:
    going = [task for task in board.state.unit_tasks(board.run(run), unit) if not task.state.ended]
    proposed = [task for task in going if task.state is TaskState.PROPOSED]
    return Proposal(
        run,
        unit,
        tokens={task.spec.id: task.token for task in proposed},
        swaps=tuple(swaps_of(board, run, proposed)),
        group=any(task.spec.group for task in proposed),
        complete=all(task.state in (TaskState.PROPOSED, TaskState.SUBMITTED) for task in going),
        doubt="; ".join(dict.fromkeys(task.reason for task in proposed if task.reason)),
    )


def _as_seen(board: Board, seen: Proposal) -> Proposal:
    """Give what is proposed now, if that is what was looked at."""
    known = board.state.schedules[seen.run].units
    present = _proposal(board, seen.run, seen.unit) if seen.unit in known else None
    if present is None or present.tokens != seen.tokens:
        raise StaleClaimError(f"{seen} does not propose any more what you saw: look at it again.")
    return present


def _decided(board: Board, write: Write, proposal: Proposal, files: Collection[str], reason: str) -> tuple[str, ...]:
    """Give the tasks that have the chosen files, and no other file that the proposal changes."""
    keys = {board.state.fold(path) for path in files}
    chosen = tuple(path for path in proposal.files if board.state.fold(path) in keys)
    if not files or len(chosen) == len(proposal.files):
        return tuple(proposal.tokens)
    if not chosen:
        raise BoardError(f"{proposal} does not propose to change {', '.join(files)}.")
    if proposal.group:
        raise BoardError(f"{chosen[0]} lands with all other files of its group or not at all: decide on all of them.")
    [(name, token)] = proposal.tokens.items()
    spec = board.run(proposal.run).tasks[name].spec
    parts = part_task(spec, (chosen, tuple(path for path in spec.files if path not in chosen)))
    write(e.Split(proposal.run, name, token, parts, reason))
    return (parts[0].id,)
