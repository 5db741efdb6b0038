from __future__ import annotations

import logging
import time
from dataclasses import asdict
from typing import Optional

from runner.board import Board, BoardError, wait_until_up
from runner.config import Config
from runner.notify import NOTIFIERS
from runner.status import Statistics
from runner.steps import run_job

log = logging.getLogger("runner")


class Service:
    """Runs jobs until it is stopped."""

    def __init__(self, config: Config, statistics: Optional[Statistics] = None):
        self.config = config
        self.statistics = statistics or Statistics()
        self.stopping = False
        self._notify = NOTIFIERS[config.notify]

    def stop(self, *_):
        self.stopping = True

    def serve(self, most: int | None = None) -> int:
        """Gives the number of jobs that it has run; `most` ends it after so many."""
        wait_until_up(self.config.host, self.config.port, seconds=2)
        count = 0
        with Board(self.config.host, self.config.port) as board:
            while not self.stopping and (most is None or count < most):
                try:
                    worked = self.work(board)
                except BoardError as error:
                    log.error("%s", error)
                    worked = False
                if worked:
                    count += 1
                else:
                    self.pause()
        return count

    def work(self, board: Board) -> bool:
        job = board.next_job()
        if job is None:
            return False
        result = run_job(job, self.config.timeout)
        self.statistics.add(result.status)
        board.report(job, **asdict(result))
        self._notify(job, result)
        return True

    def pause(self) -> None:
        """Sleeps in small pieces, so that it can be stopped."""
        end = time.monotonic() + self.config.interval
        while not self.stopping and (rest := end - time.monotonic()) > 0:
            time.sleep(min(rest, 0.05))
