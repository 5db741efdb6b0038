"""`parallel-refactor lock`, `unlock`, `who` and `guard`: for agents and people that this program did not start."""

from __future__ import annotations

import argparse
import getpass
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from time import time as now

from lockboard import agents
from lockboard.board import Board
from lockboard.errors import BoardError
from lockboard.layout import Layout
from lockboard.model import Hold, Lock
from lockboard.paths import relative_name, workspace_root
from parallel_refactor.cli.status import hold_json, lock_json
from parallel_refactor.cli.text import count, duration
from parallel_refactor.planning.show import printable

_REFUSED = 1


def lock(args: argparse.Namespace) -> int:
    """Hold files, all or none; the exit code is 1 where somebody else has one."""
    root, names = _find(args.files)
    board = Board(root, create=True)
    obstacles = agents.lock(board, names, _owner(args))
    for obstacle in obstacles:
        print(_say(board, obstacle), file=sys.stderr)
    if obstacles:
        return _REFUSED
    print(f"{count(len(names), 'file')} locked for {_owner(args)}, for an hour at least.")
    return 0


def unlock(args: argparse.Namespace) -> int:
    """Give locked files back."""
    root, names = _find(args.files)
    if not Layout(root).exists:
        print("Nothing is locked here.")
        return 0
    given = agents.unlock(Board(root), names or None, _owner(args))
    print(f"{count(len(given), 'file')} given back." if given else f"Nothing of that is locked for {_owner(args)}.")
    return 0


def who(args: argparse.Namespace) -> int:
    """Say who has a file."""
    root, (name,) = _find([args.file])
    others = _others(root, name, "")
    if args.json:
        rows = [lock_json(one) if isinstance(one, Lock) else hold_json(one) for one, _ in others]
        print(json.dumps({"path": name, "locks": rows}))
    else:
        print("\n".join(sentence for _, sentence in others) or f"Nobody has {printable(name)}.")
    return 0


def guard(args: argparse.Namespace) -> int:
    """Tell by the exit code whether a file may be written: for hooks of agents. Files of no workspace may."""
    try:
        root, (name,) = _find([args.path])
    except BoardError:
        return 0
    others = _others(root, name, _owner(args))
    for _, sentence in others:
        print(sentence, file=sys.stderr)
    return _REFUSED if others else 0


def _others(root: Path, name: str, owner: str) -> list[tuple[Lock | Hold, str]]:
    """Give who has a file besides `owner`, and the sentence that says so."""
    if not Layout(root).exists:
        return []
    board = Board(root)
    return [(found, _say(board, found)) for found in agents.owned_by_others(board, name, owner)]


def _find(files: Sequence[Path]) -> tuple[Path, list[str]]:
    """Give the workspace of the files, here without any, and their names on its board."""
    place = Path(files[0] if files else ".").absolute()
    while not place.is_dir():
        place = place.parent
    root = workspace_root(place)
    return root, [relative_name(root, file.absolute()) for file in files]


def _owner(args: argparse.Namespace) -> str:
    return args.owner or getpass.getuser()


def _say(board: Board, owner: Lock | Hold) -> str:
    path, time = printable(owner.path), duration(now() - owner.since)
    if isinstance(owner, Hold):
        return f"{printable(owner.owner)} has {path}, for {time} now."
    name = f"Worker {owner.worker}" if owner.worker else f"Run {owner.run}"
    return f"{name} is changing {path}, for {time} now: {printable(board.run(owner.run).spec.title)}."
