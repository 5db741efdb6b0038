"""Where everything lies on the board's disk, and whether a board may be there."""

from __future__ import annotations

import json
import os
import shutil
import uuid
from pathlib import Path
from typing import Any

from lockboard.durable import sync_folder, write_whole
from lockboard.errors import BoardError, DamagedBoardError, disk_error
from lockboard.model import TaskState
from lockboard.paths import BOARD_NAME, probe_case
from lockboard.sharing import refuse_shared

FORMAT = 1

_CACHE_TAG = """Signature: 8a477f597d28d172789f06886806bc55
# This directory belongs to a tool and may be left out of backups: https://bford.info/cachedir/
"""


class Layout:
    """The paths of one board."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.board = root / BOARD_NAME
        self.card = self.board / "board.json"
        self.alive = self.board / "alive"

    @property
    def exists(self) -> bool:
        """Whether there is a board, in whatever state."""
        return self.card.exists()

    def run(self, run: str) -> Path:
        """Give a run's directory."""
        return self.board / "runs" / run

    def exchange(self, run: str, task: str, token: int) -> Path:
        """Give the directory with a submission's files: the new ones before landing, the displaced ones after."""
        return self.run(run) / "exchange" / f"{task}.{token}"

    def texts(self, run: str) -> Path:
        """Give the directory where a program may keep what files were, for merges; `clean` deletes it."""
        return self.run(run) / "texts"

    def make_run(self, run: str, facts: dict[str, Any]) -> None:
        """Make a run's directory, with a card that says what was asked for; raises BoardError."""
        try:
            shutil.rmtree(self.run(run), ignore_errors=True)  # of a run that a power loss took out of the log
            for state in TaskState:
                (self.tasks(run) / state).mkdir(parents=True, exist_ok=True)
            write_whole(self.run(run) / "run.json", json.dumps({"id": run, **facts}, indent=2) + "\n")
        except OSError as error:
            raise disk_error(self.run(run), "write", error) from error

    def tasks(self, run: str) -> Path:
        """Give the directory that shows a run's tasks by state."""
        return self.run(run) / "tasks"

    def left_behind(self, run: str) -> Path:
        """Give the file that says in which state an ended run left its files behind."""
        return self.run(run) / "left_behind.json"

    def create(self) -> bool:
        """Make the board if there is none. Tells whether its file system ignores case; raises BoardError."""
        if not self.exists:
            refuse_shared(self.board)
            self._refuse_nested()
            try:
                self.board.mkdir(mode=0o700, exist_ok=True)
                for name in ("locks", "runs", "alive"):
                    (self.board / name).mkdir(exist_ok=True)
                write_whole(self.board / ".gitignore", "*\n")
                write_whole(self.board / "CACHEDIR.TAG", _CACHE_TAG)
                facts = {"format": FORMAT, "id": uuid.uuid4().hex, "ignores_case": probe_case(self.board)}
                fresh = self.board / f".board-{facts['id']}"
                write_whole(fresh, json.dumps(facts) + "\n")
                _publish(fresh, self.card)
                sync_folder(self.board)
            except OSError as error:
                raise disk_error(self.board, "make a task board", error) from error
        return self.check()

    def check(self) -> bool:
        """Make sure that this program can use the board; tells whether its file system ignores case."""
        try:
            facts = json.loads(self.card.read_text(encoding="utf-8"))
            found, ignores_case = int(facts["format"]), bool(facts["ignores_case"])
        except FileNotFoundError:
            raise BoardError(f"{self.root} has no task board: nothing has been run here.") from None
        except OSError as error:
            raise disk_error(self.card, "read", error) from error
        except (ValueError, KeyError, TypeError) as error:
            raise DamagedBoardError(
                f"{self.card} is damaged. Undo is not possible without it; to start anew, delete {self.board}."
            ) from error
        refuse_shared(self.board)
        if found != FORMAT:
            raise BoardError(
                f"{self.board} has format {found}, and this program knows format {FORMAT}. "
                "Use the version that made it, or delete the board (its runs can then not be undone)."
            )
        return ignores_case

    def _refuse_nested(self) -> None:
        for ancestor in self.root.parents:
            if Layout(ancestor).exists:
                raise BoardError(f"{self.root} lies in the workspace {ancestor}, which has a task board. Use that one.")


def _publish(fresh: Path, card: Path) -> None:
    """Give a finished card its name, unless there is one: of several processes here the first makes the board."""
    try:
        os.link(fresh, card)
    except FileExistsError:
        pass
    except OSError:  # a file system without hard links
        if not card.exists():
            fresh.replace(card)
    fresh.unlink(missing_ok=True)
