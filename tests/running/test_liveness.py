"""Whoever dies, hangs or takes too long: the task goes on, and nobody is left behind."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from lockboard.board import Board
from lockboard.entries import Joined, decode
from lockboard.log import Log
from lockboard.model import ProcessKind, RunSpec, RunState, Wish
from parallel_refactor.running.request import RunRequest, to_options
from parallel_refactor.running.start import ensure_supervisor
from tests.faults.kills import Kills, kill_at_random
from tests.running.runs import Runs, edits, kill

ENDLESS = 1000.0
"""Seconds that no test waits for."""


def test_workers_and_supervisors_are_killed_and_every_file_is_changed_once(runs: Runs, tmp_path: Path) -> None:
    kills = Kills(files=60, workers=4, worker_kills=20, supervisor_kills=2, worker_stops=1, supervisor_stops=1)
    assert kill_at_random(runs, tmp_path / "diaries", kills).problems == []


def test_a_task_past_its_deadline_is_tried_again_and_fails(runs: Runs) -> None:
    runs.write(4)
    run = runs.start(options={"hang": ["m0000.py"]}, deadline=0.5, attempts=2)
    report = runs.end(run)
    assert report.state == RunState.FAILED
    assert report.files == {"changed": 3, "unchanged": 0, "left": 0, "failed": 1}
    assert [failure.reason for failure in report.failures] == ["it took longer than 0.5 s (attempt 2 of 2)"]


def test_a_worker_that_shows_no_sign_of_life_loses_its_task(runs: Runs) -> None:
    runs.write(1)
    run = runs.start(options={"seconds": 2.0}, lease=3.0)
    runs.until(lambda: runs.busy(run), "a worker is busy")
    [worker] = runs.busy(run)
    os.kill(worker.pid, signal.SIGSTOP)
    report = runs.end(run)
    assert report.files["changed"] == 1
    [task] = runs.board.run_tasks(run).values()
    assert (task.attempts, task.worker != worker.id) == (1, True)


def test_a_long_task_with_a_heartbeat_keeps_its_worker(runs: Runs) -> None:
    runs.write(1)
    run = runs.start(options={"seconds": 5.0}, lease=3.0)
    assert runs.end(run).files["changed"] == 1
    [task] = runs.board.run_tasks(run).values()
    assert task.attempts == 0


@pytest.mark.skipif(sys.platform == "win32", reason="nothing can be stopped there")
def test_a_worker_that_is_stopped_while_it_has_the_board_is_ended(runs: Runs) -> None:
    """Nobody can change the board then, not even the supervisor."""
    runs.write(4000)
    run = runs.start(workers=4, lease=3.0)
    runs.until(lambda: _stop_with_board(runs, run), "a worker was stopped while it had the board")
    assert runs.end(run).files["changed"] == 4000


def _stop_with_board(runs: Runs, run: str) -> bool:
    """Stop a worker; let it go again where it did not have the board just then."""
    for worker in runs.workers(run):
        try:
            os.kill(worker.pid, signal.SIGSTOP)
            stopped = psutil.Process(worker.pid).status() == psutil.STATUS_STOPPED
            if stopped and _board_holder(runs) == worker.pid:
                return True
            os.kill(worker.pid, signal.SIGCONT)
        except (ProcessLookupError, psutil.NoSuchProcess):
            continue
    return False


def _board_holder(runs: Runs) -> int:
    """Give the process that keeps the board for itself for a while, 0 where nobody does."""
    import fcntl  # noqa: PLC0415  does not exist on Windows

    with (runs.board.layout.board / "mutex").open("rb") as mutex:
        for _ in range(20):
            try:
                fcntl.flock(mutex, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(0.005)
            else:
                return 0
        return int(mutex.read().split()[0])


def test_workers_end_when_their_supervisor_is_killed(runs: Runs) -> None:
    runs.write(4)
    run = runs.start(options={"seconds": ENDLESS, "ignore_stop": 1.0})
    runs.until(lambda: len(runs.busy(run)) == 2, "two workers are busy")
    kill(runs.supervisor(run))
    runs.assert_nobody_left()
    assert runs.run(run).state is RunState.RUNNING
    ensure_supervisor(runs.board, run)
    runs.until(lambda: len(runs.busy(run)) == 2, "two new workers are busy")
    assert not any(task.attempts for task in runs.run(run).tasks.values())
    runs.wish(run, Wish.CANCEL)
    assert runs.end(run).state == RunState.CANCELLED


def test_a_supervisor_that_is_asked_to_end_leaves_a_run_that_can_go_on(runs: Runs) -> None:
    runs.write(4)
    run = runs.start(options={"seconds": 0.5})
    runs.until(lambda: runs.busy(run), "a worker is busy")
    os.kill(runs.supervisor(run).pid, signal.SIGTERM)
    runs.assert_nobody_left()
    assert not runs.run(run).state.ended
    ensure_supervisor(runs.board, run)
    assert runs.end(run).files["changed"] == 4


def test_the_process_that_forks_workers_may_die(runs: Runs) -> None:
    paths = runs.write(8)
    run = runs.start(options={"seconds": 0.5}, attempts=20)
    runs.until(lambda: runs.busy(run), "a worker is busy")
    [worker, *_] = runs.busy(run)
    parent = psutil.Process(worker.pid).parent()
    assert parent
    if parent.pid == runs.supervisor(run).pid:
        pytest.skip("workers are the supervisor's own children here")
    parent.kill()
    assert runs.end(run).files["changed"] == 8
    assert all(edits(runs.root / path) == 1 for path in paths)


def test_a_run_has_one_supervisor_however_many_ask_for_one(runs: Runs) -> None:
    runs.write(4)
    options = to_options(RunRequest(engine="simulate", workers=2, options={"seconds": 0.3}))
    run = runs.board.add_run(RunSpec("Simulate", "simulate", options=options))
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda _: ensure_supervisor(Board(runs.root), run), range(3)))
    assert runs.end(run).files["changed"] == 4
    log = Log(runs.board.layout.board / "log.jsonl", decode)
    joined = [line.entry for line in log.read() if isinstance(line.entry, Joined)]
    log.close()
    assert len([entry for entry in joined if entry.kind is ProcessKind.SUPERVISOR]) == 1


@pytest.mark.parametrize("anew", [False, True])
def test_a_supervisor_ends_with_its_workers_when_the_board_is_deleted(runs: Runs, anew: bool) -> None:
    runs.write(4)
    first = runs.start(options={"seconds": ENDLESS})
    runs.until(lambda: len(runs.busy(first)) == 2, "both workers are at work")
    old = {process.pid for process in runs.family()}
    shutil.rmtree(runs.board.layout.board)
    again = Runs(runs.root, "") if anew else None
    second = again.start() if again else ""
    deadline = time.monotonic() + 30
    while old & {process.pid for process in runs.family()}:
        assert time.monotonic() < deadline, "the supervisor of a deleted board lives on"
        time.sleep(0.05)
    if again:
        assert again.end(second).files["changed"] == 4
        again.board.close()
