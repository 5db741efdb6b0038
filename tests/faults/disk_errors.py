"""A disk that is full or fails, at any call of any operation: a clear word, and everything goes on later.

By hand: python -m tests.faults.disk_errors
"""

from __future__ import annotations

import argparse
import errno
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from attrs import define, field, frozen

from lockboard import agents
from lockboard.board import Board
from lockboard.entries import decode
from lockboard.errors import BoardError
from lockboard.log import Log
from lockboard.model import RunKind, TaskState
from tests.faults.beginnings import submitted
from tests.faults.calls import Call, watched
from tests.faults.crashes import check, tidy_up
from tests.faults.driving import AFTER, BEFORE, OWNER, go_on, tree, undo
from tests.faults.power import quick_disk
from tests.faults.scenes import SCENES, Scene

_OPENING = Scene("open", submitted, lambda board: Board(board.root).close())
ALL = (_OPENING, *SCENES)
_ENDS_BY_ITSELF = ("create a board", "cancel", "clean")
_FAILS_ANYHOW = ("fail", "fail one of a group", "land over a link")
_MAY_BE_CUT_SHORT = ("land", "recover", "undo", "redo", "clean", "make views anew")

_FAILS = {
    "open": (errno.EMFILE, errno.EACCES, errno.EIO),
    "read": (errno.EIO,),
    "write": (errno.ENOSPC, errno.EDQUOT, errno.EIO),
    "ftruncate": (errno.EIO,),
    "fsync": (errno.EIO, errno.ENOSPC),
    "rename": (errno.ENOSPC, errno.EIO, errno.EACCES),
    "move": (errno.ENOSPC, errno.EIO, errno.EACCES),
    "exchange": (errno.ENOSPC, errno.EIO, errno.EACCES),
    "link": (errno.ENOSPC, errno.EIO),
    "unlink": (errno.EACCES, errno.EIO),
    "rmdir": (errno.EACCES, errno.EIO),
    "mkdir": (errno.ENOSPC, errno.EACCES),
    "listdir": (errno.EIO,),
    "chmod": (errno.EPERM, errno.EIO),
    "utime": (errno.EPERM, errno.EIO),
    "chown": (errno.EIO,),
}
"""What each call may fail with."""

_GROWS = frozenset({"write", "mkdir", "link"})
"""What a full disk does not do any more, beside the making of files."""


_MENDED_AFTER = 30
"""Calls after which somebody mends what fails: who tries again and again comes through."""


@frozen
class Fault:
    """The call that fails, by its number, and with what; `stays`: until somebody mends it."""

    number: int
    code: int
    stays: bool


@define
class Faulty:
    """A disk on which calls fail: a watcher for `calls.watched`. Without a fault it only gathers the calls."""

    fault: Fault | None = None
    armed: bool = False
    calls: list[Call] = field(factory=list)
    _failing: str = ""
    _left: int = _MENDED_AFTER

    def __call__(self, call: Call, make: Callable[[], object]) -> object:
        if self.armed:
            self.calls.append(call)
            if self.fault and self._fails(call, self.fault):
                if call.name == "write" and self.fault.code in (errno.ENOSPC, errno.EDQUOT):
                    _write_half(call)
                raise OSError(self.fault.code, os.strerror(self.fault.code), call.path)
        return make()

    def _fails(self, call: Call, fault: Fault) -> bool:
        if len(self.calls) == fault.number + 1:
            self._failing = call.name
            return True
        if not (fault.stays and self._failing) or self._left == 0:
            return False
        self._left -= 1
        if fault.code in (errno.ENOSPC, errno.EDQUOT):
            return call.name in _GROWS or (call.name == "open" and call.creates and not Path(call.path).exists())
        return call.name == self._failing


def _write_half(call: Call) -> None:
    """Write what there was still room for, as a system does before it says that there is no more."""
    os.lseek(call.fd, call.at, os.SEEK_SET)
    _WRITE(call.fd, call.data[: len(call.data) // 2])


_WRITE = os.write


def fail_at(scene: Scene, root: Path, fault: Fault) -> str:
    """Do the scene's operation while a call fails, then let all go on; gives what was said, "" where nothing was."""
    disk = Faulty(fault)
    said, alone = "", True
    with watched(disk):
        board = Board(root)
        disk.armed = True
        try:
            scene.operation(board)
        except BoardError as error:
            said = str(error)
        except OSError as error:
            said = str(error)
            alone = scene.name.startswith(_MAY_BE_CUT_SHORT) or ".task_board" not in said
    assert alone, f"nobody says what to do: {said}"
    assert not said or os.strerror(fault.code) in said, said
    for name, text in tree(root).items():
        assert text in (BEFORE[name], AFTER[name], scene.saved.get(name)), f"{name} has become {text!r}"
    _is_left_alone(root)
    tidy_up(board)
    if scene.name in _ENDS_BY_ITSELF:
        scene.finish(board)
    else:
        _go_on_later(board, scene, os.strerror(fault.code))
    board.close()
    return said


def _go_on_later(board: Board, scene: Scene, reason: str) -> None:
    """When the disk works again: what was begun ends, or failed for the reason that the disk gave, and is undone."""
    agents.unlock(board, None, OWNER)
    check(board, scene)
    go_on(board)
    check(board, scene)
    left = [note.reason for run in board.state.runs.values() for note in run.left]
    for run in list(board.state.runs.values())[::-1]:
        left += [task.reason for task in board.run_tasks(run.id).values() if task.state is TaskState.FAILED]
        if run.spec.kind is RunKind.REFACTOR and not run.undone_by:
            undo(board, run.id)
    check(board, scene)
    assert scene.name in _FAILS_ANYHOW or not left or any(reason in said for said in left), left
    assert left or tree(board.root) == BEFORE | scene.saved


def _is_left_alone(root: Path) -> None:
    """Make sure that nobody keeps the board for ever, and that the log has no half line in its middle."""
    other = Board(root, patience=0.0)
    with other.changing():
        pass
    other.close()
    log = Log(root / ".task_board/log.jsonl", decode)
    assert list(log.read())
    assert not log.behind()
    log.close()


def faults_of(calls: list[Call]) -> Iterator[Fault]:
    """Give all faults that calls may have."""
    for number, call in enumerate(calls):
        codes = _FAILS.get(call.name, ())
        if call.name == "open" and call.creates:
            codes = (*codes, errno.ENOSPC)
        for code in codes:
            yield Fault(number, code, stays=False)
            yield Fault(number, code, stays=True)


def try_scene(scene: Scene, stride: int = 1, first: int = 0) -> dict[str, int]:
    """Let every `stride`-th fault happen to a scene; counts how often what was said, without paths."""
    said: dict[str, int] = {}
    with tempfile.TemporaryDirectory(dir=quick_disk()) as name:
        folder = Path(name).resolve()
        template, root = folder / "template", folder / "workspace"
        template.mkdir()
        scene.prepare(template)
        shutil.copytree(template, root)
        rehearsal = Faulty()
        with watched(rehearsal):
            board = Board(root)
            rehearsal.armed = True
            scene.operation(board)
        board.close()
        for fault in list(faults_of(rehearsal.calls))[first::stride]:
            shutil.rmtree(root)
            with suppress(FileNotFoundError):
                shutil.rmtree(folder / "beside")
            shutil.copytree(template, root)
            call = rehearsal.calls[fault.number]
            try:
                words = fail_at(scene, root, fault)
            except BaseException as error:
                error.add_note(f"{scene.name}: {fault} {errno.errorcode[fault.code]} at {call.name} {call.path}")
                raise
            said[words] = said.get(words, 0) + 1
    return said


def main() -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.disk_errors", description=__doc__)
    parser.add_argument("--stride", type=int, default=1)
    parser.add_argument("--only", default="", metavar="WORDS", help="only scenes whose name has these words")
    arguments = parser.parse_args()
    for scene in ALL:
        if arguments.only in scene.name:
            said = try_scene(scene, arguments.stride)
            told = sum(said.values()) - said.get("", 0)
            print(f"{scene.name}: {sum(said.values())} faults, {told} told, none with a consequence", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
