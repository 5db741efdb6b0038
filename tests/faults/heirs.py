"""Who has the board to itself dies, while several wait: one after the other comes in, and finds it as it should be.

By hand: python -m tests.faults.heirs
"""

from __future__ import annotations

import argparse
import fcntl
import os
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

from lockboard import entries as e
from lockboard.board import Board
from lockboard.errors import BusyBoardError
from lockboard.log import Log
from lockboard.model import TaskState
from lockboard.paths import lock_file_name
from tests.faults.calls import Call, watched
from tests.faults.crashes import at_each_step
from tests.faults.scenes import SCENES, Scene
from tests.faults.steps import between_lines

HEIRS = 3
DYING = tuple(scene for scene in SCENES if scene.name in ("claim", "take from a worker", "depart", "land"))
_PATIENCE = 20.0


def die_before_heirs(scene: Scene, root: Path, step: int) -> bool:
    """Kill a process that does the scene's operation before `step`, with heirs waiting; False if it had no board."""
    return _inherit(root, partial(_stop_at_step, scene, root, step))


def die_in_a_line(scene: Scene, root: Path, part: float) -> bool:
    """Kill a process that has written a part of its first line."""
    return _inherit(root, partial(_stop_in_a_line, scene, root, part))


def _inherit(root: Path, dying: Callable[[], None]) -> bool:
    holder = _fork(dying)
    try:
        if not (os.WIFSTOPPED(os.waitpid(holder, os.WUNTRACED)[1]) and _is_kept(root)):
            return False
        heirs = [_fork(partial(_come_in, root, number)) for number in range(HEIRS)]
        _until_all_wait(root)
    finally:
        with suppress(ProcessLookupError, ChildProcessError):  # where it was never stopped
            os.kill(holder, signal.SIGKILL)
            os.waitpid(holder, 0)
    codes = [os.waitstatus_to_exitcode(os.waitpid(heir, 0)[1]) for heir in heirs]
    assert codes == [0] * HEIRS, "an heir was not alone, or did not find the board as it should be: see above"
    board = Board(root)
    _look_around(board)
    assert len([hold for holds in board.state.holds.values() for hold in holds if hold.startswith("heir")]) == HEIRS
    board.close()
    return True


def _stop_at_step(scene: Scene, root: Path, step: int) -> None:
    board = Board(root)
    with between_lines(lambda now: os.kill(os.getpid(), signal.SIGSTOP) if now == step else None):
        scene.operation(board)


def _stop_in_a_line(scene: Scene, root: Path, part: float) -> None:
    write = os.write

    def write_a_part(call: Call, make: Callable[[], object]) -> object:
        if call.name == "write" and call.path.endswith("log.jsonl"):
            write(call.fd, call.data[: int(len(call.data) * part)])
            os.kill(os.getpid(), signal.SIGSTOP)
        return make()

    with watched(write_a_part):
        scene.operation(Board(root))


def _come_in(root: Path, number: int) -> None:
    """Wait for the board; then be alone, find log and views right, and write something."""
    board = Board(root, patience=_PATIENCE)
    with board.changing() as write, _alone(root):
        _look_around(board)
        write(e.Held(f"heir{number}", "an heir", f"heir{number}"))


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """Fail if another process is in here; the system gives it back when who is here dies."""
    with (root.parent / "witness").open("a") as witness:
        fcntl.flock(witness, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield


def _look_around(board: Board) -> None:
    """Make sure that the log has no torn end, and that the views show what it says."""
    log = Log(board.layout.board / "log.jsonl", e.decode)
    lines = list(log.read())
    assert not log.behind(), "there is a torn end"
    log.close()
    assert [line.seq for line in lines] == list(range(1, board.state.seq + 1))
    keys = {*board.state.locks, *board.state.holds}
    assert {path.name for path in (board.layout.board / "locks").iterdir()} == {lock_file_name(key) for key in keys}
    for run in board.state.runs.values():
        shown = {path.stem: TaskState(path.parent.name) for path in board.layout.tasks(run.id).glob("*/*.json")}
        assert shown == {name: task.state for name, task in run.tasks.items()}


def _is_kept(root: Path) -> bool:
    board = Board(root, patience=0.0)
    try:
        with board.changing():
            return False
    except BusyBoardError:
        return True
    finally:
        board.close()


def _until_all_wait(root: Path) -> None:
    """Wait until all heirs wait for the lock, as the system lists them (man 5 proc: locks)."""
    mine, end = f":{(root / '.task_board/mutex').stat().st_ino} ", time.monotonic() + _PATIENCE
    while True:
        waiting = [line for line in Path("/proc/locks").read_text().splitlines() if "->" in line and mine in line]
        if len(waiting) >= HEIRS:
            return
        assert time.monotonic() < end, "the heirs never waited"
        time.sleep(0.001)


def _fork(code: Callable[[], None]) -> int:
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            code()
            status = 0
        except BaseException:  # noqa: BLE001  the child must not go on as the parent
            sys.excepthook(*sys.exc_info())
        finally:
            os._exit(status)
    return pid


def run_scene(scene: Scene, stride: int, first: int = 0) -> int:
    """Have holders die at every `stride`-th step of a scene; gives how many had the board then."""
    died = 0

    def die(scene: Scene, root: Path, step: int) -> None:
        nonlocal died
        died += die_before_heirs(scene, root, step)

    at_each_step(scene, die, stride, first)
    return died


def run_lines(scene: Scene, parts: int) -> int:
    """Have holders die with a part of a line written: nothing of it, ..., all but the end; gives how many did."""
    died = 0
    for part in range(parts):
        with tempfile.TemporaryDirectory() as name:
            root = Path(name).resolve() / "workspace"
            root.mkdir()
            scene.prepare(root)
            died += die_in_a_line(scene, root, part / parts)
    return died


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.heirs", description=__doc__)
    parser.add_argument("--stride", type=int, default=1)
    for scene in DYING:
        died = run_scene(scene, parser.parse_args().stride) + run_lines(scene, 40)
        print(f"{scene.name}: {died} holders died with {HEIRS} waiting, none with a consequence", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
