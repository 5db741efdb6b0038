"""Random histories of workers, people, landings and deaths over one board, against a model of what must hold."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from lockboard import landing
from lockboard.board import Board
from lockboard.digest import digest
from lockboard.errors import StaleClaimError
from lockboard.life import Life
from lockboard.model import Claim, FileChange, ProcessKind, RunSpec, RunState, Submission, TaskSpec, TaskState

FILES = tuple("abcdefgh")
WORKERS = st.integers(0, 2)


class BoardMachine(RuleBasedStateMachine):
    """Three workers and a person with a board object each, as if they were processes."""

    @initialize(cuts=st.lists(st.integers(1, 3), min_size=4, max_size=4), grouped=st.booleans())
    def begin(self, cuts: list[int], grouped: bool) -> None:
        self.root = Path(tempfile.mkdtemp()).resolve()
        for name in FILES:
            (self.root / name).write_bytes(name.encode())
        self.lead = Board(self.root, create=True)
        self.run = self.lead.add_run(RunSpec("model", "test"))
        names, tasks = list(FILES), []
        for number, cut in enumerate(cuts):
            files, names = tuple(names[:cut]), names[cut:]
            joined = grouped and number in (1, 2)
            needs = ("t1",) if joined and number == 2 else ()
            if files:
                tasks.append(TaskSpec(f"t{number}", files, number, group="g" if joined else "", needs=needs))
        self.lead.set_plan(self.run, tuple(tasks))
        self.lead.move_run(self.run, RunState.RUNNING)
        self.boards = [Board(self.root) for _ in range(3)]
        self.lives: list[Life] = [board.join(ProcessKind.WORKER, os.getpid(), self.run) for board in self.boards]
        self.person = self.lead.join(ProcessKind.SERVER, os.getpid()).process
        self.claims: list[list[Claim]] = [[], [], []]
        self.tokens: list[int] = []
        self.typed: dict[str, int] = {}
        self.done: set[str] = set()

    @rule(who=WORKERS)
    def claim(self, who: int) -> None:
        claim = self.boards[who].claim(self.run, self.lives[who].process)
        if claim:
            assert not self.tokens or claim.token > self.tokens[-1], "a token did not grow"
            assert claim.task.id not in self.done, "a finished task ran again"
            self.tokens.append(claim.token)
            self.claims[who].append(claim)

    @rule(who=WORKERS, old=st.booleans())
    def submit(self, who: int, old: bool) -> None:
        if not self.claims[who]:
            return
        claim = self.claims[who][0 if old else -1]
        data = {path: (self.root / path).read_bytes() for path in claim.task.files}
        files = tuple(FileChange(path, digest(text), digest(text + b"+")) for path, text in data.items())
        contents = {path: text + b"+" for path, text in data.items()}
        task = self.boards[who].run(self.run).tasks[claim.task.id]
        self.boards[who].refresh()
        current = task.token == claim.token and task.state is TaskState.CLAIMED
        if current:
            self.boards[who].submit(claim, Submission(files), contents)
        else:
            with pytest.raises(StaleClaimError):
                self.boards[who].submit(claim, Submission(files), contents)

    @rule(who=WORKERS, counts=st.booleans())
    def die(self, who: int, counts: bool) -> None:
        self.lives[who].end()
        self.lead.depart(self.lives[who].process, "died", counts=counts)
        self.lives[who] = self.boards[who].join(ProcessKind.WORKER, os.getpid(), self.run)

    @rule()
    def rest_over(self) -> None:
        for name, task in self.lead.run(self.run).tasks.items():
            if task.resting or task.state is TaskState.WAITING:
                self.lead.ready(self.run, name)

    @rule(path=st.sampled_from(FILES))
    def type_and_save(self, path: str) -> None:
        with (self.root / path).open("ab") as file:
            file.write(b"*")
        self.typed[path] = self.typed.get(path, 0) + 1

    @rule(path=st.sampled_from(FILES))
    def hold(self, path: str) -> None:
        self.lead.hold(path, "Ada", self.person)

    @rule(path=st.sampled_from(FILES))
    def unhold(self, path: str) -> None:
        self.lead.unhold(path, self.person)

    @rule()
    def land(self) -> None:
        self.lead.refresh()
        run, units = self.lead.run(self.run), list(self.lead.state.schedules[self.run].landable)
        held = {unit for unit in units if self.lead.state.held_in(run, unit)}
        before = {path: (self.root / path).read_bytes() for path in FILES}
        for unit, outcome in landing.land_all(self.lead, self.run, units).items():
            tasks = self.lead.state.unit_tasks(run, unit)
            if outcome.landed:
                assert unit not in held, "landed under a person's hold"
                self.done |= {task.spec.id for task in tasks}
            else:
                paths = [path for task in tasks for path in task.spec.files]
                assert [before[path] for path in paths] == [(self.root / path).read_bytes() for path in paths]

    @precondition(lambda self: len(self.done) == 0)
    @rule(task=st.sampled_from(("t0", "t3")))
    def cancel(self, task: str) -> None:
        if task in self.lead.run(self.run).tasks:
            self.lead.end_task(self.run, task, TaskState.CANCELLED, "by a person")

    @invariant()
    def files_are_whole(self) -> None:
        """Each file has what the person typed, and the task's mark once if it is done, never else."""
        state = self.lead.state
        self.lead.refresh()
        owner = {path: task for task in self.lead.run(self.run).tasks.values() for path in task.spec.files}
        for path in FILES:
            text = (self.root / path).read_bytes()
            assert text.count(b"*") == self.typed.get(path, 0), f"typed text lost in {path}"
            landed = path in owner and owner[path].state is TaskState.DONE
            assert text.count(b"+") == landed, f"{path}: {text!r}"
        for lock in state.locks.values():
            assert owner[lock.path].spec.id == lock.task

    @invariant()
    def all_agree(self) -> None:
        self.lead.refresh()
        for board in self.boards:
            board.refresh()
            assert board.state.runs == self.lead.state.runs
            assert board.state.locks == self.lead.state.locks
        shown = {path.name for path in (self.root / ".task_board/locks").iterdir()}
        assert shown == {f"{key}.lock" for key in {*self.lead.state.locks, *self.lead.state.holds}}

    def teardown(self) -> None:
        for board in (*getattr(self, "boards", ()), *((self.lead,) if hasattr(self, "lead") else ())):
            board.close()
        if hasattr(self, "root"):
            shutil.rmtree(self.root)


BoardMachine.TestCase.settings = settings(
    max_examples=25, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck)
)
TestBoardMachine = BoardMachine.TestCase
