"""Asks a person before a program that the workspace names is run on results, once per change of it."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from parallel_refactor.cli.terminal import can_ask, confirm
from parallel_refactor.planning.show import printable
from parallel_refactor.running import consent
from parallel_refactor.running.request import RunRequest


def settle(root: Path, request: RunRequest, *, said: Collection[str]) -> None:
    """See to it that a run's programs may be run; `said` are those that a person has just named or agreed to.

    Raises RequestError where nobody agrees.
    """
    for command in request.programs:
        if not consent.is_agreed(root, command) and (command in said or _ask(root, command)):
            consent.agree(root, command)
    consent.require(root, request)


def _ask(root: Path, command: str) -> bool:
    return can_ask() and confirm(f"Run {printable(command)!r} on results, from now on, in {root}?")
