"""The process that asks a model which files of a run need the change, and how its supervisor sees to it.

A process of its own: the supervisor must not wait for a server, nor load what talks to one.
"""

from __future__ import annotations

import os
import signal
import threading
from contextlib import closing, suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from attrs import define

from lockboard.board import Board
from lockboard.model import RunState
from parallel_refactor.engines.claude.settings import read_settings
from parallel_refactor.engines.interface import EngineError
from parallel_refactor.engines.metering import GivenBackError
from parallel_refactor.planning.interface import PlanError
from parallel_refactor.running.chosen import PLAN, Chosen, chosen_in, keep_chosen
from parallel_refactor.running.clock import Clock
from parallel_refactor.running.context import context_of, keep_context
from parallel_refactor.running.forking import CONTEXT
from parallel_refactor.running.ledger import Ledger
from parallel_refactor.running.request import RunRequest, from_options


def ask_for_run(root: str, run: str, pipe: Connection) -> None:
    """Put an answer on the board, unless the budget has no room for the question: what the new process does.

    It ends at once when the other end of the pipe is closed, by whoever wants no answer or by the supervisor's death.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the front end to act on
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_listen, args=(pipe,), daemon=True).start()
    from parallel_refactor.running.choosing import ask, question_for  # noqa: PLC0415  only this process needs them
    from parallel_refactor.running.records import plan_record  # noqa: PLC0415

    board = Board(Path(root))
    request = from_options(board.run(run).spec.options)
    keep_context(board, run, request)
    try:
        question = question_for(board.root, request, context_of(board, run))
    except (PlanError, EngineError) as error:
        keep_chosen(board, run, Chosen(read_settings(request.options).model, (), {}, failure=str(error)))
        return
    with suppress(GivenBackError), closing(Ledger(board.layout.run(run))) as ledger:
        keep_chosen(board, run, ask(question, request, run, ledger, plan_record(board, run)))


def _listen(pipe: Connection) -> None:
    with suppress(EOFError, OSError):
        pipe.recv_bytes()
    os._exit(1)


@define
class Asking:
    """The supervisor's side: starts the process, waits for its answer, and does not wait for ever."""

    board: Board
    run: str
    request: RunRequest
    ledger: Ledger
    clock: Clock
    _process: BaseProcess | None = None
    _pipe: Connection | None = None
    _taken: float = 0.0
    _looked: float = 0.0

    def has_answer(self) -> bool:
        """Whether the board has an answer; else see to it that one comes, where the budget has room for it."""
        if chosen_in(self.board, self.run) is not None:
            self.end()
            return True
        if self._process is None:
            if not self.ledger.books.full:
                self._begin()
        elif self._process.exitcode == 0:
            self.end()  # there was no room for it: it is asked when there is
        elif self._process.exitcode is not None:
            self._fail(f"the process that asked has ended with {self._process.exitcode}")
        elif self._has_taken_too_long():
            self._fail(f"it took longer than {self.request.deadline:g} s")
        return False

    def end(self) -> None:
        """End the process, if there is one; its request counts as the most that it can have cost."""
        if self._process is None or self._pipe is None:
            return
        self._pipe.close()
        self._process.kill()
        self._process.join()
        self._process.close()
        self._process = self._pipe = None
        self.ledger.lose(PLAN)

    def _begin(self) -> None:
        model = read_settings(self.request.options).model
        self.board.move_run(self.run, RunState.PLANNING, f"asking {model} which files need the change")
        ours, theirs = CONTEXT.Pipe()
        process = CONTEXT.Process(target=ask_for_run, args=(str(self.board.root), self.run, theirs))
        process.start()
        theirs.close()
        self.clock.tick()  # starting it may have taken seconds
        self._process, self._pipe, self._taken, self._looked = process, ours, 0.0, self.clock.now

    def _fail(self, reason: str) -> None:
        self.end()
        if chosen_in(self.board, self.run) is None:
            log = self.board.layout.run(self.run) / "supervisor.log"
            model = read_settings(self.request.options).model
            keep_chosen(self.board, self.run, Chosen(model, (), {}, failure=f"{reason}: see {log}"))

    def _has_taken_too_long(self) -> bool:
        """Judge by the time that it did not wait for the server's limits."""
        passed, self._looked = self.clock.now - self._looked, self.clock.now
        self._taken += 0.0 if PLAN in self.ledger.books.waiting else passed
        return self._taken > self.request.deadline
