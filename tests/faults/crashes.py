"""A death at every step of a board operation: whoever comes next finds a board that is right, and goes on.

By hand: python -m tests.faults.crashes --stride 1
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path

from attrs import frozen

from lockboard import landing
from lockboard.board import Board
from lockboard.digest import digest
from lockboard.errors import BusyBoardError
from lockboard.life import Life
from lockboard.model import FileChange, ProcessKind, RunKind, RunSpec, RunState, Submission, TaskSpec, TaskState
from lockboard.undo import Undo
from tests.faults.steps import between_lines, count_steps

BEFORE: dict[str, bytes | None] = {
    "a.py": b"old a\n",
    "sub/b.py": b"old b\n",
    "gone.py": b"old\n",
    "new/deep/c.py": None,
}
AFTER: dict[str, bytes | None] = {
    "a.py": b"new a\n",
    "sub/b.py": b"new b\n",
    "gone.py": None,
    "new/deep/c.py": b"new c\n",
}
OTHER, OTHER_BEFORE, OTHER_AFTER = "other.py", b"old other\n", b"new other\n"
"""The file of a second task, which some scenes do."""


@frozen
class Scene:
    """A workspace in which something is about to happen: `operation` does it, in a process that will die."""

    name: str
    prepare: Callable[[Path], None]
    operation: Callable[[Board], object]


def tree(root: Path) -> dict[str, bytes | None]:
    """Give the present contents of the scene's files."""
    return {name: (root / name).read_bytes() if (root / name).exists() else None for name in BEFORE}


def begin(root: Path) -> tuple[Board, str]:
    """Make a workspace with a run of one task over four files: changed, changed, deleted, created."""
    for name, data in BEFORE.items():
        if data is not None:
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_bytes(data)
    board = Board(root, create=True)
    run = board.add_run(RunSpec("crash", "test"))
    board.set_plan(run, (TaskSpec("t1", tuple(BEFORE)), TaskSpec("t2", (OTHER,))))
    board.move_run(run, RunState.RUNNING)
    return board, run


def work(board: Board, run: str, life: Life) -> None:
    """Claim and submit the task."""
    claim = board.claim(run, life.process)
    assert claim
    names = [name for name in BEFORE if name in claim.task.files]
    files = tuple(FileChange(name, digest(BEFORE[name]), digest(AFTER[name])) for name in names)
    contents = {name: data for name in names if (data := AFTER[name]) is not None}
    board.submit(claim, Submission(files), contents)


def join(board: Board, run: str) -> Life:
    """Take part as a worker."""
    return board.join(ProcessKind.WORKER, os.getpid(), run)


def _submitted(root: Path) -> None:
    board, run = begin(root)
    work(board, run, join(board, run))


def _both_submitted(root: Path) -> None:
    _submitted(root)
    (root / OTHER).write_bytes(OTHER_BEFORE)
    board = Board(root)
    claim = board.claim("r1", join(board, "r1").process)
    assert claim
    change = FileChange(OTHER, digest(OTHER_BEFORE), digest(OTHER_AFTER))
    board.submit(claim, Submission((change,)), {OTHER: OTHER_AFTER})


def _landed(root: Path) -> None:
    _submitted(root)
    board = Board(root)
    landing.land(board, "r1", "t1")
    board.move_run("r1", RunState.DONE)
    undo = board.add_run(RunSpec("undo", "undo", RunKind.UNDO, undoes="r1"))
    board.set_plan(undo, Undo(board, "r1").plan().tasks)
    board.move_run(undo, RunState.RUNNING)


def _undo(board: Board) -> None:
    life = join(board, "r2")
    claim = board.claim("r2", life.process)
    assert claim
    Undo(board, "r1").submit(claim)
    landing.land(board, "r2", "t1")


SCENES = (
    Scene("claim and submit", lambda root: begin(root)[0].close(), lambda board: work(board, "r1", join(board, "r1"))),
    Scene("land", _submitted, lambda board: landing.land(board, "r1", "t1")),
    Scene("land two at once", _both_submitted, lambda board: landing.land_all(board, "r1", ("t1", "t2"))),
    Scene("undo", _landed, _undo),
)


def die_at(scene: Scene, template: Path, folder: Path, step: int) -> None:
    """Do the scene's operation in a process that dies before `step`, then let others go on; raises AssertionError."""
    root = folder / "workspace"
    shutil.copytree(template, root)
    pid = os.fork()
    if pid == 0:
        _die_in_child(scene, root, step)
    os.waitpid(pid, 0)
    _go_on(root, scene.name == "undo")
    shutil.rmtree(root)


def _die_in_child(scene: Scene, root: Path, step: int) -> None:
    def die(now: int) -> None:
        if now == step:
            os._exit(1)

    try:
        board = Board(root)
        with between_lines(die):
            scene.operation(board)
    finally:
        os._exit(0)


def _go_on(root: Path, undoing: bool) -> None:
    board = Board(root)
    run = "r2" if undoing else "r1"
    before, after = (AFTER, BEFORE) if undoing else (BEFORE, AFTER)
    for process in list(board.state.processes.values()):
        assert not board.is_alive(process.id)
        board.depart(process.id, "it died")
    landing.recover(board, run)
    task = board.run(run).tasks["t1"]
    assert task.state in (TaskState.READY, TaskState.SUBMITTED, TaskState.DONE), task
    assert tree(root) == (after if task.state is TaskState.DONE else before), (task, tree(root))
    life = join(board, run)
    if task.state is TaskState.READY:
        if undoing:
            claim = board.claim(run, life.process)
            assert claim
            Undo(board, "r1").submit(claim)
        else:
            work(board, run, life)
    if board.run(run).tasks["t1"].state is not TaskState.DONE:
        assert landing.land(board, run, "t1").landed
    assert tree(root) == after
    assert (root / "new").exists() is (after["new/deep/c.py"] is not None)
    if board.run("r1").tasks["t2"].submission:
        _other_goes_on(board, root)
    _views_are_right(board)
    again = Board(root)
    assert again.state.runs == board.state.runs
    assert again.state.locks == board.state.locks
    again.close()
    board.close()


def _other_goes_on(board: Board, root: Path) -> None:
    done = board.run("r1").tasks["t2"].state is TaskState.DONE
    assert (root / OTHER).read_bytes() == (OTHER_AFTER if done else OTHER_BEFORE)
    assert done or landing.land(board, "r1", "t2").landed
    assert (root / OTHER).read_bytes() == OTHER_AFTER


def interrupt_at(template: Path, folder: Path, step: int) -> None:
    """Land while somebody keeps the board from `step` on; then land again, and undo: raises AssertionError."""
    root = folder / "workspace"
    shutil.copytree(template, root)
    board, other = Board(root, patience=0.05), Board(root, patience=0.0)
    keeping = ExitStack()
    kept = False

    def keep(now: int) -> None:
        nonlocal kept
        if now >= step and not kept:
            with suppress(BusyBoardError):  # the landing has it just now: at the next step then
                keeping.enter_context(other.changing())
                kept = True

    with suppress(BusyBoardError), between_lines(keep):
        landing.land(board, "r1", "t1")
    keeping.close()
    other.close()
    if board.run("r1").tasks["t1"].state is TaskState.SUBMITTED:
        assert landing.land(board, "r1", "t1").landed
    assert tree(root) == AFTER, step
    board.end_task("r1", "t2", TaskState.CANCELLED, "not of interest")
    board.move_run("r1", RunState.DONE)
    undo = board.add_run(RunSpec("undo", "undo", RunKind.UNDO, undoes="r1"))
    board.set_plan(undo, Undo(board, "r1").plan().tasks)
    board.move_run(undo, RunState.RUNNING)
    _undo(board)
    assert tree(root) == BEFORE, step
    board.close()
    shutil.rmtree(root)


def _views_are_right(board: Board) -> None:
    assert len(list((board.layout.board / "locks").iterdir())) == len(board.state.locks)
    for run in board.state.runs.values():
        shown = {path.stem: path.parent.name for path in (board.layout.run(run.id) / "tasks").glob("*/*.json")}
        assert shown == {name: task.state.value for name, task in run.tasks.items()}, run.id


def run_scene(scene: Scene, stride: int, first: int = 0) -> int:
    """Die at every `stride`-th step of a scene; gives the number of deaths."""
    return _at_each_step(scene, stride, first, lambda template, folder, step: die_at(scene, template, folder, step))


def run_interruptions(stride: int, first: int = 0) -> int:
    """Keep the board from every `stride`-th step of a landing on; gives the number of tries."""
    return _at_each_step(SCENES[1], stride, first, interrupt_at)


def _at_each_step(scene: Scene, stride: int, first: int, attempt: Callable[[Path, Path, int], None]) -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        template = folder / "template"
        template.mkdir()
        scene.prepare(template)
        rehearsal = folder / "rehearsal"
        shutil.copytree(template, rehearsal)
        steps = count_steps(lambda: scene.operation(Board(rehearsal)))
        points = range(first, steps, stride)
        for step in points:
            attempt(template, folder, step)
        return len(points)


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stride", type=int, default=1)
    arguments = parser.parse_args()
    for scene in SCENES:
        sys.stdout.write(f"{scene.name}: {run_scene(scene, arguments.stride)} deaths, none with a consequence\n")
    sys.stdout.write(f"land: {run_interruptions(arguments.stride)} interruptions, none with a consequence\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
