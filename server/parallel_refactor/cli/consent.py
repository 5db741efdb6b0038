"""Asks a person before a program that the workspace names is run on results, and before a model is asked anything."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from attrs import evolve

from parallel_refactor.cli.terminal import can_ask, confirm
from parallel_refactor.planning.show import printable
from parallel_refactor.running import consent
from parallel_refactor.running.request import RequestError, RunRequest


def settle(root: Path, request: RunRequest, *, said: Collection[str]) -> None:
    """See to it that a run's programs may be run; `said` are those that a person has just named or agreed to.

    Raises RequestError where nobody agrees.
    """
    for command in request.programs:
        if not consent.is_agreed(root, command) and (command in said or _ask(root, command)):
            consent.agree(root, command)
    consent.require(root, request)


def settle_question(root: Path, request: RunRequest, *, yes: bool) -> RunRequest:
    """Say what asking a model which files need the change would take, and ask a person; without a yes it is not asked.

    Raises RequestError where nobody can be asked.
    """
    from parallel_refactor.running.choosing import propose  # noqa: PLC0415  only what asks a model needs it

    if yes:
        return request
    if not can_ask():
        raise RequestError(
            "choose asks a model which files need the change, which costs money, and nobody can be asked here whether "
            "it may: add --yes, or leave it out."
        )
    return request if confirm(propose(root, request).line) else evolve(request, choose=False)


def _ask(root: Path, command: str) -> bool:
    return can_ask() and confirm(f"Run {printable(command)!r} on results, from now on, in {root}?")
