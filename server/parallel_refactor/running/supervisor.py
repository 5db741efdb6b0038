"""The loop of a run's supervisor: acts on wishes, lands what comes in, and moves the run from state to state.

Everything it decides, it decides from the board: it can be killed at any moment, and its successor goes on.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Protocol

import psutil

from lockboard.board import Board
from lockboard.errors import BoardError, BusyBoardError, DamagedBoardError
from lockboard.model import Run, RunState, Task, TaskState, Wish
from lockboard.state import Schedule
from lockboard.undo import late_saves
from parallel_refactor.planning.interface import PlanError
from parallel_refactor.running import trees
from parallel_refactor.running.abandoned import AbandonedHolds
from parallel_refactor.running.clock import Clock
from parallel_refactor.running.crew import CrewError
from parallel_refactor.running.gating import Gate
from parallel_refactor.running.lander import Lander
from parallel_refactor.running.last_task import last_task
from parallel_refactor.running.request import RunRequest
from parallel_refactor.running.standstill import find_standstill, say_standstill

_TURN = 0.05  # seconds: the longest time until a wish is seen
_LOOK_OVER = 0.1  # seconds between two looks at all tasks
_STANDSTILL = 1.0  # seconds between two looks whether only people can set the run going
_DELETED = 1.0  # seconds between two looks whether the board is still there
_FIRST_REST, _LONGEST_REST = 0.1, 5.0  # seconds from a failed attempt to the next


class Hands(Protocol):
    """Who does the tasks of a run: worker processes, or for an undo the supervisor itself."""

    def plan(self) -> bool:
        """Give the run its tasks; False while that cannot be done yet. Raises PlanError, BoardError."""
        ...

    def tend(self) -> None:
        """Look after those who work. Raises CrewError where nobody can."""
        ...

    def staff(self) -> None:
        """See to it that as many work as there are tasks for."""
        ...

    def dismiss(self) -> bool:
        """Let those go who have no task; True when nobody is left."""
        ...

    def halted(self) -> str:
        """Say why nobody may go on until a person says so; "" while they may."""
        ...

    def wait(self, seconds: float) -> None:
        """Wait until something happens, at most some seconds."""
        ...


class Supervisor:
    """Brings one run to its end."""

    def __init__(self, board: Board, run: str, request: RunRequest, hands: Hands, clock: Clock) -> None:
        self._board = board
        self._name = run
        self._request = request
        self._hands = hands
        self._clock = clock
        self._gate = Gate(board, run, request, lambda unit: bool(self._lander.holds(unit)))
        self._lander = Lander(board, run, clock, self._gate.lets)
        self._abandoned = AbandonedHolds(board, clock)
        self._rests: dict[tuple[str, int], float] = {}
        self._next_look = 0.0
        self._standstill: dict[str, str] = {}
        self._next_standstill = 0.0
        self._looked_at = 0
        self._obeyed = 0
        self._complaint = ""
        self._told_to_go = False
        self._card = board.layout.card
        self._identity = self._card.read_bytes()
        self._next_check = 0.0

    def supervise(self) -> None:
        """Go on until the run has ended, or `go` was called. Raises DamagedBoardError."""
        try:
            self._supervise()
        finally:
            self._gate.end()

    def go(self) -> None:
        """End soon and leave the run as it is, for another supervisor; for signal handlers."""
        self._told_to_go = True

    # ---- one turn

    def _supervise(self) -> None:
        while not (self._told_to_go or self._run.state.ended):
            self._clock.tick()
            if self._clock.now >= self._next_check:
                self._next_check = self._clock.now + _DELETED
                self._end_without_board()
            try:
                self._turn()
                self._complaint = ""
            except DamagedBoardError:
                raise
            except (BoardError, OSError) as error:  # the disk is full, somebody keeps the board: try on
                self._complain(str(error))
            self._hands.wait(_TURN)

    def _turn(self) -> None:
        self._board.refresh()
        try:
            self._hands.tend()
        except CrewError as error:
            self._end_tasks(TaskState.FAILED, str(error))
        self._abandoned.look()
        self._obey()
        if self._run.state is RunState.PLANNING:
            self._plan()
        elif self._run.tasks or self._run.state is not RunState.PAUSED or self._run.wish is Wish.CANCEL:
            wanted = self._run.state is RunState.RUNNING and self._run.wish not in (Wish.CANCEL, Wish.PAUSE)
            self._gate.look(still=self._is_still, wanted=wanted)
            self._lander.work()
            self._look_over()
            self._settle()

    def _obey(self) -> None:
        run = self._run
        if run.wish is Wish.CANCEL:
            self._end_tasks(TaskState.CANCELLED, "the run was cancelled")
        elif run.wished > self._obeyed and run.state is not RunState.PLANNING:
            self._obeyed = run.wished
            if run.wish is Wish.RESUME:
                self._ready_waiting()
                self._gate.trouble = ""
            starts = {RunState.ASKING: (Wish.START, Wish.RESUME), RunState.PAUSED: (Wish.RESUME,)}
            if run.wish in starts.get(run.state, ()):
                halted_in_plan = run.state is RunState.PAUSED and not run.tasks
                self._board.move_run(run.id, RunState.PLANNING if halted_in_plan else RunState.RUNNING)

    def _plan(self) -> None:
        if self._run.wish is Wish.CANCEL:
            if self._hands.dismiss():
                self._finish()
            return
        try:
            # A supervisor that died between the plan and the next state has left the tasks.
            planned = bool(self._run.tasks) or self._hands.plan()
        except BusyBoardError:
            raise
        except (PlanError, BoardError) as error:
            self._board.move_run(self._name, RunState.FAILED, str(error))
            return
        if planned:
            self._board.move_run(self._name, RunState.ASKING if self._request.confirm else RunState.RUNNING)
        elif halted := self._hands.halted():
            self._board.move_run(self._name, RunState.PAUSED, halted)

    def _look_over(self) -> None:
        """Find the tasks that a person cancelled, and those that rest after a failed attempt."""
        if self._clock.now < self._next_look:
            return
        self._next_look = self._clock.now + _LOOK_OVER
        for task in list(self._run.tasks.values()):
            if task.state.ended:
                continue
            if task.cancel:
                self._board.end_task(self._name, task.spec.id, TaskState.CANCELLED, "cancelled")
            elif task.resting:
                self._rest(task)

    def _rest(self, task: Task) -> None:
        tried = task.attempts
        if tried >= self._request.attempts:
            reason = f"{task.reason} (attempt {tried} of {self._request.attempts})"
            self._board.end_task(self._name, task.spec.id, TaskState.FAILED, reason)
            return
        rest = min(_FIRST_REST * 2 ** max(tried - 1, 0), _LONGEST_REST)
        due = self._rests.setdefault((task.spec.id, task.token), self._clock.now + rest)
        if self._clock.now >= due:
            self._board.ready(self._name, task.spec.id)
            del self._rests[task.spec.id, task.token]

    # ---- the run's state

    def _settle(self) -> None:
        run = self._run
        if not self._schedule.open_tasks:
            last = None if run.wish is Wish.CANCEL else last_task(self._board, run.id)
            if last:
                self._board.add_task(run.id, last)
            elif self._hands.dismiss():
                self._finish()
        elif run.wish is Wish.PAUSE or self._halted():
            if self._hands.dismiss() and run.state is not RunState.ASKING and not self._is_landing():
                self._board.move_run(run.id, RunState.PAUSED, self._halted())
        elif run.state in (RunState.RUNNING, RunState.WAITING):
            self._go_on_or_wait(run)

    def _go_on_or_wait(self, run: Run) -> None:
        standstill = self._find_standstill(run)
        if not standstill:
            self._board.move_run(run.id, RunState.RUNNING, self._gate.doing)
            if self._gate.is_open():
                self._hands.staff()
            return
        undecided = [task for task in standstill if run.tasks[task].state is not TaskState.PROPOSED]
        if self._request.held == "skip" and undecided:
            for task in undecided:
                self._board.end_task(run.id, task, TaskState.SKIPPED, standstill[task])
        else:
            self._board.move_run(run.id, RunState.WAITING, say_standstill(run, standstill))
            self._hands.dismiss()

    def _find_standstill(self, run: Run) -> dict[str, str]:
        """Look when the board has changed, and now and then: another run's supervisor may have died."""
        if self._board.state.seq != self._looked_at or self._clock.now >= self._next_standstill:
            self._looked_at, self._next_standstill = self._board.state.seq, self._clock.now + _STANDSTILL
            self._standstill = find_standstill(self._board, run, self._lander.held())
        return self._standstill

    def _halted(self) -> str:
        """Say why nothing goes on until a person has done something; "" while it does."""
        return self._hands.halted() or self._gate.trouble

    def _is_landing(self) -> bool:
        """Whether something complete is on its way into the workspace."""
        coming = self._schedule.landable.keys() - self._lander.held().keys()
        no_trial = self._run.wish is Wish.PAUSE or self._gate.trouble
        return any(map(self._gate.lets, coming)) if no_trial else bool(coming)

    def _is_still(self) -> bool:
        """Whether nobody is at work, and nobody can be: there may be other runs to wait for, and people."""
        run = self._run
        if self._schedule.counts[TaskState.CLAIMED] or any(task.resting for task in run.tasks.values()):
            return False
        return bool(self._halted()) or not self._gate.is_open() or self._board.state.next_task(run) is None

    def _finish(self) -> None:
        run, counts = self._run, self._schedule.counts
        state, reason = RunState.DONE, ""
        if run.wish is Wish.CANCEL and (counts[TaskState.CANCELLED] or not run.tasks):
            state = RunState.CANCELLED
        elif counts[TaskState.FAILED]:
            failed = [task for task in run.tasks.values() if task.state is TaskState.FAILED]
            state, reason = RunState.FAILED, f"{len(failed)} failed, the first because: {failed[0].reason}"
        elif counts[TaskState.CANCELLED] and not counts[TaskState.DONE]:
            state = RunState.CANCELLED
        self._board.move_run(run.id, state, reason, late_saves(self._board, run.id))

    def _end_tasks(self, state: TaskState, reason: str) -> None:
        for task in list(self._run.tasks.values()):
            if not (task.state.ended or task.landing):
                self._board.end_task(self._name, task.spec.id, state, reason)

    def _ready_waiting(self) -> None:
        for task in list(self._run.tasks.values()):
            if task.state is TaskState.WAITING:
                self._board.ready(self._name, task.spec.id)

    # ---- helpers

    def _end_without_board(self) -> None:
        """End at once, with all workers, where the board was deleted: another may be in its place by now."""
        with suppress(OSError):
            if self._card.read_bytes() == self._identity:
                return
        trees.kill_below(psutil.Process())
        os._exit(0)  # whatever would be tidied up is of that board's files

    @property
    def _run(self) -> Run:
        return self._board.run(self._name)

    @property
    def _schedule(self) -> Schedule:
        return self._board.state.schedules[self._name]

    def _complain(self, error: str) -> None:
        if error != self._complaint:
            self._complaint = error
            sys.stderr.write(f"{error} It is tried again.\n")
            sys.stderr.flush()
