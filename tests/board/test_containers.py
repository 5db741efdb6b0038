"""A container and its host on one board: process ids mean something else in there, locks and deaths do not."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from lockboard.board import Board
from lockboard.errors import BusyBoardError
from lockboard.model import TaskSpec, TaskState
from parallel_refactor.running.checkup import examine
from parallel_refactor.running.leftovers import clear_away
from tests.board.claims import Start
from tests.board.containers import hear, inside, require_containers, say, seen

SIT_AS = """
import sys
from pathlib import Path
from lockboard.board import Board
from lockboard.model import ProcessKind
board = Board(Path(sys.argv[1]))
life = board.join(ProcessKind.WORKER, int(sys.argv[2]), "r1")  # its number in there, as it happens
print(life.process, flush=True)
input()
"""
SIT = """
import os, sys
from pathlib import Path
from lockboard.board import Board
from lockboard.model import ProcessKind
board = Board(Path(sys.argv[1]))
life = board.join(ProcessKind.WORKER, os.getpid(), "r1")
"""
WORK = f"""{SIT}
from lockboard.model import RunState
from tests.board.claims import submit
print(life.process, flush=True)
input()
number = 0
while claim := board.claim("r1", life.process):
    marks = [Path(sys.argv[2], path) for path in claim.task.files]
    for mark in marks:
        os.close(os.open(mark, os.O_CREAT | os.O_EXCL))  # fails where somebody owns the file
    board.refresh()
    for mark in marks:
        mark.unlink()
    submit(board, claim)
    number += 1
print(number)
"""
CLAIM = f"""{SIT}
board.claim("r1", life.process)
print(life.process, os.getpid(), flush=True)
input()
"""
HOLD_MUTEX = f"""{SIT}
with board.changing():
    print("in", flush=True)
    input()
"""
WANT_MUTEX = f"""{SIT}
from lockboard.errors import BusyBoardError
board.close()
board = Board(Path(sys.argv[1]), patience=0.1)
print("ready", flush=True)
input()
try:
    board.hold("f0.py", "me", life.process)
except BusyBoardError as error:
    print(error)
"""


@pytest.fixture(autouse=True)
def containers() -> None:
    if sys.platform != "linux":
        pytest.skip("containers are Linux")
    require_containers()


@pytest.fixture
def innocent() -> Iterator[psutil.Process]:
    """Give a stopped process that has nothing to do with the board."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        process.send_signal(signal.SIGSTOP)
        yield psutil.Process(process.pid)
        process.kill()


def test_workers_inside_and_outside_never_own_one_file(start: Start, tmp_path: Path) -> None:
    tasks = [TaskSpec(f"t{number}", (f"f{number % 20}_{number}.py", f"g{number}.py")) for number in range(200)]
    board, run, _ = start(*tasks)
    marks = tmp_path / "marks"
    marks.mkdir()
    outside = [sys.executable, "-c", WORK, str(board.root), str(marks)]
    with (
        inside(WORK, board.root, marks) as one,
        inside(WORK, board.root, marks) as two,
        subprocess.Popen(outside, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as three,
    ):
        workers = (one, two, three)
        names = {hear(worker) for worker in workers}
        for worker in workers:
            say(worker)
        numbers = [int(hear(worker)) for worker in workers]
    assert len(names) == 3
    assert sum(numbers) == len(tasks)
    assert min(numbers) > 0
    board.refresh()
    assert {task.state for task in board.run(run).tasks.values()} == {TaskState.SUBMITTED}


def test_a_death_inside_is_seen_outside(start: Start) -> None:
    board, run, _ = start(TaskSpec("t1", ("a.py",)))
    with inside(CLAIM, board.root) as process:
        worker, own_pid = hear(process).split()
        board.refresh()
        assert board.run(run).tasks["t1"].worker == worker
        there = seen(process)
        assert there.pid != int(own_pid)
        assert board.pid_of(board.state.processes[worker]) == there.pid
        assert board.is_alive(worker)
        there.kill()
        there.wait(10)
        assert not board.is_alive(worker)
    board.depart(worker, "it died")
    assert board.run(run).tasks["t1"].state is TaskState.READY


def test_who_is_stopped_inside_is_named_by_the_number_that_it_has_outside(start: Start) -> None:
    board, _, _ = start(TaskSpec("t1", ("a.py",)))
    with inside(CLAIM, board.root) as process:
        worker, own_pid = hear(process).split()
        there = seen(process)
        there.suspend()
        board.refresh()
        (finding,) = (one for one in examine(board.root) if "is stopped" in one.problem)
        assert finding.problem == f"Worker {worker} (process {there.pid}) is stopped."
        assert f"kill -CONT {there.pid}" in finding.advice
        assert own_pid not in finding.problem.split()


def test_an_innocent_process_of_the_same_number_is_neither_named_nor_ended(
    start: Start, innocent: psutil.Process
) -> None:
    board, run, own = start(TaskSpec("t1", ("a.py",)))
    board.depart(own.process, "it left")
    with inside(SIT_AS, board.root, str(innocent.pid)) as process:
        worker = hear(process)
        board.refresh()
        assert board.state.processes[worker].pid == innocent.pid
        assert not [one for one in examine(board.root) if str(innocent.pid) in one.problem + one.advice]
        clear_away(board, run, "a new supervisor")
        assert process.wait(10) != 0
    assert worker not in board.state.processes
    assert innocent.status() == psutil.STATUS_STOPPED


def test_who_keeps_the_board_is_named_as_far_as_it_is_seen(start: Start) -> None:
    board, _, worker = start(TaskSpec("t1", ("a.py",)))
    impatient = Board(board.root, patience=0.1)
    with inside(HOLD_MUTEX, board.root) as process:
        assert hear(process) == "in"
        with pytest.raises(BusyBoardError, match=f": process {seen(process).pid} has held the board"):
            impatient.hold("b.py", "me", worker.process)
    with inside(WANT_MUTEX, board.root) as process:
        assert hear(process) == "ready"
        with board.changing():
            say(process)
            assert ": somebody has held the board" in hear(process)
    impatient.close()
