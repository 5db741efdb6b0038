"""A small workspace, and what supervisors and workers do in it: for scenes in which one of them dies or stops."""

from __future__ import annotations

import os
from pathlib import Path

from lockboard import landing
from lockboard.board import Board
from lockboard.digest import digest, digest_file
from lockboard.life import Life
from lockboard.model import (
    Claim,
    FileChange,
    ProcessKind,
    RunKind,
    RunSpec,
    RunState,
    Submission,
    TaskSpec,
    TaskState,
)
from lockboard.review import accept, proposals
from lockboard.undo import Undo

Tree = dict[str, bytes | None]

OWNER = "ann"
"""The person."""

BEFORE: Tree = {
    "a.py": b"old a\n",
    "sub/b.py": b"old b\n",
    "gone.py": b"old\n",
    "new/deep/c.py": None,
    "other.py": b"old other\n",
    "face.py": b"old face\n",
    "uses.py": b"old uses\n",
}
AFTER: Tree = {
    "a.py": b"new a\n",
    "sub/b.py": b"new b\n",
    "gone.py": None,
    "new/deep/c.py": b"new c\n",
    "other.py": b"new other\n",
    "face.py": b"new face\n",
    "uses.py": b"new uses\n",
}
_FOUR = TaskSpec("t1", ("a.py", "sub/b.py", "gone.py", "new/deep/c.py"), weight=9)  # changed twice, deleted, created
_OTHER = TaskSpec("t2", ("other.py",))
_GROUP = (TaskSpec("t1", ("face.py",), group="g", weight=9), TaskSpec("t2", ("uses.py",), group="g", needs=("t1",)))
_ROUNDS = 20  # after which nothing more happens of a run that nobody is in the way of
PLANS = {"one": (_FOUR,), "other": (_OTHER,), "two": (_FOUR, _OTHER), "group": _GROUP}
"""The tasks of a run, by its title."""


def tree(root: Path) -> Tree:
    """Give the present contents of the workspace's files."""
    return {name: (root / name).read_bytes() if (root / name).exists() else None for name in BEFORE}


def expected(board: Board, before: Tree) -> Tree:
    """Give what the files must contain as the board has it: those of done tasks are as that run leaves them."""
    files = before
    for run in board.state.runs.values():
        left = before if _puts_back(board, run.id) else AFTER
        done = [task for task in board.run_tasks(run.id).values() if task.state is TaskState.DONE]
        files = files | {path: left[path] for task in done for path in task.spec.files}
    return files


def planned(root: Path, plan: str, *, review: bool = False) -> Board:
    """Make a workspace with a run that has no tasks yet."""
    for name, data in BEFORE.items():
        if data is not None:
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_bytes(data)
    board = Board(root, create=True)
    board.add_run(RunSpec(plan, "test", fingerprint=plan, review=review))
    return board


def begin(root: Path, plan: str, *, review: bool = False) -> Board:
    """Make a workspace with a run whose tasks workers may claim."""
    board = planned(root, plan, review=review)
    set_going(board, "r1")
    return board


class StandstillError(AssertionError):
    """Nothing of a run can be done: others have its files."""


def go_on(board: Board) -> None:
    """Be supervisor and worker of all runs, and who accepts what they propose, until each has ended."""
    for run in list(board.state.runs.values()):
        if not run.state.ended:
            drive(board, run.id)


def drive(board: Board, run: str) -> None:
    """Bring a run from wherever it stands to its end."""
    set_going(board, run)
    life = join(board, run)
    schedule = board.state.schedules[run]
    for _ in range(_ROUNDS):
        if not schedule.open_tasks:
            break
        for task in list(board.run(run).tasks.values()):
            if task.resting or task.state is TaskState.WAITING:
                board.ready(run, task.spec.id)
        while claim := board.claim(run, life.process):
            work(board, claim)
        for proposal in proposals(board, run):
            accept(board, proposal, OWNER)
        landing.land_all(board, run, list(schedule.landable))
    board.depart(life.process, "all is done")
    life.end()
    if schedule.open_tasks:
        raise StandstillError(f"run {run} stands still: {board.run(run).tasks}")
    board.move_run(run, RunState.DONE)


def set_going(board: Board, run: str) -> None:
    """Plan a run, as far as that has not been done, and let workers claim."""
    found = board.run(run)
    if found.state is RunState.PLANNING:
        if not found.tasks:
            undoing = Undo(board, found.spec.undoes).plan() if found.spec.undoes else None
            board.set_plan(run, undoing.tasks if undoing else PLANS[found.spec.title], undoing.left if undoing else ())
        board.move_run(run, RunState.RUNNING)


def work(board: Board, claim: Claim, *, go_on: bool = False) -> None:
    """Hand in a claimed task; with `go_on`, claim the next one in the same moment."""
    undoes = board.run(claim.run).spec.undoes
    if undoes:
        Undo(board, undoes).submit(claim)
        return
    files = tuple(FileChange(name, digest_file(board.root / name), digest(AFTER[name])) for name in claim.task.files)
    contents = {change.path: data for change in files if change.changed and (data := AFTER[change.path]) is not None}
    board.submit(claim, Submission(files), contents, go_on=go_on)


def undo(board: Board, run: str) -> None:
    """Undo a run; where that was begun, go on with it."""
    begun = [other.id for other in board.state.runs.values() if other.spec.undoes == run and not other.state.ended]
    if begun or not board.run(run).undone_by:
        drive(board, begun[0] if begun else board.add_run(RunSpec("undo", "undo", RunKind.UNDO, undoes=run)))


def join(board: Board, run: str) -> Life:
    """Take part as a worker."""
    return board.join(ProcessKind.WORKER, os.getpid(), run)


def _puts_back(board: Board, run: str) -> bool:
    undoes = board.run(run).spec.undoes
    return bool(undoes) and not _puts_back(board, undoes)
