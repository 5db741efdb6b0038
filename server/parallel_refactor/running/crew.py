"""The worker processes of a run, from the supervisor's side: started, rung, watched, ended."""

from __future__ import annotations

import multiprocessing
import signal
import sys
import time
from collections.abc import Iterable
from multiprocessing import connection
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

import psutil
from attrs import define

from lockboard.board import Board
from lockboard.life import last_beat
from lockboard.model import Process, ProcessKind, TaskState
from parallel_refactor.running import trees
from parallel_refactor.running.choice import Choice
from parallel_refactor.running.clock import Clock
from parallel_refactor.running.planner import plan_run
from parallel_refactor.running.request import RunRequest
from parallel_refactor.running.worker import IDLE, RING, work

_PATIENCE = 2.0  # seconds from a ring to SIGTERM
_LAST_PATIENCE = 1.0  # from there to SIGKILL
_LOOK = 0.5  # seconds between two looks at a sign of life
_STILLBORN = 5  # so many workers in a row that die before they join: something is wrong with all of them
_HANDLES = 60  # Windows waits for no more than this many things at once

if sys.platform == "win32":
    _context = multiprocessing.get_context("spawn")
else:
    _context = multiprocessing.get_context("forkserver")
    _context.set_forkserver_preload([work.__module__])


class CrewError(Exception):
    """No worker can be started. The message says where to look."""


@define(eq=False)
class _Member:
    """A worker process as the supervisor sees it; times are those of the supervisor's clock.

    `token`: of the claim that was seen last, 0 for none; `said`: it has rung since it took that claim. `idle`: it waits
    for a ring. `asked`: when it was asked to stop what it does; `leaving`: it should end then. `blame`: why its death
    counts against its task.
    """

    process: BaseProcess
    pipe: Connection
    tree: psutil.Process | None
    id: str = ""
    token: int = 0
    began: float = 0.0
    said: bool = False
    idle: bool = False
    asked: float | None = None
    leaving: bool = False
    blame: str = ""
    beat: float = 0.0
    beat_seen: float = 0.0
    deaf: bool = False


class Crew:
    """Up to `request.workers` worker processes, never more than there is work for."""

    def __init__(self, board: Board, run: str, request: RunRequest, choice: Choice, clock: Clock) -> None:
        self._board = board
        self._run = run
        self._request = request
        self._choice = choice
        self._clock = clock
        self._members: list[_Member] = []
        self._stillborn = 0
        self._next_start = 0.0
        self._next_look = 0.0
        self._helpers: set[psutil.Process] = set()
        self._have_helpers()  # loads the workers' code while the run is planned

    # ---- what the supervisor asks for

    def plan(self) -> bool:
        """Give the run its tasks; raises PlanError, BoardError."""
        plan_run(self._board, self._run, self._request, self._choice)
        return True

    def tend(self) -> None:
        """Look after every worker: who died, who hangs, who takes too long, who should stop. Raises CrewError."""
        self._learn_names()
        looking = self._clock.now >= self._next_look
        if looking:
            self._next_look = self._clock.now + _LOOK
        for member in self._members:
            self._follow_claim(member)
            if looking:
                self._judge(member)
            if member.asked is not None:
                self._press(member, self._clock.now - member.asked)
        # Last, because it writes: a worker that was stopped while it had the board must have been ended before.
        for member in [member for member in self._members if member.process.exitcode is not None]:
            self._bury(member)

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
            self._ring(member)
        if self._clock.now >= self._next_start:
            for _ in range(missing):
                self._start()

    def dismiss(self) -> bool:
        """Ask all workers without a task to leave; True when there is none left."""
        for member in self._members:
            if not member.token:
                self._ask(member, leaving=True)
        return not self._members

    def wait(self, seconds: float) -> None:
        """Wait until a worker rings or ends, at most some seconds."""
        if not self._members:
            time.sleep(seconds)
            return
        pipes = [member.pipe for member in self._members if not member.deaf]
        awaited: list[Connection | int] = [*pipes, *(member.process.sentinel for member in self._members)]
        happened = set(connection.wait(awaited[:_HANDLES] if sys.platform == "win32" else awaited, seconds))
        for member in self._members:
            if member.pipe in happened or sys.platform == "win32":
                self._listen(member)

    def kill(self) -> None:
        """End all workers and what they started, at once."""
        for member in self._members:
            member.leaving = True
            _kill(member)
        for member in list(self._members):
            member.process.join(_LAST_PATIENCE)
            if member.process.exitcode is not None:
                self._bury(member)

    # ---- one worker's beginning and end

    def _start(self) -> None:
        self._have_helpers()
        ours, theirs = _context.Pipe()
        process = _context.Process(target=work, args=(str(self._board.root), self._run, theirs))
        process.start()
        theirs.close()
        try:
            tree = psutil.Process(process.pid)
        except psutil.NoSuchProcess:
            tree = None
        self._members.append(_Member(process, ours, tree, began=self._clock.now, beat_seen=self._clock.now))

    def _have_helpers(self) -> None:
        """Have multiprocessing's own children of this process running, and know them from those of dead workers."""
        if sys.platform != "win32" and not (self._helpers and all(map(_is_running, self._helpers))):
            from multiprocessing import forkserver  # noqa: PLC0415  does not exist on Windows

            before = set(psutil.Process().children())
            forkserver.ensure_running()
            kept = set(filter(_is_running, self._helpers))
            self._helpers = kept | (set(psutil.Process().children()) - before)

    def _bury(self, member: _Member) -> None:
        self._learn_names()
        reason, counts = self._obituary(member)
        _kill(member)  # what it started; and itself, if only the process that forks workers has died
        trees.kill_below(psutil.Process(), spare=self._spared(member))
        if member.id:
            self._board.depart(member.id, reason, counts=counts)
        elif not member.leaving:
            self._stillborn += 1
            self._next_start = self._clock.now + 0.1 * 2**self._stillborn
        self._members.remove(member)
        member.pipe.close()
        member.process.close()
        if self._stillborn >= _STILLBORN:
            raise CrewError(
                f"workers end before they begin ({reason}): see {self._board.layout.run(self._run)}/supervisor.log"
            )

    def _spared(self, dead: _Member) -> set[int]:
        living = {member.process.pid for member in self._members if member is not dead and member.process.pid}
        return {helper.pid for helper in self._helpers} | living

    @staticmethod
    def _obituary(member: _Member) -> tuple[str, bool]:
        status = member.process.exitcode or 0
        if member.blame:
            return member.blame, True
        if member.leaving or member.asked is not None or status == 0:
            return "its worker left", False
        if status < 0:
            return f"its worker was ended by signal {-status} ({signal.strsignal(-status)})", True
        return f"its worker ended with status {status}", True

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

    def _follow_claim(self, member: _Member) -> None:
        process = self._board.state.processes.get(member.id)
        if process is None:
            return
        task = self._board.run(self._run).tasks.get(process.task)
        token = task.token if task else 0
        if token != member.token:
            self._listen(member)  # what it rang before this claim must not count for it
            if token:
                member.began, member.said, member.idle = self._clock.now, False, False
                member.asked = member.asked if member.leaving else None
            elif not member.said:
                self._ask(member, leaving=False)  # its task was ended or given away under it
            member.token = token
        if process.stop:
            self._ask(member, leaving=True)

    def _judge(self, member: _Member) -> None:
        beat = last_beat(self._board.layout.alive, member.id) if member.id else 0.0
        if beat != member.beat:
            member.beat, member.beat_seen = beat, self._clock.now
        if self._clock.now - member.beat_seen > self._request.lease:
            member.blame = f"its worker showed no sign of life for {self._request.lease:g} s"
            _kill(member)
        elif member.token and self._clock.now - member.began > self._request.deadline:
            member.blame = f"it took longer than {self._request.deadline:g} s"
            _kill(member)

    # ---- the doorbell

    def _ask(self, member: _Member, *, leaving: bool) -> None:
        if member.asked is None:
            member.asked = self._clock.now
            self._ring(member)
        elif leaving and not member.leaving:
            self._ring(member)
        member.leaving = member.leaving or leaving

    def _press(self, member: _Member, waited: float) -> None:
        if waited > _PATIENCE + _LAST_PATIENCE:
            _kill(member)
        elif waited > _PATIENCE:
            member.process.terminate()

    @staticmethod
    def _ring(member: _Member) -> None:
        member.idle = False
        try:
            member.pipe.send_bytes(RING)
        except OSError:
            member.deaf = True  # it is dying: its end is on the way

    @staticmethod
    def _listen(member: _Member) -> None:
        try:
            while not member.deaf and member.pipe.poll():
                member.idle = member.pipe.recv_bytes() == IDLE
                member.said = True
                member.asked = member.asked if member.leaving else None
        except (EOFError, OSError):
            member.deaf = True


def _kill(member: _Member) -> None:
    if member.tree is not None:
        trees.kill_tree(member.tree)


def _is_running(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
