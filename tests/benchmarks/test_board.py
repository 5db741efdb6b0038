from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.contenders import LESSON, LOCKBOARD, Contender
from benchmarks.databases import REDIS, SQLITE
from tests.house.repository import ROOT

BOARDS = ["lockboard", "lesson", "SQLite", *(["Redis"] if shutil.which("redis-server") else [])]


@pytest.mark.parametrize("contender", [LOCKBOARD, LESSON, SQLITE, REDIS], ids=lambda contender: contender.name)
def test_each_board_hands_out_every_task_once(contender: Contender, tmp_path: Path) -> None:
    if contender.name not in BOARDS:
        pytest.skip("no redis-server here")
    with contender.serve(tmp_path):
        contender.fill(tmp_path, 5)
        one, other = contender.sit(tmp_path), contender.sit(tmp_path)
        done = []
        for seat in (one, other, one, one, other):
            done.append(seat.claim())
            if len(done) == 2:
                one.submit()
                other.submit()
            elif len(done) > 2:
                seat.submit()
        assert len({*done}) == 5
        assert None not in done
        assert one.claim() is None
        one.leave()
        other.leave()


def test_smoke() -> None:
    command = [sys.executable, "-m", "benchmarks.board", "--smoke"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr
    speeds, ratios = done.stdout.split("\n\n")
    rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in speeds.splitlines()[2:]]
    measured = {(int(row[0]), int(row[1]), row[2]): row[3:] for row in rows}
    wanted = {(tasks, number, board) for tasks in (20, 40) for number in (1, 2) for board in BOARDS}
    assert measured.keys() == wanted | {(tasks, 1, "bare system calls") for tasks in (20, 40)}
    assert all(float(row[0]) > 0 for row in measured.values())
    assert all(row[2] == "0" for (_, _, board), row in measured.items() if board not in ("lesson", "bare system calls"))
    figures = {
        name.strip(): float(figure) for name, figure in (line.split("|")[1:3] for line in ratios.splitlines()[2:])
    }
    assert len(figures) == 8
    assert all(figure > 0 for name, figure in figures.items() if not name.endswith("% of a core"))
