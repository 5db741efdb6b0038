"""Ending a process with all that it started."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator

import psutil
import pytest

from parallel_refactor.running import trees

adopting = pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process adopt its descendants")

START = """
import os, subprocess, sys, time
import psutil
from parallel_refactor.running import trees
trees.become_reaper()
endless = [sys.executable, "-c", "import os, time; os.write(1, b'%d%c' % (os.getpid(), 10)); time.sleep(1000)"]
"""

# A child, one in a session of its own, and one whose parent has ended; each writes its process id.
FAMILY = f"""{START}
subprocess.Popen(endless)
subprocess.Popen(endless, start_new_session=True)
subprocess.run([sys.executable, "-c", f"import subprocess; subprocess.Popen({{endless!r}}, start_new_session=True)"])
time.sleep(1000)
"""

ORPHAN = f"""{START}
nurse = [sys.executable, "-c", f"import subprocess; subprocess.run({{endless!r}})"]
child = subprocess.Popen(nurse, stdout=subprocess.PIPE)
orphan = int(child.stdout.readline())
child.kill()
child.wait()
before = psutil.pid_exists(orphan)
trees.kill_below(psutil.Process())
print(before, psutil.pid_exists(orphan))
"""


@pytest.fixture
def family() -> Iterator[list[psutil.Process]]:
    """Start a tree of four processes; gives them, the top first."""
    with subprocess.Popen([sys.executable, "-c", FAMILY], stdout=subprocess.PIPE) as top:
        assert top.stdout
        others = [psutil.Process(int(top.stdout.readline())) for _ in range(3)]
        members = [psutil.Process(top.pid), *others]
        try:
            yield members
        finally:
            for member in members:
                if member.is_running():
                    member.kill()


@adopting
def test_a_tree_is_killed_with_those_that_tried_to_get_away(family: list[psutil.Process]) -> None:
    trees.kill_tree(family[0])
    assert psutil.wait_procs(family, 10)[1] == []


@adopting
def test_what_is_to_be_spared_lives(family: list[psutil.Process]) -> None:
    top, spared, *others = family
    trees.kill_below(top, spare=[spared.pid])
    end = time.monotonic() + 10
    while any(other.status() != psutil.STATUS_ZOMBIE for other in others):  # `top` takes no notice of their end
        assert time.monotonic() < end
        time.sleep(0.01)
    assert spared.status() != psutil.STATUS_ZOMBIE
    assert top.is_running()


@adopting
def test_the_children_of_a_killed_process_are_found_by_its_ancestor() -> None:
    """As the supervisor finds what a worker leaves that somebody else killed."""
    done = subprocess.run([sys.executable, "-c", ORPHAN], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False"]


def test_a_process_that_is_gone_needs_no_killing() -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        process = psutil.Process(gone.pid)
        gone.wait()
        trees.kill_tree(process)
