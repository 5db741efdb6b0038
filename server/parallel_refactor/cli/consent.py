"""Asks a person before a program that the workspace names is run on results, once per change of it."""

from __future__ import annotations

from pathlib import Path

from parallel_refactor.cli.terminal import can_ask, confirm
from parallel_refactor.planning.show import printable
from parallel_refactor.running import consent


def settle(root: Path, check: str, *, yes: bool) -> None:
    """See to it that a check may be run, if there is one; raises RequestError where nobody agrees."""
    if consent.is_agreed(root, check):
        return
    if yes or (can_ask() and confirm(f"Run {printable(check)!r} on each result, from now on, in {root}?")):
        consent.agree(root, check)
    consent.require(root, check)
