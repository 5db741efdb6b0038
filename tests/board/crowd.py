"""Many processes on one board at once: `python -m tests.board.crowd`, 256 of them and half a minute.

Each is a worker with a Board of its own that claims and hands in until nothing is left. Prints how long the unluckiest
waited for the board, and how many tasks the busiest and the idlest did; fails where a task was done twice or not at
all, or something is left behind.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
import traceback
from pathlib import Path

from attrs import frozen

from lockboard.board import Board
from lockboard.cleaning import clean
from lockboard.model import Claim, ProcessKind, RunSpec, RunState, TaskSpec, TaskState
from tests.board.claims import submit

_PATIENCE = 100.0


@frozen
class Crowd:
    """What became of it: tasks done by each process, and the longest that one waited for a claim or a submission."""

    done: tuple[int, ...]
    worst_wait: float


def gather(root: Path, processes: int, tasks: int) -> Crowd:
    """Let that many processes do the tasks, of three files each; raises AssertionError."""
    board = Board(root, create=True)
    run = board.add_run(RunSpec("a crowd", "test"))
    specs = [TaskSpec(f"t{n}", tuple(f"{n}_{part}.py" for part in range(3))) for n in range(tasks)]
    board.set_plan(run, tuple(specs))
    folder = root / "told"
    folder.mkdir()
    children = [_fork(root, run, folder / str(number)) for number in range(processes)]
    end = time.monotonic() + _PATIENCE
    while sum(process.kind is ProcessKind.WORKER for process in board.state.processes.values()) < processes:
        assert time.monotonic() < end, "not all have joined"
        time.sleep(0.01)
        board.refresh()
    board.move_run(run, RunState.RUNNING)
    ends = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    assert not any(ends), ends
    told = [json.loads(path.read_text()) for path in folder.iterdir()]
    _check(board, run, told)
    board.close()
    return Crowd(tuple(len(one["tasks"]) for one in told), max(one["wait"] for one in told))


def _check(board: Board, run: str, told: list[dict[str, list[str]]]) -> None:
    board.refresh()
    done = sorted(task for one in told for task in one["tasks"])
    assert done == sorted(board.run(run).tasks), "each once"
    assert {task.state for task in board.run(run).tasks.values()} == {TaskState.SUBMITTED}
    assert not board.state.processes
    clean(board)
    assert not list(board.layout.alive.iterdir())
    assert len(list((board.layout.board / "locks").iterdir())) == len(board.state.locks) == 3 * len(done)


def _fork(root: Path, run: str, tell: Path) -> int:
    """Start a worker: a fork of this process that opens a board of its own."""
    child = os.fork()
    if not child:
        code = 1
        try:
            tell.write_text(json.dumps(_work(root, run)))
            code = 0
        except BaseException:
            traceback.print_exc()
            raise
        finally:
            os._exit(code)
    return child


def _work(root: Path, run: str) -> dict[str, object]:
    board = Board(root, patience=_PATIENCE)
    life = board.join(ProcessKind.WORKER, os.getpid(), run)
    while board.run(run).state is not RunState.RUNNING:
        time.sleep(0.01)
        board.refresh()
    tasks, waits = list[str](), list[float]()
    while claim := _timed_claim(board, run, life.process, waits):
        began = time.monotonic()
        submit(board, claim, b"new")
        waits.append(time.monotonic() - began)
        tasks.append(claim.task.id)
    board.depart(life.process, "nothing left")
    life.end()
    return {"tasks": tasks, "wait": max(waits)}


def _timed_claim(board: Board, run: str, worker: str, waits: list[float]) -> Claim | None:
    began = time.monotonic()
    claim = board.claim(run, worker)
    waits.append(time.monotonic() - began)
    return claim


def main() -> None:
    """Gather a crowd of the size that the command line says, and tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.board.crowd", description=__doc__)
    parser.add_argument("--processes", type=int, default=256, help="(%(default)s)")
    parser.add_argument("--tasks", type=int, default=1024, help="(%(default)s)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        began = time.monotonic()
        crowd = gather(Path(scratch).resolve(), given.processes, given.tasks)
    seconds, least, most = time.monotonic() - began, min(crowd.done), max(crowd.done)
    print(f"{given.processes} processes did {given.tasks} tasks once each in {seconds:.1f} s, {least} to {most} each.")
    print(f"The longest that one waited for a claim or a submission: {crowd.worst_wait:.2f} s.")


if __name__ == "__main__":
    main()
