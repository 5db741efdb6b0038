"""`parallel-refactor run`: plans a change of a workspace and carries it out."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lockboard.board import Board
from parallel_refactor.cli.consent import settle, settle_question
from parallel_refactor.cli.interrupts import Interrupts
from parallel_refactor.cli.outcome import see_through, show_chosen, show_estimate
from parallel_refactor.cli.places import workspace
from parallel_refactor.cli.terminal import console, require_person
from parallel_refactor.planning.interface import Plan
from parallel_refactor.planning.show import as_json, render
from parallel_refactor.running.choice import require_means
from parallel_refactor.running.request import RequestError, RunRequest
from parallel_refactor.running.settings import read_settings, with_settings
from parallel_refactor.running.start import plan_only, resolve, start_run

if TYPE_CHECKING:
    from parallel_refactor.running.chosen import Chosen
    from parallel_refactor.running.estimate import Estimate

_GIVEN = (
    "recipe", "engine", "workers", "include", "exclude", "held", "review", "attempts", "deadline", "max_cost",
    "max_tokens", "choose", "interface", "deny", "check", "check_timeout", "gate", "gate_timeout", "command",
    "command_timeout",
)  # fmt: skip


def run(args: argparse.Namespace) -> int:
    """Show the plan, or run it and follow the run to its end."""
    prompt, path = args.prompt or "", args.path
    if args.recipe and args.recipe.endswith(".yml") and Path(args.recipe).is_file():
        args.recipe = str(Path(args.recipe).resolve())
    elif not args.recipe and args.pattern is not None:
        args.recipe = "rewrite"
    said = bool(args.recipe) or args.engine in ("simulate", "command")
    if said and path is None and Path(prompt).exists():
        prompt, path = "", prompt or None  # what to do is said already: the one word left is where
    root, scope = workspace(path)
    request = _request(args, root, prompt, scope)
    try:
        resolve(request, root)
    except RequestError as error:
        no_path = " There is no folder or file of that name either." if said and prompt and path is None else ""
        raise RequestError(f"{error}{no_path}") from None
    if not (args.yes or args.plan):
        require_person()
    if request.choose:
        request = settle_question(root, request, yes=args.yes)
    if args.plan:
        return _show_plan(root, request, as_object=args.json)
    settle(root, request, said=request.programs if args.yes else (args.check, args.gate, args.command))
    with Interrupts() as interrupts:
        board = Board(root, create=True)
        return see_through(board, start_run(board, request), args, interrupts)


def _request(args: argparse.Namespace, root: Path, prompt: str, scope: str) -> RunRequest:
    given: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name in _GIVEN
        if (value := getattr(args, name)) is not None
    }
    rewriting = {name: value for name in ("pattern", "replace") if (value := getattr(args, name)) is not None}
    options = dict(args.option or ()) | rewriting
    given |= {"prompt": prompt, "scope": scope, "confirm": not args.yes, "options": options}
    return with_settings(given, read_settings(root))


def _show_plan(root: Path, request: RunRequest, *, as_object: bool) -> int:
    chosen = _ask(root, request) if request.choose else None
    plan = plan_only(root, request, chosen)
    cost = _estimate(root, request, plan)
    if as_object:
        more = {**({"chosen": chosen.as_json()} if chosen else {}), **({"estimate": cost.as_json()} if cost else {})}
        print(json.dumps(as_json(plan) | more))
    else:
        to = console(sys.stdout)
        render(plan, to)
        show_chosen(to, chosen.lines() if chosen else ())
        show_estimate(to, cost, request)
    return 0


def _ask(root: Path, request: RunRequest) -> Chosen:
    """Ask a model, as a person has agreed to, which files need the change."""
    from parallel_refactor.running.choosing import ask_without_run, propose  # noqa: PLC0415  as below

    require_means(root, request)
    return ask_without_run(request, propose(root, request).question)


def _estimate(root: Path, request: RunRequest, plan: Plan) -> Estimate | None:
    if request.engine != "claude":
        return None
    from parallel_refactor.running.context import find_context  # noqa: PLC0415  only what asks a model needs them
    from parallel_refactor.running.estimate import estimate  # noqa: PLC0415

    return estimate(request, ((len(task.files), task.size) for task in plan.tasks), find_context(root, request))
