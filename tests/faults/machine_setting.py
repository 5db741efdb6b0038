"""What random histories of a board begin with and what must hold after each step: the base of `machine`."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from attrs import define, field, frozen
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from msgspec.structs import replace

from lockboard.board import Board
from lockboard.digest import digest
from lockboard.life import Life
from lockboard.model import Claim, ProcessKind, Run, RunState, TaskSpec, TaskState
from tests.faults.oracle import check_state, check_views

FILES = ("a", "b", "c", "d", "n/e", "n/m/f")
WORKERS, PEOPLE = 3, 2

Tree = dict[str, bytes | None]

_OFTEN = (
    ("claim", "submit", "land") * 9 + ("accept",) * 6 + ("start", "end_run", "undo", "unhold", "unlock_for_agent") * 3
)
_SELDOM = (
    *(
        "make_ready",
        "extend",
        "give_up",
        "die",
        "open_again",
        "pause_or_resume",
        "leave_out",
        "cancel",
        "reject",
        "clean",
        "save_snapshot",
    ),
    *("save_file", "hold", "take", "leave", "lock_for_agent"),
)
"""The steps; without those that are taken often few histories come to a landing, and fewer to an undo."""


@frozen
class Step:
    """What is done next, by which worker or person, and where: the numbers choose among what there is."""

    what: str
    who: int
    which: int
    how: int
    path: str


CHOICES = _OFTEN + _SELDOM
steps = st.builds(
    Step,
    st.sampled_from(CHOICES),
    st.integers(0, WORKERS - 1),
    st.integers(0, 999),
    st.integers(0, 999),
    st.sampled_from(FILES),
)


@frozen
class Work:
    """What a worker holds of a task: the claim, and the files as it read them."""

    claim: Claim
    read: Tree


@define
class Worker:
    """A worker, with a life in each run that it has worked for."""

    board: Board
    lives: dict[str, Life] = field(factory=dict)
    works: list[Work] = field(factory=list)


def plan_of(number: int) -> tuple[TaskSpec, ...]:
    """Cut some files into tasks, of which some hang together and some wait for others; each number has its plan."""
    dice = random.Random(number)
    files = dice.sample(FILES, dice.randint(1, len(FILES)))
    specs: list[TaskSpec] = []
    while files:
        size, group = dice.randint(1, 3), dice.choice(("", "", "g", "h"))
        mates = [spec.id for spec in specs if group and spec.group == group]
        needs = tuple(mates[-1:]) if dice.random() < 0.5 else ()
        others = [spec.id for spec in specs if not group and not spec.group]
        after = tuple(dice.sample(others, dice.randint(0, min(2, len(others)))))
        specs.append(TaskSpec(f"t{len(specs)}", tuple(files[:size]), dice.randint(0, 3), group, after, needs))
        files = files[size:]
    return tuple(specs)


class Setting(RuleBasedStateMachine):
    """Workers and people with a Board object each, as if they were processes, and a supervisor of all runs.

    `disk` is what must be in each file, `texts` all that ever was in one, `displaced` what each run landed over;
    `wanted` are the files of runs under review that people have accepted.
    """

    @initialize()
    def begin(self) -> None:
        self.root = Path(tempfile.mkdtemp()).resolve()
        self.disk: Tree = dict.fromkeys(FILES)
        self.texts: dict[str, bytes | None] = {digest(None): None}
        self.displaced: dict[str, Tree] = {}
        self.token = self.marks = 0
        for name in FILES[:4]:
            self.save(name, name.encode())
        self.lead = Board(self.root, create=True)
        self.workers = [Worker(Board(self.root)) for _ in range(WORKERS)]
        self.boards = [Board(self.root) for _ in range(PEOPLE)]
        self.people = [board.join(ProcessKind.SERVER, os.getpid()) for board in self.boards]
        self.held: set[tuple[str, str]] = set()
        self.wanted: set[tuple[str, str]] = set()
        self.ended: dict[tuple[str, str], TaskState] = {}

    @rule(step=steps)
    def play(self, step: Step) -> None:
        """Take a step: one rule for all, because Hypothesis leaves out some rules of each history."""
        getattr(self, step.what)(step)

    def save(self, name: str, text: bytes | None) -> None:
        """Have a person save or delete a file."""
        path = self.root / name
        if text is None:
            path.unlink(missing_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text)
        self.disk[name] = self.texts[digest(text)] = text

    def going(self) -> list[Run]:
        """Give the runs that have not ended."""
        self.lead.refresh()
        return [run for run in self.lead.state.runs.values() if not run.state.ended]

    def one(self, which: int, is_fit: Callable[[Run], object] = bool) -> Run | None:
        """Give one of the runs that go on; mostly one that is fit, where there is any."""
        going = self.going()
        chosen = [run for run in going if which % 8 and is_fit(run)] or going
        return chosen[which // 8 % len(chosen)] if chosen else None

    def mark(self) -> bytes:
        """Give something that was never written before."""
        self.marks += 1
        return b"%d" % self.marks

    @invariant()
    def all_is_well(self) -> None:
        """Look at everything that must hold after each step."""
        self.files_are_as_they_must_be()
        self.all_agree()
        self.all_follows()
        self.what_ended_stays_so()

    def files_are_as_they_must_be(self) -> None:
        for name, text in self.disk.items():
            path = self.root / name
            found = path.read_bytes() if path.exists() else None
            assert found == text, f"{name} is {found!r}, not {text!r}"

    def all_agree(self) -> None:
        self.lead.refresh()
        state = self.lead.state
        for board in (*self.boards, *(one.board for one in self.workers)):
            board.refresh()
            assert board.state.locks == state.locks
            assert board.state.holds == state.holds
            assert board.state.processes == state.processes
            for run in state.runs.values():
                known = board.state.runs[run.id]
                assert replace(known, tasks=run.tasks) == run
                assert not (known.tasks and run.tasks) or known.tasks == run.tasks

    def all_follows(self) -> None:
        check_state(self.lead)
        check_views(self.lead)
        holds = {(path, hold.owner) for path, holds in self.lead.state.holds.items() for hold in holds.values()}
        assert holds == self.held

    def what_ended_stays_so(self) -> None:
        for run in self.lead.state.runs.values():
            for task in run.tasks.values():
                key = (run.id, task.spec.id)
                assert self.ended.get(key, task.state) is task.state, f"{key} is {task.state}"
                if task.state.ended:
                    self.ended[key] = task.state
            assert not run.state.ended or run.state in (RunState.DONE, RunState.UNDONE)

    def teardown(self) -> None:
        if hasattr(self, "root"):
            for board in (self.lead, *self.boards, *(one.board for one in self.workers)):
                board.close()
            shutil.rmtree(self.root)
