"""A death at every step of every operation of the board: whoever comes next finds a board that is right, and goes on.

By hand: python -m tests.faults.crashes
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path

from attrs import frozen
from msgspec.structs import replace

from lockboard import landing
from lockboard.board import Board
from lockboard.digest import digest_file
from lockboard.errors import BusyBoardError
from lockboard.model import ProcessKind, TaskState
from tests.faults.driving import BEFORE, expected, tree
from tests.faults.power import quick_disk
from tests.faults.scenes import SCENES, Scene
from tests.faults.steps import Place, between_lines, places_of

_LANDINGS = ("land", "recover")
_DIED = 3  # the exit status of a process that died where it was to
_SLICES = 4  # parts of a scene that run side by side

Attempt = Callable[[Scene, Path, int], None]
"""Something to do to a scene, in a copy of its workspace, at one step; raises AssertionError."""


def die_at(scene: Scene, root: Path, step: int) -> None:
    """Do the scene's operation in a process that dies before `step`, then let others go on."""
    pid = os.fork()
    if pid == 0:
        _die_in_child(scene, root, step)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == _DIED, "it never came so far"
    board = Board(root)
    scene.look(board)
    tidy_up(board)
    check(board, scene)
    scene.finish(board)
    check(board, scene)
    board.close()


def interrupt_at(scene: Scene, root: Path, step: int) -> None:
    """Do the scene's operation while somebody keeps the board from `step` on; then have others go on."""
    board, other = Board(root, patience=0.05), Board(root, patience=0.0)
    keeping = ExitStack()
    kept = False

    def keep(now: int) -> None:
        nonlocal kept
        if now >= step and (now - step) % 10 == 0 and not kept:
            with suppress(BusyBoardError):  # the operation has it just now: some steps later then
                keeping.enter_context(other.changing())
                kept = True

    with suppress(BusyBoardError), between_lines(keep):
        scene.operation(board)
    keeping.close()
    other.close()
    scene.finish(board)
    check(board, scene)
    board.close()


def tidy_up(board: Board, hung: str = "") -> None:
    """Do what a new supervisor does first: depart the dead and one that hangs, and finish what was landing."""
    board.refresh()
    for process in list(board.state.processes.values()):
        if process.kind is not ProcessKind.AGENT:
            assert process.id == hung or not board.is_alive(process.id)
            board.depart(process.id, "it died")
    for run in list(board.state.runs.values()):
        if not run.state.ended:
            landing.recover(board, run.id)


def check(board: Board, scene: Scene) -> None:
    """Make sure that files, units, submissions, views and snapshot are as the log has it."""
    assert tree(board.root) == expected(board, BEFORE | scene.saved), (board.state.runs, tree(board.root))
    for run in board.state.runs.values():
        for unit in {task.spec.unit for task in run.tasks.values()}:
            states = {task.state for task in board.state.unit_tasks(run, unit)}
            assert states == {TaskState.DONE} or TaskState.DONE not in states, (unit, states)
        handed_in = [task for task in run.tasks.values() if task.state in (TaskState.SUBMITTED, TaskState.PROPOSED)]
        for swap in landing.swaps_of(board, run.id, handed_in):
            assert digest_file(swap.resting) == swap.change.new, f"what {swap.change.path} is to be is not there"
        assert scene.saved or not any(task.redos for task in run.tasks.values())
    _views_are_right(board)
    _snapshot_is_right(board)


def _views_are_right(board: Board) -> None:
    with board.changing():
        pass
    assert len(list((board.layout.board / "locks").iterdir())) == len({*board.state.locks, *board.state.holds})
    for run in board.state.runs.values():
        shown = {path.stem: path.parent.name for path in board.layout.tasks(run.id).glob("*/*.json")}
        assert shown == {name: task.state.value for name, task in board.run_tasks(run.id).items()}, run.id


def _snapshot_is_right(board: Board) -> None:
    """Compare what a process knows that was there, one that reads the snapshot, and one that reads the log alone."""
    snapshot, aside = board.layout.board / "snapshot.json", board.layout.board / "aside"
    quick = Board(board.root)
    if snapshot.exists():
        snapshot.replace(aside)
    slow = Board(board.root)
    if aside.exists():
        aside.replace(snapshot)
    for other in (quick, slow):
        assert (other.state.seq, other.state.processes) == (board.state.seq, board.state.processes)
        assert (other.state.holds, other.state.locks) == (board.state.holds, board.state.locks)
        for name, run in board.state.runs.items():
            assert replace(other.state.runs[name], tasks={}) == replace(run, tasks={})
            assert other.run_tasks(name) == board.run_tasks(name)
            assert other.left_behind(run.spec.fingerprint) == board.left_behind(run.spec.fingerprint)
        other.close()


def _die_in_child(scene: Scene, root: Path, step: int) -> None:
    def die(now: int) -> None:
        if now == step:
            os._exit(_DIED)

    try:
        board = Board(root)
        with between_lines(die):
            scene.operation(board)
    finally:
        os._exit(0)


def at_each_step(scene: Scene, attempt: Attempt, stride: int = 1, first: int = 0) -> list[Place]:
    """Do something at every `stride`-th step of a scene; gives the places in the board's code where it was done."""
    with tempfile.TemporaryDirectory(dir=quick_disk()) as name, scene.system():
        folder = Path(name).resolve()
        template, root = folder / "template", folder / "workspace"
        template.mkdir()
        scene.prepare(template)
        _rehearse(scene, template, root)  # it remembers some names, and takes fewer steps from then on
        places = _rehearse(scene, template, root)
        for step in range(first, len(places), stride):
            _copy(template, root)
            try:
                attempt(scene, root, step)
            except AssertionError as error:
                file, line = places[step]
                raise AssertionError(f"{scene.name}, step {step} ({file}:{line}): {error}") from error
        return places[first::stride]


def _rehearse(scene: Scene, template: Path, root: Path) -> list[Place]:
    """Do a scene's operation in a copy, and tell the place of each of its steps."""
    _copy(template, root)
    board = Board(root)
    places = places_of(partial(scene.operation, board))
    board.close()
    return places


def _copy(template: Path, root: Path) -> None:
    for old in (root, root.parent / "beside"):
        shutil.rmtree(old, ignore_errors=True)
    shutil.copytree(template, root, symlinks=True)


@frozen
class Figures:
    """What was done to a scene, how often, and at which places of the board's code."""

    name: str
    attempts: int
    places: frozenset[Place]

    def __str__(self) -> str:
        return f"{self.attempts:6}  {self.name}, at {len(self.places)} places, none with a consequence"


def run_all(stride: int = 1) -> Iterator[Figures]:
    """Die at every `stride`-th step of every scene, and be kept from the board at those of landings."""
    jobs = [(number, "deaths") for number in range(len(SCENES))]
    landings = [number for number, scene in enumerate(SCENES) if scene.name.startswith(_LANDINGS)]
    jobs += [(number, "interruptions") for number in landings]
    with ProcessPoolExecutor() as pool:
        slices = [[pool.submit(_slice, *job, stride, part) for part in range(_SLICES)] for job in jobs]
        for (number, what), parts in zip(jobs, slices, strict=True):
            places = [place for part in parts for place in part.result()]
            yield Figures(f"{SCENES[number].name}: {what}", len(places), frozenset(places))


def _slice(number: int, what: str, stride: int, part: int) -> list[Place]:
    attempt = {"deaths": die_at, "interruptions": interrupt_at}[what]
    return at_each_step(SCENES[number], attempt, stride * _SLICES, stride * part)


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stride", type=int, default=1)
    for figures in run_all(parser.parse_args().stride):
        sys.stdout.write(
            f"{figures.attempts:6}  {figures.name}, at {len(figures.places)} places, none with a consequence\n"
        )
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
