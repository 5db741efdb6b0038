"""What workers do in random histories of a board: a part of `machine`."""

from __future__ import annotations

import os

import pytest

from lockboard.board import Board
from lockboard.digest import digest
from lockboard.errors import StaleClaimError, TakenError
from lockboard.life import Life
from lockboard.model import Claim, FileChange, ProcessKind, Run, Submission, TaskState, Wish
from lockboard.undo import Undo
from tests.faults.machine_setting import FILES, Setting, Step, Work
from tests.faults.oracle import claimable


class Workers(Setting):
    """Claims, and all ways in which they end."""

    def claim(self, step: Step) -> None:
        if run := self.one(step.which, lambda run: claimable(self.lead, run)):
            me, process = self.workers[step.who], self._life(step.who, run).process
            self.lead.refresh()
            may = claimable(self.lead, run)
            if run.wish is Wish.PAUSE or self.lead.state.processes[process].task:
                may = set()
            weights = {task: run.tasks[task].spec.weight for task in may}
            claim = me.board.claim(run.id, process)
            assert bool(claim) == bool(may), f"it could have been one of {may}"
            if claim:
                assert weights[claim.task.id] == max(weights.values())
                assert claim.token > self.token, "a token did not grow"
                self.token = claim.token
                me.works.append(Work(claim, {path: self.disk[path] for path in claim.task.files}))

    def submit(self, step: Step) -> None:
        work, how = self._work(step), step.how
        if work is None:
            return
        board, claim, current = self.workers[step.who].board, work.claim, self._is_current(work.claim)
        undoes = self.lead.run(claim.run).spec.undoes
        if undoes and current:
            self._submit_undo(board, claim, undoes)
            return
        new = {path: self._changed(text, how + number) for number, (path, text) in enumerate(work.read.items())}
        files = tuple(FileChange(path, digest(text), digest(new[path])) for path, text in work.read.items())
        relied = {path: digest(self.disk[path]) for path in FILES[: how % 3] if path not in work.read}
        contents = {path: text for path, text in new.items() if text is not None and text != work.read[path]}
        doubt = "it does not fit" if how % 7 == 0 else ""
        if current:
            board.submit(claim, Submission(files, relied=relied), contents, doubt=doubt)
            self.wanted -= {(claim.run, path) for path in claim.task.files if doubt}
            self.texts |= {digest(text): text for text in new.values()}
        else:
            with pytest.raises(StaleClaimError):
                board.submit(claim, Submission(files, relied=relied), contents)

    def extend(self, step: Step) -> None:
        work = self._work(step)
        if work is None or self.lead.run(work.claim.run).spec.undoes:
            return
        board, current = self.workers[step.who].board, self._is_current(work.claim)
        tasks = self.lead.run(work.claim.run).tasks.values()
        planned = {path for task in tasks if task.state is not TaskState.SPLIT for path in task.spec.files}
        taken = step.path in {*planned, *self.lead.state.locks, *self.lead.state.holds}
        try:
            claim = board.extend(work.claim, step.path)
        except StaleClaimError:
            assert not current
        except TakenError:
            assert current
            assert taken
        else:
            assert current
            assert not taken
            works = self.workers[step.who].works
            works[works.index(work)] = Work(claim, work.read | {step.path: self.disk[step.path]})

    def give_up(self, step: Step) -> None:
        work, how = self._work(step), ("release", "rest", "fail", "split")[step.how % 4]
        if work is None or (how == "split" and (work.claim.task.group or len(work.claim.task.files) < 2)):
            return
        board, claim, current = self.workers[step.who].board, work.claim, self._is_current(work.claim)
        stale = False
        try:
            if how == "fail":
                board.fail(claim, "it cannot")
            elif how == "split":
                board.split(claim, (claim.task.files[:1], claim.task.files[1:]), "in two")
            else:
                board.release(claim, "given back", counts=how == "rest", rest=how == "rest")
        except StaleClaimError:
            stale = True
        assert stale is not current

    def die(self, step: Step) -> None:
        lives = self.workers[step.who].lives
        for life in lives.values():
            life.end()
            assert not self.lead.is_alive(life.process)
            self.lead.depart(life.process, "it died", counts=step.how % 2 == 0)
        lives.clear()

    def open_again(self, step: Step) -> None:
        """Read the board anew: from the snapshot, where there is one, and the log."""
        me = self.workers[step.who]
        me.board.close()
        board = me.board = Board(self.root)
        for run in self.lead.state.runs.values():
            assert board.run_tasks(run.id) == self.lead.run_tasks(run.id)

    def _submit_undo(self, board: Board, claim: Claim, undoes: str) -> None:
        board.refresh()
        if board.run(claim.run).tasks[claim.task.id].redos:
            board.end_task(claim.run, claim.task.id, TaskState.SKIPPED, "it was changed meanwhile")
            return
        assert not board.run(undoes).cleaned, "what it was is deleted"
        Undo(board, undoes).submit(claim)
        self.lead.refresh()
        submission = self.lead.run(claim.run).tasks[claim.task.id].submission
        assert submission
        for change in submission.files:
            assert change.new == digest(self.displaced[undoes][change.path]), "not what the run landed over"

    def _changed(self, text: bytes | None, how: int) -> bytes | None:
        """Leave a text, delete it, or change it to one that never was."""
        if how % 5 == 0:
            return text
        return None if how % 5 == 1 else (text or b"") + b"+" + self.mark()

    def _life(self, who: int, run: Run) -> Life:
        me = self.workers[who]
        if run.id not in me.lives or me.lives[run.id].process not in self.lead.state.processes:
            me.lives[run.id] = me.board.join(ProcessKind.WORKER, os.getpid(), run.id)
        return me.lives[run.id]

    def _work(self, step: Step) -> Work | None:
        """Give a work of the worker's; mostly one that it still has."""
        works = self.workers[step.who].works
        chosen = [work for work in works if step.which % 4 and self._is_current(work.claim)] or works[-3:]
        return chosen[step.which // 4 % len(chosen)] if chosen else None

    def _is_current(self, claim: Claim) -> bool:
        """Tell it without asking the board, which is what is tested."""
        self.lead.refresh()
        task = self.lead.run(claim.run).tasks[claim.task.id] if self.lead.run(claim.run).tasks else None
        return task is not None and (task.state, task.token) == (TaskState.CLAIMED, claim.token)
