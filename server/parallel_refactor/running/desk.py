"""What a worker lays before its engine for each task: files, instructions; for a model a meter, record and check."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from lockboard.board import Board
from lockboard.model import Draft
from parallel_refactor.engines.interface import Job, Result, Stop, StoppedError
from parallel_refactor.engines.metering import GivenBackError
from parallel_refactor.planning.globs import globs_filter
from parallel_refactor.running.choice import resolve
from parallel_refactor.running.handing_in import HandIn, hand_in
from parallel_refactor.running.last_task import wanted_edits
from parallel_refactor.running.reading import changed_before
from parallel_refactor.running.request import RunRequest, from_options
from parallel_refactor.running.task_at_hand import TaskAtHand
from parallel_refactor.running.texts import keep_texts

if TYPE_CHECKING:
    from parallel_refactor.running.checking import Check
    from parallel_refactor.running.commanding import Command
    from parallel_refactor.running.meter import Purse


class Desk:
    """One worker's, for one run."""

    def __init__(self, board: Board, run: str, worker: str) -> None:
        self._board = board
        self._worker = worker
        self._request: RunRequest = from_options(board.run(run).spec.options)
        choice = resolve(self._request, board.root)
        self._engine, self._recipe = choice.engine, choice.recipe
        self._purse = self._open_purse(run)
        self._context = self._read_context(run)
        self._denied = globs_filter(self._request.deny)
        self._check = self._open_check(run)
        self._command = self._open_command(run)

    def do(self, task: TaskAtHand, stop: Stop) -> HandIn:
        """Do a task, or hand in again what it has proposed; raises what the engine raises."""
        draft = self._board.run(task.claim.run).tasks[task.claim.task.id].draft
        made = self._do_again(task, draft, stop) if draft else hand_in(task, self._have_done(task, stop))
        keep_texts(self._board, task.claim.run, made.contents.values())
        if self._request.review:
            keep_texts(self._board, task.claim.run, (task.before[path] for path in made.new))
        return made

    def _do_again(self, task: TaskAtHand, draft: Draft, stop: Stop) -> HandIn:
        from parallel_refactor.running.drafting import find_problem, outdated, redraft  # noqa: PLC0415  seldom needed

        def problem(changed: Mapping[str, bytes]) -> str:
            said = find_problem(task.before, changed, self._recipe, self._request.options)
            return said or self._objection(task, stop, changed)

        doubt = outdated(task, draft)
        try:
            if not doubt:
                return redraft(task, draft, problem)
        except OSError as error:
            doubt = f"what it had proposed is gone from the board, and it is done anew: {error}"
        except GivenBackError as error:
            raise StoppedError(Result(()), str(error)) from error
        return hand_in(task, self._have_done(task, stop), doubt)

    def _have_done(self, task: TaskAtHand, stop: Stop) -> Result:
        """Have the engine do a task, but for the last of a run, which needs none; raises what it raises."""
        claim, before, reader = task.claim, dict(task.before), task.reader
        problem = partial(self._objection, task, stop)
        if claim.task.shared:
            from parallel_refactor.running.editing import make_edits  # noqa: PLC0415  nobody else needs it

            return make_edits(before, wanted_edits(self._board.run_tasks(claim.run).values()), problem)
        prompt = "" if self._engine.name == "recipe" else self._request.prompt
        if self._purse is None:
            command = self._command
            program = (lambda: command.make(before, stop)) if command else dict
            return self._engine.run(Job(before, prompt, self._request.options, program=program), reader, stop)
        from parallel_refactor.running.records import claim_record, run_recorded  # noqa: PLC0415  nobody else needs it

        meter = self._purse.meter(claim.task.id)
        record = claim_record(self._board, claim, self._worker)
        job = Job(
            files=before,
            instructions=prompt,
            options=self._request.options,
            meter=meter,
            record=record,
            denied=self._denied,
            check=problem,
            context=self._context,
            changed=changed_before(self._board, claim),
            ask_for=task.take,
        )
        return run_recorded(self._engine, job, reader, stop)

    def has_spent_all(self) -> bool:
        """Whether the run pauses because its budget is spent."""
        return self._purse is not None and self._purse.is_empty()

    def _objection(self, task: TaskAtHand, stop: Stop, changed: Mapping[str, bytes]) -> str:
        """Say what the project's check has against new contents, "" for nothing or where there is no check."""
        return self._check.find_problem(changed, task.reader.overlay, stop) if self._check else ""

    def _read_context(self, run: str) -> str:
        if self._request.engine != "claude":
            return ""
        from parallel_refactor.running.context import context_of  # noqa: PLC0415  nobody else needs it

        return context_of(self._board, run)

    def _open_check(self, run: str) -> Check | None:
        if not self._request.check:
            return None
        from parallel_refactor.running.checking import Check  # noqa: PLC0415  nobody else needs it

        return Check(self._board.root, run, self._worker, self._request, self._denied)

    def _open_command(self, run: str) -> Command | None:
        if self._request.engine != "command":
            return None
        from parallel_refactor.running.commanding import Command  # noqa: PLC0415  nobody else needs it

        return Command(self._board.root, run, self._worker, self._request)

    def _open_purse(self, run: str) -> Purse | None:
        if self._request.engine != "claude":
            return None
        from parallel_refactor.running.meter import Purse  # noqa: PLC0415  nobody else needs it

        return Purse(self._board, run, self._worker, self._request.options)
