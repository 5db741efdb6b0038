"""How a supervisor starts processes: forked from one that has loaded what they need, where that is possible."""

from __future__ import annotations

import multiprocessing
import sys

if sys.platform == "win32":
    CONTEXT = multiprocessing.get_context("spawn")
else:
    CONTEXT = multiprocessing.get_context("forkserver")
