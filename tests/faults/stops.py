"""A process that hangs at any step of an operation, and wakes when others have long gone on without it.

Stopped while it has the board, it keeps all others out, and they can say who it is. Stopped elsewhere, it keeps nobody
out, and what it still believes when it wakes comes to nothing.

By hand: python -m tests.faults.stops
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import psutil

from lockboard.board import Board
from lockboard.entries import Joined
from lockboard.errors import BoardError, BusyBoardError, StaleClaimError
from lockboard.model import ProcessKind, RunSpec
from lockboard.taking import Taken, take
from tests.faults import acts
from tests.faults.beginnings import HELD, owned
from tests.faults.crashes import Attempt, Figures, at_each_step, check, tidy_up
from tests.faults.driving import AFTER, BEFORE, OWNER, StandstillError, drive, go_on, join, tree
from tests.faults.scenes import SCENES, Scene
from tests.faults.steps import Place, between_lines

_STALE, _TOLD = 3, 4  # the exit status of a process whose claim was over, and of one that was told why it cannot go on
_SLICES = 4
_OF_A_CLAIM = (
    "take one more file",
    "submit",
    "submit and claim the next",
    "submit for review",
    "release",
    "split",
    "fail",
    "fail one of a group",
)
_WORKING = ("join", "beat", "claim", *_OF_A_CLAIM)
_HOLDING = ("hold", "unhold", "take", "lock for", "unlock for")
_LANDING = ("land", "recover")
_UNDOING = {"undo": BEFORE, "redo": acts.ALL_DONE}


class Sleeper:
    """A process that does a scene's operation, and stops itself before one of its steps."""

    def __init__(self, scene: Scene, root: Path, step: int) -> None:
        self.pid = os.fork()
        if self.pid == 0:
            _sleep_in_child(scene, root, step)
        self.is_stopped = os.WIFSTOPPED(os.waitpid(self.pid, os.WUNTRACED)[1])

    def wake(self) -> int:
        """Let it go on to its end; gives its exit status."""
        os.kill(self.pid, signal.SIGCONT)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def _sleep_in_child(scene: Scene, root: Path, step: int) -> None:
    status = 1
    try:
        board = Board(root)
        with between_lines(lambda now: os.kill(os.getpid(), signal.SIGSTOP) if now == step else None):
            scene.operation(board)
        status = 0
    except StaleClaimError:
        status = _STALE
    except (BoardError, StandstillError):
        status = _TOLD
    finally:
        os._exit(status)


def keeps_out(root: Path, sleeper: Sleeper) -> bool:
    """Whether the stopped process has the board; then whoever wants it must be told which process that is."""
    with closing(Board(root, patience=0.0)) as board:
        try:
            with board.changing():
                return False
        except BusyBoardError as error:
            said = str(error)
    named = re.search(r"process (\d+) has", said)  # nobody, in the moment of entering; or who died in there before
    assert not named or int(named[1]) == sleeper.pid or not psutil.pid_exists(int(named[1])), said
    return True


def attempt_for(scene: Scene) -> Attempt:
    """Tell what others do while somebody hangs in a scene's operation."""
    if scene.name in _WORKING:
        return hang_working
    if scene.name.startswith(_HOLDING):
        return hang_holding
    if scene.name == "create a board":
        return hang_creating
    if scene.name.startswith(_LANDING):
        return hang_landing
    return hang_undoing if scene.name in _UNDOING else hang_deciding


def hang_working(scene: Scene, root: Path, step: int) -> None:
    """Have a worker hang before `step`; others declare it dead and do its task, and meanwhile or then it wakes."""
    sleeper = Sleeper(scene, root, step)
    stopped_in = keeps_out(root, sleeper)
    status = sleeper.wake() if stopped_in else None
    with closing(Board(root)) as board:
        has_more = "other.py" in owned(board).task.files  # its line is written, and has not ended the claim
        is_current = scene.name in _OF_A_CLAIM and board.is_current(owned(board)) and not has_more
        tidy_up(board, hung="" if stopped_in else "r1-w1")
        successor = join(board, "r1")
        if step % 2:
            board.claim("r1", successor.process)  # and has it when the other wakes
        else:
            scene.finish(board)
        if not stopped_in:
            status = sleeper.wake()
            late = [line.entry for line in board.refresh() if not isinstance(line.entry, Joined)]
            assert not late, f"it was dead, and still did {late}"
        successor.end()
        tidy_up(board)
        scene.finish(board)
        assert status == (_STALE if is_current else 0), f"it ended with {status}, the claim was current: {is_current}"
        check(board, scene)


def hang_holding(scene: Scene, root: Path, step: int) -> None:
    """Have a person's editor hang before `step`; others go on as far as they can, and then it wakes."""
    sleeper = Sleeper(scene, root, step)
    stopped_in = keeps_out(root, sleeper)
    with closing(Board(root)) as board:
        if not (stopped_in or board.state.holds):
            board.depart("r1-w1", "it showed no sign of life")
            go_on(board)
        assert sleeper.wake() == 0
        tidy_up(board)
        scene.finish(board)
        check(board, scene)


def hang_landing(scene: Scene, root: Path, step: int) -> None:
    """Have a supervisor hang before `step` of a landing; a person takes a file, and then it wakes."""
    sleeper = Sleeper(scene, root, step)
    stopped_in = keeps_out(root, sleeper)
    with closing(Board(root)) as board:
        path = next(iter(board.run("r1").tasks.values())).spec.files[0]
        life = board.join(ProcessKind.SERVER, os.getpid()) if not stopped_in else None
        how = take(board, path, OWNER, life.process).how if life else None
        before = tree(root)[path]
        assert sleeper.wake() == 0
        if life:
            assert how is not Taken.TAKEN or tree(root)[path] == before, f"{path} is now {tree(root)[path]!r}"
            life.end()
        tidy_up(board)
        scene.finish(board)
        check(board, scene)


def hang_undoing(scene: Scene, root: Path, step: int) -> None:
    """Have the undo of a run hang before `step`; another run comes to its end, a person has a file, and it wakes."""
    sleeper = Sleeper(scene, root, step)
    stopped_in = keeps_out(root, sleeper)
    with closing(Board(root)) as board:
        life = board.join(ProcessKind.SERVER, os.getpid()) if not stopped_in else None
        if life:
            drive(board, board.add_run(RunSpec("other", "test")))
        how = take(board, HELD, OWNER, life.process).how if life else None
        before = tree(root)[HELD]
        assert sleeper.wake() in (0, _STALE, _TOLD)
        if life:
            assert how is Taken.LANDING or tree(root)[HELD] == before, f"{HELD} was {how}, and is {tree(root)[HELD]!r}"
            life.end()
        tidy_up(board)
        go_on(board)
        assert tree(root) == _UNDOING[scene.name] | ({"other.py": AFTER["other.py"]} if life else {})
        check(board, scene)


def hang_deciding(scene: Scene, root: Path, step: int) -> None:
    """Have somebody hang before `step` of what decides for others; they go on to the end without it, and it wakes."""
    sleeper = Sleeper(scene, root, step)
    stopped_in = keeps_out(root, sleeper)
    with closing(Board(root)) as board:
        if not stopped_in:
            tidy_up(board)
            with suppress(StandstillError):  # of a run that is to be cancelled
                go_on(board)
            drive(board, board.add_run(RunSpec("other", "test")))
        assert sleeper.wake() in (0, _STALE, _TOLD)
        tidy_up(board)
        go_on(board)
        check(board, scene)


def hang_creating(scene: Scene, root: Path, step: int) -> None:
    """Have somebody hang before `step` of making a board; another makes it and works with it, and then it wakes."""
    sleeper = Sleeper(scene, root, step)
    with closing(acts.create_beside(Board(root))) as board:
        card = board.layout.card.read_bytes()
        run = board.add_run(RunSpec("other", "test"))
        assert sleeper.wake() == 0
        assert board.layout.card.read_bytes() == card
        with closing(Board(board.root)) as again:
            assert again.run(run) == board.run(run)
    shutil.rmtree(board.root)


def run_all(stride: int = 1) -> Iterator[Figures]:
    """Have a process hang at every `stride`-th step of every scene."""
    with ProcessPoolExecutor() as pool:
        slices = [
            [pool.submit(_slice, number, stride, part) for part in range(_SLICES)] for number in range(len(SCENES))
        ]
        for scene, parts in zip(SCENES, slices, strict=True):
            places = [place for part in parts for place in part.result()]
            yield Figures(f"{scene.name}: stops", len(places), frozenset(places))


def _slice(number: int, stride: int, part: int) -> list[Place]:
    return at_each_step(SCENES[number], attempt_for(SCENES[number]), stride * _SLICES, stride * part)


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stride", type=int, default=1)
    for figures in run_all(parser.parse_args().stride):
        sys.stdout.write(f"{figures}\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
