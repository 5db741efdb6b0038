"""A claimed task in the hands of a worker: its claim, and its files as they were read."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from attrs import define, field

from lockboard.board import Board
from lockboard.errors import BoardError, BusyBoardError, StaleClaimError
from lockboard.model import Claim
from lockboard.paths import check_name
from parallel_refactor.engines.interface import EngineError, NotGrantedError
from parallel_refactor.engines.metering import GivenBackError
from parallel_refactor.planning.discover import why_not
from parallel_refactor.running.reading import WorkspaceReader

Value = TypeVar("Value")


@define
class TaskAtHand:
    """`claim` is the task as it is by now; `before` has its files' bytes, None for one that there is not."""

    board: Board
    claim: Claim
    reader: WorkspaceReader
    before: dict[str, bytes | None] = field(factory=dict)

    def read(self) -> None:
        """Read the task's files; raises EngineError."""
        for path in self.claim.task.files:
            self.before[path] = self._read(path)

    def take(self, path: str) -> bytes | None:
        """Make one more file the task's, now or not at all, and give what is in it.

        Raises NotGrantedError, GivenBackError where the task is no longer the worker's, EngineError.
        """
        try:
            check_name(path)
            if reason := why_not(self.board.root, path):
                raise NotGrantedError(reason)
            self.claim = patiently(lambda: self.board.extend(self.claim, path))
        except StaleClaimError as error:
            raise GivenBackError(str(error)) from error
        except BoardError as error:
            raise NotGrantedError(str(error).rstrip(".")) from error
        self.before[path] = self._read(path)
        return self.before[path]

    def _read(self, path: str) -> bytes | None:
        try:
            return self.reader.read_disk(path)
        except OSError as error:
            raise EngineError(f"{path} cannot be read: {error.strerror or error}") from error


def patiently(change: Callable[[], Value]) -> Value:
    """Change the board, also when somebody keeps it for long; the supervisor ends those workers that are stopped."""
    while True:
        try:
            return change()
        except BusyBoardError:
            continue
