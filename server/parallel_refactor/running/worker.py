"""A worker process: claims tasks and has its engine do them, until none is left.

Two threads stand beside the one that works. One shows that the process still moves. The other listens at the doorbell,
a pipe to the supervisor: a ring means "look at the board", its end means that the supervisor is dead.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path

import psutil
from attrs import field, frozen

from lockboard.board import Board
from lockboard.errors import BoardError, StaleClaimError
from lockboard.life import Life
from lockboard.model import Claim, Note, ProcessKind, RunState, Wish
from parallel_refactor.engines.interface import EngineError, StoppedError
from parallel_refactor.running import keeping, trees
from parallel_refactor.running.desk import Desk
from parallel_refactor.running.guard import Guard
from parallel_refactor.running.handing_in import HandIn, done_in
from parallel_refactor.running.reading import WorkspaceReader, overlay_for
from parallel_refactor.running.task_at_hand import TaskAtHand, patiently

BEAT = 1.0
"""Seconds between two signs of life."""

RING, DONE, NEXT, IDLE = b"!", b"done", b"next", b"idle"
"""All that goes over the doorbell: the supervisor rings; a worker says that it is done with a task, or done and at the
next one, or has none."""


def work(root: str, run: str, pipe: Connection) -> None:
    """Be a worker of a run: what the new process does from its beginning to its end."""
    gc.freeze()  # what was loaded before the fork stays shared: a collection would look at, and so copy, all of it
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the front end to act on
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if sys.platform != "win32" and f"{__package__}.preload" not in sys.modules:
        sys.stderr.write("workers start slowly: their code was not loaded before the fork\n")
    trees.become_reaper()
    sys.dont_write_bytecode = True  # Python may live in the workspace, in .venv
    guard = Guard(Path(root))
    guard.install()
    worker = Worker(Path(root), run, pipe, guard)
    threading.Thread(target=worker.listen, name="doorbell", daemon=True).start()
    threading.Thread(target=worker.beat, name="heartbeat", daemon=True).start()
    worker.run()


@frozen
class _Current:
    """The task at hand, and how its engine hears that it should stop."""

    claim: Claim
    stop: threading.Event = field(factory=threading.Event)


class Worker:
    """Does one task after the other for a run."""

    def __init__(self, root: Path, run: str, pipe: Connection, guard: Guard) -> None:
        self._board = Board(root)
        self._run = run
        self._pipe = pipe
        self._guard = guard
        self._life: Life = self._board.join(ProcessKind.WORKER, os.getpid(), run)
        self._desk = Desk(self._board, run, self._life.process)
        self._rung = threading.Event()
        self._busy = threading.Event()
        self._busy.set()
        self._current: _Current | None = None

    # ---- the three threads

    def run(self) -> None:
        """Claim and do tasks until the board has none, or somebody asks this worker to leave."""
        claim: Claim | None = None
        while claim or not self._should_leave():
            claim = claim or patiently(lambda: self._board.claim(self._run, self._life.process))
            if claim is None:
                self._wait_for_ring()
            else:
                claim = self._do(claim)
        self._life.end()

    def listen(self) -> None:
        """Look at the board whenever the supervisor rings; end at once, with all children, when it is dead."""
        try:
            while self._pipe.recv_bytes():
                self._look()
        except (EOFError, OSError):
            pass  # the other end is gone, and the supervisor with it
        except BoardError:
            traceback.print_exc()
            sys.stderr.flush()
        trees.kill_below(psutil.Process())
        os._exit(1)

    def beat(self) -> None:
        """Show now and then that this process moves, and read what others do: at the end of a task it would delay.

        Not while it waits for a ring: nobody counts on it then, and many such workers would cost much together.
        """
        while True:
            time.sleep(BEAT)
            self._busy.wait()
            with suppress(BoardError):  # whoever works meets it too, and says so; the next beat may come through
                self._life.beat()
                if self._current:
                    self._board.refresh()

    # ---- one task

    def _do(self, claim: Claim) -> Claim | None:
        """Do a task; gives the next one, if it came with handing this one in."""
        self._current = current = _Current(claim)
        following = None
        try:
            following = self._attempt(current)
        except StaleClaimError:
            pass  # somebody ended the task or gave it away: what was done for it is not wanted
        except BoardError as error:
            self._return(claim, str(error))
        finally:
            self._current = None
            self._say(NEXT if following else DONE)
        return following

    def _attempt(self, current: _Current) -> Claim | None:
        self._guard.refused.clear()
        reader = WorkspaceReader(self._board.root, overlay_for(self._board, current.claim))
        task = TaskAtHand(self._board, current.claim, reader)
        try:
            task.read()
            made = self._desk.do(task, current.stop.is_set)
        except StoppedError as stopped:
            with self._keeping(task, done_in(stopped.partial)):
                reason = str(stopped)
                patiently(lambda: self._board.release(task.claim, reason))
        except Exception as error:  # noqa: BLE001  an engine may raise anything
            self._engine_raised(task.claim, error)
        else:
            if self._guard.refused:
                self._fail_trespasser(task.claim)
            elif made.failed:
                self._part_from(task.claim, made.failed)
            else:
                with self._keeping(task, made.new):
                    return self._submit(task.claim, made)
        return None

    def _submit(self, claim: Claim, made: HandIn) -> Claim | None:
        go_on = not self._desk.has_spent_all()
        submit = partial(self._board.submit, claim, made.submission, made.contents, go_on=go_on, doubt=made.doubt)
        return patiently(submit)

    @contextmanager
    def _keeping(self, task: TaskAtHand, done: keeping.Contents) -> Iterator[None]:
        """Keep what was done of files that a person took back, when the task turns out to be no longer ours."""
        try:
            yield
        except StaleClaimError:
            self._keep(task.claim, task.before, done)
            raise

    def _keep(self, claim: Claim, before: keeping.Contents, done: keeping.Contents) -> None:
        patch = keeping.patch_file(self._board, claim.run, claim.task.id, claim.token)
        try:
            keeping.keep(patch, before, keeping.held_part(self._board, done))
        except OSError as error:
            sys.stderr.write(f"what was done before {claim.task.id} was taken back cannot be kept: {error}\n")
            sys.stderr.flush()

    def _engine_raised(self, claim: Claim, error: Exception) -> None:
        if self._guard.refused:
            self._fail_trespasser(claim)
        elif not isinstance(error, EngineError):
            traceback.print_exception(error)
            sys.stderr.flush()
            self._return(claim, f"{type(error).__name__}: {error}")
        elif self._can_split(claim):
            patiently(lambda: self._board.split(claim, tuple((path,) for path in claim.task.files), str(error)))
        else:
            patiently(lambda: self._board.fail(claim, str(error)))

    def _fail_trespasser(self, claim: Claim) -> None:
        place = self._guard.refused[0]
        patiently(
            lambda: self._board.fail(claim, f"the engine tried to write {place} itself: only landing may do that")
        )

    def _part_from(self, claim: Claim, failed: Mapping[str, Note]) -> None:
        """Let the good files go on without those that failed, unless all of them belong together."""
        reason = "; ".join(
            f"{note.path}:{note.line}: {note.reason}" if note.line else f"{note.path}: {note.reason}"
            for note in failed.values()
        )
        if self._can_split(claim):
            good = tuple(path for path in claim.task.files if path not in failed)
            parts = (*((good,) if good else ()), *((path,) for path in failed))
            patiently(lambda: self._board.split(claim, parts, reason))
        else:
            patiently(lambda: self._board.fail(claim, reason, tuple(failed.values())))

    def _return(self, claim: Claim, reason: str) -> None:
        """Give the task back after a failed attempt; the supervisor says when it may be tried again."""
        with suppress(StaleClaimError):
            patiently(lambda: self._board.release(claim, reason, counts=True, rest=True))

    @staticmethod
    def _can_split(claim: Claim) -> bool:
        """Tell whether a task's files may go on apart: those who only come after it do not wait for them then."""
        return len(claim.task.files) > 1 and not claim.task.group

    # ---- between tasks

    def _look(self) -> None:
        self._board.refresh()
        self._rung.set()
        current = self._current
        if current and (self._is_unwanted() or not self._board.is_current(current.claim)):
            current.stop.set()

    def _is_unwanted(self) -> bool:
        process = self._board.state.processes.get(self._life.process)
        return process is None or process.stop

    def _should_leave(self) -> bool:
        run = self._board.run(self._run)
        return (
            self._is_unwanted()
            or run.state is not RunState.RUNNING
            or run.wish in (Wish.CANCEL, Wish.PAUSE)
            or self._desk.has_spent_all()
            or not self._board.state.schedules[self._run].open_tasks
        )

    def _wait_for_ring(self) -> None:
        self._rung.clear()
        self._board.refresh()  # what was rung for before the line above must not be missed
        if not self._should_leave():
            self._say(IDLE)
            self._busy.clear()
            self._rung.wait()
            self._busy.set()

    def _say(self, word: bytes) -> None:
        with suppress(OSError):  # the supervisor is dead: the thread that listens ends this process
            self._pipe.send_bytes(word)
