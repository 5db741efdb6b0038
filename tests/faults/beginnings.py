"""Workspaces in which something is about to happen."""

from __future__ import annotations

import ctypes
import errno
import os
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from unittest import mock

from lockboard import agents, exchange, landing
from lockboard.board import Board
from lockboard.model import Claim, ProcessKind
from lockboard.review import accept, proposals
from tests.faults.driving import BEFORE, OWNER, Tree, begin, go_on, join, tree, work
from tests.faults.steps import between_lines

HELD = "a.py"
"""The file that a person has, takes or decides about."""


def ready(root: Path) -> Board:
    return begin(root, "one")


def joined(root: Path, plan: str = "one", *, review: bool = False) -> Board:
    board = begin(root, plan, review=review)
    join(board, "r1")
    return board


def claimed(root: Path, plan: str = "one", *, review: bool = False) -> Board:
    board = joined(root, plan, review=review)
    assert board.claim("r1", "r1-w1")
    return board


def resting(root: Path) -> Board:
    board = claimed(root)
    board.release(owned(board), "it did not work", rest=True)
    return board


def submitted(root: Path, plan: str = "one", saved: Tree = {}) -> Board:  # noqa: B006  nobody changes it
    board = save(begin(root, plan), saved)
    join(board, "r1")
    while claim := board.claim("r1", "r1-w1"):
        work(board, claim)
    return board


def proposed(root: Path, plan: str = "one") -> Board:
    board = joined(root, plan, review=True)
    while claim := board.claim("r1", "r1-w1"):
        work(board, claim)
    return board


def parted(root: Path) -> Board:
    """Have a person accept a part of what is proposed."""
    board = proposed(root)
    accept(board, proposals(board, "r1")[0], OWNER, [HELD])
    return board


def done(root: Path) -> Board:
    board = ready(root)
    go_on(board)
    return board


def save(board: Board, texts: Tree) -> Board:
    """Have a person save some files."""
    for path, text in texts.items():
        (board.root / path).write_bytes(text or b"")
    return board


def with_link(root: Path) -> Board:
    """Have a folder become a link, through which nothing is written, when all is submitted."""
    board = submitted(root)
    (root / "sub").rename(root / "elsewhere")
    (root / "sub").symlink_to("elsewhere")
    return board


def with_person(board: Board) -> Board:
    """Have a person's editor take part."""
    board.join(ProcessKind.SERVER, os.getpid())
    return board


def with_hold(board: Board) -> Board:
    board.hold(HELD, OWNER, person(with_person(board)))
    return board


def with_agent(root: Path, *paths: str) -> Board:
    board = begin(root, "two")
    agents.lock(board, paths, OWNER)
    return board


def owned(board: Board) -> Claim:
    """Give the claim that the scene's worker has, or had."""
    task = board.run("r1").tasks["t1"]
    return Claim("r1", task.spec, task.worker, task.token)


def person(board: Board) -> str:
    """Give the process of the scene's person."""
    return next(process.id for process in board.state.processes.values() if process.kind is ProcessKind.SERVER)


def died_in_landing(root: Path, files_in: int, saved: Tree) -> None:
    """Have a supervisor die when so many files of the task are in; then a person saves."""
    submitted(root).close()
    pid = os.fork()
    if pid == 0:
        _land_and_die(Board(root), files_in)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, "it never was so far"
    save(Board(root), saved).close()


def _land_and_die(board: Board, files_in: int) -> None:
    def die(_step: int) -> None:
        present = tree(board.root)
        if board.run("r1").tasks["t1"].landing and sum(present[path] != BEFORE[path] for path in BEFORE) == files_in:
            os._exit(0)

    with between_lines(die):
        landing.land(board, "r1", "t1")
    os._exit(1)


def no_exchange() -> AbstractContextManager[object]:
    """Be on a file system that cannot swap two names."""
    rename = exchange._rename
    assert rename

    def rename_only(*args: Any) -> object:
        return _cannot() if args[-1] == exchange._EXCHANGE else rename(*args)

    return mock.patch.object(exchange, "_rename", rename_only)


def no_renaming() -> AbstractContextManager[object]:
    """Be on a file system that cannot rename without writing over what is there."""
    return mock.patch.object(exchange, "_rename", _cannot)


def _cannot(*_args: Any) -> int:
    ctypes.set_errno(errno.EINVAL)
    return -1
