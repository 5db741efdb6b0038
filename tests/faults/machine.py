"""Random histories over one board, against a model of what must hold: several runs, workers, people, undo and redo.

The model knows what is in each file, byte by byte, and what may land; `oracle` says what follows from tasks and holds.
By hand: python -m tests.faults.machine
"""

from __future__ import annotations

import argparse
import os
import random
import sys
from collections.abc import Callable, Collection
from functools import partial

import pytest

from lockboard import agents, landing
from lockboard.board import Board
from lockboard.cleaning import clean
from lockboard.digest import digest
from lockboard.errors import BoardError
from lockboard.leaving import leave_out
from lockboard.model import Afterwards, ProcessKind, Run, RunKind, RunSpec, RunState, TaskState, Wish
from lockboard.review import Proposal, accept, proposals, reject
from lockboard.taking import Taken, take
from lockboard.undo import Undo
from tests.faults.machine_setting import CHOICES, FILES, PEOPLE, WORKERS, Step, Tree, plan_of
from tests.faults.machine_workers import Workers
from tests.faults.oracle import units

AGENT = "an agent"
_MOST_RUNS = 4  # that go on at once
_ENDS = (TaskState.CANCELLED, TaskState.SKIPPED)


class BoardMachine(Workers):
    """What supervisors, people and agents do."""

    # ---- runs

    def start(self, step: Step) -> None:
        if len(self.going()) < _MOST_RUNS:
            run = self.lead.add_run(RunSpec("model", "test", review=step.how % 2 == 0))
            self.lead.set_plan(run, plan_of(step.how))
            self.lead.move_run(run, RunState.RUNNING)

    def undo(self, step: Step) -> None:
        going = {run.spec.undoes for run in self.going()}
        ended = [run for run in self.lead.state.runs.values() if run.state.ended and run.id not in going]
        if not ended:
            return
        run = ended[step.which % len(ended)]
        if run.cleaned or run.undone_by:
            with pytest.raises(BoardError):
                Undo(self.lead, run.id)
            return
        plan = Undo(self.lead, run.id).plan()
        assert {path for spec in plan.tasks for path in spec.files} == self._can_be_undone(run)
        undo = self.lead.add_run(RunSpec("undo", "undo", RunKind.UNDO, undoes=run.id))
        self.lead.set_plan(undo, plan.tasks, plan.left)
        self.lead.move_run(undo, RunState.RUNNING)

    def end_run(self, step: Step) -> None:
        finished = [run for run in self.going() if all(task.state.ended for task in run.tasks.values())]
        if finished:
            self.lead.move_run(finished[step.which % len(finished)].id, RunState.DONE)

    def pause_or_resume(self, step: Step) -> None:
        if run := self.one(step.which):
            self.lead.wish(run.id, Wish.RESUME if run.wish is Wish.PAUSE else Wish.PAUSE)

    def leave_out(self, step: Step) -> None:
        if run := self.one(step.which):
            leave_out(self.lead, run.id, [step.path], "a person wants it so")

    def cancel(self, step: Step) -> None:
        run = self.one(step.which)
        if run and run.tasks:
            task = list(run.tasks.values())[step.how % len(run.tasks)]
            had_ended = task.state.ended
            assert self.lead.end_task(run.id, task.spec.id, _ENDS[step.how % 2], "by a person") is not had_ended

    def accept(self, step: Step) -> None:
        self._decide(step, accept)

    def reject(self, step: Step) -> None:
        self._decide(step, reject)

    def _decide(self, step: Step, decide: Callable[[Board, Proposal, str, Collection[str]], None]) -> None:
        run = self.one(step.which, lambda run: proposals(self.lead, run.id))
        proposed = proposals(self.lead, run.id) if run else ()
        if run is None or not proposed:
            return
        proposal = proposed[step.how % len(proposed)]
        part = proposal.files[: step.who]  # none of them: all
        going = [task for task in units(run)[proposal.unit] if not task.state.ended]
        complete = all(task.state in (TaskState.PROPOSED, TaskState.SUBMITTED) for task in going)
        parted = 0 < len(part) < len(proposal.files)
        if (decide is accept and not complete) or (parted and proposal.group):
            with pytest.raises(BoardError):
                decide(self.lead, proposal, "a person", part)
            return
        decide(self.lead, proposal, "a person", part)
        if decide is accept:
            self.wanted |= {(run.id, path) for path in part or proposal.files}

    def make_ready(self, _step: Step) -> None:
        for run in self.going():
            for name, task in list(run.tasks.items()):
                if task.resting or task.state is TaskState.WAITING:
                    self.lead.ready(run.id, name)

    def clean(self, step: Step) -> None:
        assert all(self.lead.run(run).state.ended for run in clean(self.lead, step.how % 4))

    def save_snapshot(self, _step: Step) -> None:
        self.lead.save_snapshot()

    # ---- landing

    def land(self, step: Step) -> None:
        run = self.one(step.which, lambda run: self.lead.state.schedules[run.id].landable)
        if run is None:
            return
        before, expected = dict(self.disk), {}
        changed: dict[str, Tree] = {}
        for unit in self.lead.state.schedules[run.id].landable:
            expected[unit], changed[unit] = self._may_land(run, unit)
        for unit, outcome in landing.land_all(self.lead, run.id, list(expected)).items():
            assert outcome.then in expected[unit], (unit, outcome, expected[unit])
            if outcome.landed:
                assert not run.spec.review or {(run.id, path) for path in changed[unit]} <= self.wanted
                self.disk |= changed[unit]
                self.displaced.setdefault(run.id, {}).update({path: before[path] for path in changed[unit]})

    def _may_land(self, run: Run, unit: str) -> tuple[tuple[Afterwards | None, ...], Tree]:
        """Tell how an attempt to land must end, and what is in the unit's files after it if they land."""
        submissions = [task.submission for task in units(run)[unit] if task.submission]
        files = [change for submission in submissions for change in submission.files]
        changes = [change for change in files if change.changed]
        own = {change.path for change in files}
        relied = [item for submission in submissions for item in submission.relied.items() if item[0] not in own]
        stale = any(digest(self.disk[change.path]) != change.base for change in changes)
        stale = stale or any(digest(self.disk[path]) != wanted for path, wanted in relied)
        held = any(self.lead.state.holds.get(path) for task in units(run)[unit] for path in task.spec.files)
        after = {change.path: self.texts[change.new] for change in changes}
        if stale:
            return (Afterwards.REDO, Afterwards.WAIT), after
        return ((Afterwards.LAND_AGAIN,) if held and changes else (None,)), after

    def _can_be_undone(self, run: Run) -> set[str]:
        """Give the files of the units whose files are all as the run left them, but for those that are back already."""
        found = set[str]()
        done = [task for task in self.lead.run_tasks(run.id).values() if task.state is TaskState.DONE]
        for unit in {task.spec.unit for task in done}:
            submissions = [task.submission for task in done if task.spec.unit == unit and task.submission]
            changes = [change for submission in submissions for change in submission.files if change.changed]
            present = {change: digest(self.disk[change.path]) for change in changes}
            out = [change for change in changes if present[change] != change.base]
            if all(present[change] == change.new for change in out):
                found |= {change.path for change in out}
        return found

    # ---- people and agents

    def save_file(self, step: Step) -> None:
        text = (self.disk[step.path] or b"") + b"*" + self.mark()
        self.save(step.path, text if step.how % 5 else None)

    def hold(self, step: Step) -> None:
        who = step.who % PEOPLE
        self.boards[who].hold(step.path, f"person {who}", self.people[who].process)
        self.held.add((step.path, f"person {who}"))

    def unhold(self, step: Step) -> None:
        who = step.who % PEOPLE
        mine = sorted(path for path, owner in self.held if owner == f"person {who}") or [step.path]
        path = mine[step.how % len(mine)]
        self.boards[who].unhold(path, self.people[who].process)
        self.held.discard((path, f"person {who}"))

    def take(self, step: Step) -> None:
        who = step.who % PEOPLE
        self.lead.refresh()
        lock = self.lead.state.locks.get(step.path)
        proposed = lock is not None and self.lead.state.is_proposed(lock)
        taking = take(self.boards[who], step.path, f"person {who}", self.people[who].process)
        self.held.add((step.path, f"person {who}"))
        assert taking.how is (Taken.TAKEN if lock and not proposed else Taken.FREE)
        self.lead.refresh()
        task = self.lead.run(lock.run).tasks[lock.task] if lock else None
        assert task is None or proposed or not task.state.owns_files, "the worker still has it"

    def leave(self, step: Step) -> None:
        """Have a person's editor die, and another come."""
        who = step.who % PEOPLE
        self.people[who].end()
        self.lead.depart(self.people[who].process, "it died")
        self.people[who] = self.boards[who].join(ProcessKind.SERVER, os.getpid())
        self.held = {(path, owner) for path, owner in self.held if owner != f"person {who}"}

    def lock_for_agent(self, step: Step) -> None:
        paths = list(dict.fromkeys((step.path, FILES[step.how % len(FILES)])))
        self.lead.refresh()
        locks = [self.lead.state.locks[path] for path in paths if path in self.lead.state.locks]
        free = all(map(self.lead.state.is_proposed, locks))
        free = free and all(owner == AGENT for path, owner in self.held if path in paths)
        assert bool(agents.lock(self.lead, paths, AGENT)) is not free
        if free:
            self.held |= {(path, AGENT) for path in paths}

    def unlock_for_agent(self, step: Step) -> None:
        had = {path for path, owner in self.held if owner == AGENT}
        every = step.how % 2 == 0
        gone = had if every else had & {step.path}
        assert set(agents.unlock(self.lead, None if every else [step.path], AGENT)) == gone
        self.held -= {(path, AGENT) for path in gone}


def try_at_random(seed: int, steps: int) -> None:
    """Play a history of so many steps; where something does not hold, show the shortest part of it that does it too."""
    dice = random.Random(seed)
    number = partial(dice.randrange, 1000)
    history = [
        Step(dice.choice(CHOICES), dice.randrange(WORKERS), number(), number(), dice.choice(FILES))
        for _ in range(steps)
    ]
    if (error := play(history)) is not None:
        history = _shortest(history, type(error))
        raise AssertionError(f"seed {seed}:\n" + "\n".join(map(repr, history))) from play(history)


def play(history: list[Step]) -> Exception | None:
    """Play a history from the beginning; gives what went wrong."""
    machine = BoardMachine()
    try:
        machine.begin()
        for step in history:
            machine.play(step)
            machine.all_is_well()
    except Exception as error:  # noqa: BLE001  whatever is wrong is looked at
        return error
    finally:
        machine.teardown()
    return None


def _shortest(history: list[Step], wrong: type[Exception]) -> list[Step]:
    """Leave out whatever can be left out, first in large parts."""
    size = len(history)
    while size:
        at = 0
        while at < len(history):
            less = history[:at] + history[at + size :]
            if isinstance(play(less), wrong):
                history = less
            else:
                at += size
        size //= 2
    return history


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.machine", description=__doc__)
    parser.add_argument("--histories", type=int, default=300)
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    for seed in range(arguments.seed, arguments.seed + arguments.histories):
        try_at_random(seed, arguments.steps)
    print(f"{arguments.histories} histories of {arguments.steps} steps, all as they must be")
    return 0


if __name__ == "__main__":
    sys.exit(main())
