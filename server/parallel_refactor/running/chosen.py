"""What a model said when it was asked which files need the change: kept on the board, and shown with the plan."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import cattrs
from attrs import asdict, frozen

from lockboard.board import Board
from lockboard.durable import write_whole
from lockboard.errors import DamagedBoardError, disk_error
from parallel_refactor.planning.globs import globs_filter
from parallel_refactor.planning.interface import LeftOut
from parallel_refactor.running.request import RunRequest

PLAN = "plan"
"""Whose the question is in the books and records of a run: no task's and no worker's."""

UNNEEDED = "the model says that it needs no change"
"""Why a file is left out that it was asked about and did not name."""

_MOST_SHOWN = 12


@frozen
class Chosen:
    """The model's answer. `asked` are the files it was asked about, `files` those that need the change, with reasons.

    `unknown` are names that it gave and that were no such files. `failure`: why there is no answer; the plan then has
    all files. `spent` says what it has cost.
    """

    model: str
    asked: tuple[str, ...]
    files: dict[str, str]
    unknown: tuple[str, ...] = ()
    failure: str = ""
    spent: str = ""

    def unneeded(self, candidates: Iterable[str], request: RunRequest) -> Iterator[LeftOut]:
        """Give the candidates that the run leaves out: not those that it was told to change in any case."""
        asked, wanted = set() if self.failure else {*self.asked} - {*self.files}, globs_filter(request.interface)
        return (LeftOut(path, UNNEEDED) for path in candidates if path in asked and not wanted(path))

    def lines(self) -> tuple[str, ...]:
        """Say it to a person."""
        asked, cost = f"{len(self.asked):,} files", f" ({self.spent})" if self.spent else ""
        if self.failure:
            first = f"Which of {asked} need the change is not known, so the plan has all of them"
            return (f"{first}: {self.failure}{cost}.",)
        first = f"Asked which of {asked} need the change, {self.model} named {len(self.files):,}{cost}."
        named = [f"  {path}: {_one_line(why) or 'no reason given'}" for path, why in self.files.items()]
        more = [f"  and {len(named) - _MOST_SHOWN:,} more"] if len(named) > _MOST_SHOWN else []
        others = ", ".join(map(repr, self.unknown[:_MOST_SHOWN]))
        strange = [f"It also named {len(self.unknown):,} that are none of them: {others}."] if self.unknown else []
        return (first, *named[:_MOST_SHOWN], *more, *strange)

    def as_json(self) -> dict[str, Any]:
        """Give it in values that `json.dumps` takes."""
        return asdict(self)


def keep_chosen(board: Board, run: str, chosen: Chosen) -> None:
    """Put an answer on the board; raises BoardError."""
    path = _path(board, run)
    try:
        write_whole(path, json.dumps(chosen.as_json(), indent=1) + "\n")
    except OSError as error:
        raise disk_error(path, "write", error) from error


def chosen_in(board: Board, run: str) -> Chosen | None:
    """Give the answer that a run has had, None for one without; raises BoardError."""
    path = _path(board, run)
    try:
        return cattrs.structure(json.loads(path.read_bytes()), Chosen)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise disk_error(path, "read", error) from error
    except (ValueError, cattrs.BaseValidationError) as error:
        raise DamagedBoardError(f"{path} is damaged: {error}.") from error


def chosen_lines(board: Board, run: str) -> tuple[str, ...]:
    """Say to a person what a model said of a run's files, nothing where it was not asked; raises BoardError."""
    found = chosen_in(board, run)
    return found.lines() if found else ()


def _path(board: Board, run: str) -> Path:
    return board.layout.run(run) / "chosen.json"


def _one_line(text: str) -> str:
    return " ".join(text.split())
