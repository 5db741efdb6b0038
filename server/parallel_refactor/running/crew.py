"""The worker processes of a run, from the supervisor's side: started, rung, watched, ended."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import psutil

from lockboard.board import Board
from lockboard.life import last_beat
from lockboard.model import Process, ProcessKind, TaskState
from parallel_refactor.running import trees
from parallel_refactor.running.choice import Choice
from parallel_refactor.running.clock import Clock
from parallel_refactor.running.doorbells import Doorbells
from parallel_refactor.running.forking import CONTEXT
from parallel_refactor.running.member import LAST_PATIENCE, Member
from parallel_refactor.running.planner import plan_run
from parallel_refactor.running.request import RunRequest
from parallel_refactor.running.worker import work

if TYPE_CHECKING:
    from parallel_refactor.running.asking import Asking
    from parallel_refactor.running.ledger import Ledger

_LOOK = 0.5  # seconds between two looks at a sign of life
_STILLBORN = 5  # so many workers in a row that die before they join: something is wrong with all of them
_GLANCE = 0.01  # seconds between two looks whether others changed the board, while workers wait


class CrewError(Exception):
    """No worker can be started. The message says where to look."""


class Crew:
    """Up to `request.workers` worker processes, never more than there is work for."""

    def __init__(self, board: Board, run: str, request: RunRequest, choice: Choice, clock: Clock) -> None:
        self._board = board
        self._run = run
        self._request = request
        self._choice = choice
        self._clock = clock
        self._members: list[Member] = []
        self._doorbells = Doorbells()
        self._stillborn = 0
        self._next_start = 0.0
        self._looked = 0.0
        self._helpers: set[psutil.Process] = set()
        self._ledger = self._open_ledger()
        self._asking = self._prepare_to_ask()
        if sys.platform != "win32":
            CONTEXT.set_forkserver_preload([f"{__package__}.preload", *choice.preload])
        self._have_helpers()  # loads the workers' code while the run is planned

    # ---- what the supervisor asks for

    def plan(self) -> bool:
        """Give the run its tasks, perhaps after a model was asked which files need the change.

        Raises PlanError, BoardError.
        """
        if self._asking and not self._asking.has_answer():
            return False
        plan_run(self._board, self._run, self._request, self._choice)
        return True

    def tend(self) -> None:
        """Look after every worker: who died, who hangs, who takes too long, who should stop. Raises CrewError."""
        self._learn_names()
        if self._ledger:
            self._ledger.refresh()
        passed = self._clock.now - self._looked
        looking = passed >= _LOOK
        self._looked += passed if looking else 0.0
        for member in self._members:
            self._follow(member)
            if looking:
                self._judge(member, passed)
            member.press()
        # Last, because it writes: a worker that was stopped while it had the board must have been ended before.
        self._bury([member for member in self._members if member.stirred and member.is_dead])

    def halted(self) -> str:
        """Say why no request to a model may be sent any more; "" while one may."""
        return self._ledger.books.full if self._ledger else ""

    def staff(self) -> None:
        """Start workers and ring those who wait, as far as there are tasks to claim."""
        state = self._board.state
        if state.next_task(self._board.run(self._run)) is None:
            return
        work_for = state.schedules[self._run].counts[TaskState.READY]
        waiting = [member for member in self._members if member.idle and not member.leaving]
        coming = sum(not (member.token or member.idle or member.leaving) for member in self._members)
        missing = min(self._request.workers - len(self._members), work_for - len(waiting) - coming)
        for member in waiting[:work_for]:
            member.ring()
        if self._clock.now >= self._next_start:
            for _ in range(missing):
                self._start()

    def dismiss(self) -> bool:
        """Ask all workers without a task to leave; True when there is none left."""
        if self._asking:
            self._asking.end()
        for member in self._members:
            if not member.token:
                member.ask(leaving=True)
        return not self._members

    def wait(self, seconds: float) -> None:
        """Wait until a worker stirs, or others change the board while workers wait, at most some seconds."""
        if not self._members:
            time.sleep(seconds)
            return
        end = time.monotonic() + seconds
        glance = _GLANCE if any(member.idle for member in self._members) else seconds
        while (left := end - time.monotonic()) > 0:
            if self._doorbells.wait(min(glance, left)) or self._board.behind():
                return

    def kill(self) -> None:
        """End all workers and what they started, at once."""
        if self._asking:
            self._asking.end()
        for member in self._members:
            member.leaving = True
            member.kill()
        for member in list(self._members):
            member.process.join(LAST_PATIENCE)
        self._bury([member for member in self._members if member.is_dead])

    # ---- one worker's beginning and end

    def _start(self) -> None:
        self._have_helpers()
        ours, theirs = CONTEXT.Pipe()
        process = CONTEXT.Process(target=work, args=(str(self._board.root), self._run, theirs))
        process.start()
        theirs.close()
        member = Member(process, ours, self._clock)
        self._members.append(member)
        self._doorbells.add(member)

    def _have_helpers(self) -> None:
        """Have multiprocessing's own children of this process running, and know them from those of dead workers."""
        if sys.platform != "win32" and not (self._helpers and all(map(_is_running, self._helpers))):
            from multiprocessing import forkserver  # noqa: PLC0415  does not exist on Windows

            before = set(psutil.Process().children())
            forkserver.ensure_running()
            kept = set(filter(_is_running, self._helpers))
            self._helpers = kept | (set(psutil.Process().children()) - before)

    def _bury(self, dead: Sequence[Member]) -> None:
        if not dead:
            return
        self._board.refresh()  # all that they wrote
        self._learn_names()
        obituaries = [(member, *member.obituary()) for member in dead]
        for member in dead:
            member.kill()  # itself, if only the process that forks workers has died
        trees.kill_below(psutil.Process(), spare=self._spared(dead))  # what they had started is ours now
        for member, reason, counts in obituaries:
            self._take_note(member, reason, counts=counts)

    def _take_note(self, member: Member, reason: str, *, counts: bool) -> None:
        """Put a worker's end on the board. Raises CrewError, BoardError."""
        if member.id:
            if self._ledger:
                self._ledger.lose(member.id)
            self._board.depart(member.id, reason, counts=counts)
        elif not member.leaving:
            self._stillborn += 1
            self._next_start = self._clock.now + 0.1 * 2**self._stillborn
        self._members.remove(member)
        self._doorbells.remove(member)
        member.close()
        if self._stillborn >= _STILLBORN:
            log = self._board.layout.run(self._run) / "supervisor.log"
            raise CrewError(f"workers end before they begin ({reason}): see {log}")

    def _spared(self, dead: Sequence[Member]) -> set[int]:
        living = {member.process.pid for member in self._members if member not in dead and member.process.pid}
        return {helper.pid for helper in self._helpers} | living

    # ---- watching

    def _learn_names(self) -> None:
        unnamed = {member.process.pid: member for member in self._members if not member.id}
        if not unnamed:
            return
        for process in self._own_processes():
            if process.pid in unnamed:
                unnamed[process.pid].id = process.id
                self._stillborn = 0

    def _own_processes(self) -> Iterable[Process]:
        named = {member.id for member in self._members}
        for process in self._board.state.processes.values():
            if process.run == self._run and process.kind is ProcessKind.WORKER and process.id not in named:
                yield process

    def _judge(self, member: Member, passed: float) -> None:
        if self._ledger and member.id in self._ledger.books.waiting:
            member.excuse(passed)
        beat = last_beat(self._board.layout.alive, member.id) if member.id else 0.0
        member.judge(beat, self._request.lease, self._request.deadline)

    def _open_ledger(self) -> Ledger | None:
        """Open what workers share about requests to a model. Those of an earlier supervisor are dead."""
        if self._request.engine != "claude":
            return None
        from parallel_refactor.running.ledger import Ledger  # noqa: PLC0415  nobody else needs it

        ledger = Ledger(self._board.layout.run(self._run))
        ledger.lose()
        if ledger.books.cap is None:
            ledger.cap(self._request.max_cost, self._request.max_tokens)
        return ledger

    def _prepare_to_ask(self) -> Asking | None:
        if not (self._request.choose and self._ledger):
            return None
        from parallel_refactor.running.asking import Asking  # noqa: PLC0415  nobody else needs it

        return Asking(self._board, self._run, self._request, self._ledger, self._clock)

    def _follow(self, member: Member) -> None:
        process = self._board.state.processes.get(member.id)
        if process is None:
            return
        task = self._board.run(self._run).tasks.get(process.task)
        member.follow(task.token if task else 0)
        if process.stop:
            member.ask(leaving=True)


def _is_running(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
