from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.house.repository import ROOT


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the crowd is forked")
def test_a_crowd_does_each_task_once_and_nobody_starves() -> None:
    command = [sys.executable, "-m", "tests.board.crowd", "--processes", "24", "--tasks", "240"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("24 processes did 240 tasks once each in ")
