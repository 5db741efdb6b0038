"""Starting runs from an editor, for tests."""

from __future__ import annotations

from typing import Any

from lockboard.model import RunState
from parallel_refactor.lsp import messages
from tests.lsp.editor import Editor
from tests.running.runs import Runs

ENDLESS = 1000.0
"""Seconds that no test waits for."""


async def start(one: Editor, **wanted: Any) -> str:
    """Start a run of the simulate engine without questions; gives its name."""
    begun = await one.run(messages.START_RUN, {"engine": "simulate", "workers": 2, "confirm": False, **wanted})
    return str(begun["runId"])


async def reach(one: Editor, runs: Runs, run: str, *states: RunState) -> None:
    """Wait until a run is in one of some states."""
    await one.until(lambda: runs.run(run).state in states, f"{run} is {states}")
