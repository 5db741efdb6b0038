"""Locks for those who take part with no process of their own: agents of other programs, scripts, people at a shell.

They hold files as people in an editor do: no worker claims such a file and nothing lands on it, until the owner gives
it back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lockboard import entries as e
from lockboard.board import Board
from lockboard.journal import Write
from lockboard.model import Hold, Lock, Process, ProcessKind
from lockboard.paths import check_name


def lock(board: Board, paths: Sequence[str], owner: str) -> tuple[Lock | Hold, ...]:
    """Hold files for an owner, all or none; gives what others have of them, which is nothing where it is done.

    To lock again is to begin the time anew for all that the owner has. Raises BoardError for a path outside.
    """
    for path in paths:
        check_name(path)
    with board.changing() as write:
        obstacles = tuple(found for path in paths for found in owned_by_others(board, path, owner))
        if not obstacles:
            before = _agents(board, owner)
            had = [hold.path for agent in before for hold in _holds(board, agent)]
            process = f"a{board.state.seq + 1}"
            write(e.Joined(process, ProcessKind.AGENT, 0))
            for path in dict.fromkeys((*had, *paths)):
                write(e.Held(path, owner, process))
            for agent in before:
                write(e.Departed(agent.id, "it locked again"))
        return obstacles


def unlock(board: Board, paths: Sequence[str] | None, owner: str) -> tuple[str, ...]:
    """Give an owner's files back, or without `paths` all of them; gives the names of those that were held."""
    with board.changing() as write:
        keys = None if paths is None else {board.state.fold(path) for path in paths}
        found: list[str] = []
        for agent in _agents(board, owner):
            given = [hold for hold in _holds(board, agent) if keys is None or board.state.fold(hold.path) in keys]
            if given:
                _give_back(board, write, agent, given)
            found += [hold.path for hold in given]
        return tuple(dict.fromkeys(found))


def owned_by_others(board: Board, path: str, owner: str) -> tuple[Lock | Hold, ...]:
    """Give who else has a file: a worker, or people and agents of another name; not a run that proposes a change."""
    key = board.state.fold(path)
    lock = board.state.locks.get(key)
    locks = [lock] if lock and not board.state.is_proposed(lock) else []
    return (*locks, *(hold for hold in board.state.holds.get(key, {}).values() if hold.owner != owner))


def _give_back(board: Board, write: Write, agent: Process, given: Sequence[Hold]) -> None:
    if len(given) == len(list(_holds(board, agent))):
        write(e.Departed(agent.id, "it gave its files back"))
        return
    for hold in given:
        write(e.Unheld(hold.path, agent.id))


def _agents(board: Board, owner: str) -> list[Process]:
    """Give what an owner holds files as: more than one where somebody died between taking anew and giving back."""
    agents = [process for process in board.state.processes.values() if board.state.is_agent(process.id)]
    return [agent for agent in agents if any(hold.owner == owner for hold in _holds(board, agent))]


def _holds(board: Board, process: Process) -> Iterator[Hold]:
    for holds in list(board.state.holds.values()):
        if process.id in holds:
            yield holds[process.id]
