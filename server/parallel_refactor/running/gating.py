"""A run's gate, from the supervisor's side: what workers hand in lands only after the gate has passed over it.

Nothing of it is on the board: what is handed in and not landed has to pass, whoever supervises the run by then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

import psutil
from attrs import define, field, frozen

from lockboard import landing
from lockboard.board import Board
from lockboard.model import ABSENT, Task, TaskState
from parallel_refactor.running import trees
from parallel_refactor.running.forking import CONTEXT
from parallel_refactor.running.request import RunRequest
from parallel_refactor.running.shadow import shadows
from parallel_refactor.running.trial import Results, Verdict, hold_trial

_MOST_DEATHS = 3
_PATIENCE = 1.0  # seconds

Tokens = tuple[tuple[str, int], ...]
"""The tasks of a unit that have handed something in, with their tokens: another result has another token."""


@define
class Gate:
    """Decides which complete units may land. Only in the run's supervisor.

    `is_held` tells whether a person keeps a unit from landing. `doing` is what it does just now. `trouble`: why nothing
    can pass until a person has mended something; then it is to be emptied.
    """

    board: Board
    run: str
    request: RunRequest
    is_held: Callable[[str], bool]
    doing: str = ""
    trouble: str = ""
    _begun: bool = False
    _passed: Mapping[str, Tokens] = field(factory=dict)
    _trial: _Trial | None = None
    _deaths: int = 0

    def lets(self, unit: str) -> bool:
        """Whether a complete unit may land, as its tasks are now."""
        return not self.request.gate or (unit in self._passed and self._passed[unit] == self._tokens(unit))

    def is_open(self) -> bool:
        """Whether work may begin: the workspace has passed as it was before."""
        tasks = self.board.run(self.run).tasks.values()
        self._begun = self._begun or not self.request.gate or any(task.token for task in tasks)
        return self._begun

    def look(self, *, still: Callable[[], bool], wanted: bool) -> None:
        """Begin a trial, see to one, or end it. `still`: no task is at work; `wanted`: the run is to go on."""
        if self._trial:
            self._follow(self._trial, wanted=wanted)
        elif self.request.gate and wanted and not self.trouble and still():
            self._begin()

    def end(self) -> None:
        """End what is under way at once, with all that it has started."""
        if self._trial:
            self._trial.end()
        self._trial, self.doing = None, ""

    # ---- a trial

    def _begin(self) -> None:
        units = self._complete() if self.is_open() else {}
        if units or not self.is_open():
            self._passed = {}
            place = shadows(self.board.root, self.run) / "gate"
            ours, theirs = CONTEXT.Pipe()
            arguments = (str(self.board.root), str(place), self.request, units, theirs)
            process = CONTEXT.Process(target=hold_trial, args=arguments)
            process.start()
            theirs.close()
            self._trial = _Trial(process, ours, {unit: self._tokens(unit) for unit in units})

    def _complete(self) -> dict[str, Results]:
        """Give what complete units would change, if one of them has not passed; those that change nothing have."""
        landable = [unit for unit in self.board.state.schedules[self.run].landable if not self.is_held(unit)]
        if all(map(self.lets, landable)):
            return {}
        sent_back = landing.send_back(self.board, self.run, landable)
        found = {unit: self._results(unit) for unit in landable if unit not in sent_back}
        self._passed = {unit: self._tokens(unit) for unit, results in found.items() if not results}
        return {unit: results for unit, results in found.items() if results}

    def _follow(self, trial: _Trial, *, wanted: bool) -> None:
        if not wanted or any(self._tokens(unit) != tokens for unit, tokens in trial.units.items()):
            self.end()
            return
        try:
            while trial.pipe.poll():
                said = trial.pipe.recv()
                if isinstance(said, Verdict):
                    self.end()
                    self._accept(said, trial.units)
                    return
                self.doing = said
        except (EOFError, OSError):
            self.end()
            self._deaths += 1
            if self._deaths >= _MOST_DEATHS:
                self._deaths = 0
                log = self.board.layout.run(self.run) / "supervisor.log"
                self.trouble = f"the process that runs the gate ends too early: see {log}"

    def _accept(self, verdict: Verdict, units: Mapping[str, Tokens]) -> None:
        self._deaths = 0
        if verdict.trouble:
            self.trouble = (
                f"the gate does not pass in the workspace as it is, without this run's results: {verdict.trouble}"
            )
        elif not units:
            self._begun = True
        elif not landing.send_back(self.board, self.run, units) and not any(map(self.is_held, verdict.passed)):
            for unit, said in verdict.guilty.items():
                task = self._submitted(unit)[0].spec.id
                self.board.end_task(self.run, task, TaskState.FAILED, f"the gate does not pass with it: {said}")
            self._passed = {unit: units[unit] for unit in verdict.passed}
        # Else a person has changed or holds a file since: the others must pass without what it belongs to.

    # ---- units

    def _submitted(self, unit: str) -> list[Task]:
        tasks = self.board.state.unit_tasks(self.board.run(self.run), unit)
        return [task for task in tasks if task.state is TaskState.SUBMITTED]

    def _tokens(self, unit: str) -> Tokens:
        return tuple((task.spec.id, task.token) for task in self._submitted(unit))

    def _results(self, unit: str) -> Results:
        swaps = landing.swaps_of(self.board, self.run, self._submitted(unit))
        return {swap.change.path: None if swap.change.new == ABSENT else swap.resting for swap in swaps}


@frozen
class _Trial:
    """A trial that is under way, of units as they were when it began."""

    process: BaseProcess
    pipe: Connection
    units: dict[str, Tokens]

    def end(self) -> None:
        """End it at once, with all that it has started."""
        self.pipe.close()  # then it ends by itself, and leaves no dead processes behind
        self.process.join(_PATIENCE)
        if self.process.exitcode is None:
            with suppress(psutil.NoSuchProcess):
                trees.kill_tree(psutil.Process(self.process.pid))
            self.process.join()
        self.process.close()
