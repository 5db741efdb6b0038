"""All hints for a workspace, found out and checked in one go.

In rounds, for a type that is written tells more types. A round depends only on the texts that it begins with, and the
last one adds nothing: so a second run over the result changes nothing either.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence

from attrs import Factory, define, evolve, frozen

from parallel_refactor.engines.recipes.hints_found import Found, read_found
from parallel_refactor.engines.recipes.hints_given import ask, read_answers
from parallel_refactor.engines.recipes.hints_harm import HintHarm, Readers
from parallel_refactor.engines.recipes.hints_imports import find_import_place
from parallel_refactor.engines.recipes.hints_judge import Hint, Judge, RefusedError
from parallel_refactor.engines.recipes.hints_known import MODULES, Known
from parallel_refactor.engines.recipes.hints_names import FileNames
from parallel_refactor.engines.recipes.hints_settle import Errors, Function, Trial, errors_of, settle
from parallel_refactor.engines.recipes.hints_shadow import TypeShadow
from parallel_refactor.engines.recipes.hints_slots import RESULT, Slot, places
from parallel_refactor.engines.recipes.python_module import Definition, PythonModule
from parallel_refactor.engines.recipes.python_source import PythonSource

Reasons = dict[Slot, str]


@define
class FilePlan:
    """What is to be written into one file, round by round, and why the rest is left: reasons by line."""

    path: str
    python: tuple[int, int]
    rounds: list[dict[Slot, Hint]] = Factory(list)
    left: list[tuple[int, str]] = Factory(list)


@frozen
class _Proposal:
    hints: dict[Slot, Hint]
    reasons: Reasons
    functions: Sequence[Function]


def plan_hints(shadow: TypeShadow, files: Sequence[FilePlan]) -> None:
    """Fill in the plans of files whose texts the shadow has; raises EngineError where pyrefly fails."""
    readers = Readers.survey(_module(shadow, file) for file in files)
    errors = errors_of(shadow.check())
    dropped: dict[str, set[Slot]] = {file.path: set() for file in files}
    proposals: dict[str, _Proposal] = {}
    for _ in range(_ROUNDS):
        proposals = _propose_all(shadow, files, readers)
        # What was dropped before costs checks, and mostly goes again: it is tried once there is nothing else.
        kept, errors = _keep(shadow, proposals, dropped, errors, again=False)
        if not kept:
            kept, errors = _keep(shadow, proposals, dropped, errors, again=True)
        if not kept:
            break
        for file in files:
            file.rounds += [kept[file.path]] if file.path in kept else []
    for file in files:
        file.left = _left(_module(shadow, file), proposals[file.path].reasons, dropped[file.path])


_ROUNDS = 20
_TOLD = "no type could be told for its {}"
_CONTRADICTED = "what could be told of its {} contradicts other code"


def _module(shadow: TypeShadow, file: FilePlan) -> PythonModule:
    return PythonModule(PythonSource.read(shadow.read(file.path)))


def _keep(
    shadow: TypeShadow,
    proposals: Mapping[str, _Proposal],
    dropped: Mapping[str, set[Slot]],
    errors: Errors,
    *,
    again: bool,
) -> tuple[dict[str, dict[Slot, Hint]], Errors]:
    """Write what is proposed, of what was dropped before only `again`; gives what stays, and the errors then."""
    trials = {}
    for path, proposal in proposals.items():
        hints = {slot: hint for slot, hint in proposal.hints.items() if again or slot not in dropped[path]}
        if hints:
            trials[path] = Trial(path, shadow.read(path), hints, proposal.functions)
    errors = settle(shadow, trials, errors)
    for path, trial in trials.items():
        dropped[path].update(trial.dropped)
    return {path: trial.hints for path, trial in trials.items() if trial.hints}, errors


def _propose_all(shadow: TypeShadow, files: Sequence[FilePlan], readers: Readers) -> dict[str, _Proposal]:
    """Find out what can be told of all files as they are now."""
    inferred, given = shadow.infer(), _ask_all(shadow, files)
    proposals = {}
    for file in files:
        module = _module(shadow, file)
        found = read_found(module, inferred[file.path].read_bytes()) if file.path in inferred else Found({}, {})
        annotations = {**given.get(file.path, {}), **found.annotations}
        proposals[file.path] = _propose(module, file, evolve(found, annotations=annotations), readers)
    return proposals


def _ask_all(shadow: TypeShadow, files: Sequence[FilePlan]) -> dict[str, dict[Slot, ast.expr]]:
    """Find out what coroutines and generators give."""
    asked = {file.path: ask(_module(shadow, file)) for file in files}
    questions = {path: question for path, question in asked.items() if question is not None}
    if not questions:
        return {}
    revealed = shadow.reveal({path: question.text for path, question in questions.items()})
    return {path: read_answers(question, revealed[path]) for path, question in questions.items()}


def _propose(module: PythonModule, file: FilePlan, found: Found, readers: Readers) -> _Proposal:
    """Judge all that is known about a file's types."""
    names, known = FileNames(module), Known(module, file.path)
    can_import = find_import_place(names, file.path) is not None and not names.lists_names
    judge = Judge(names, file.python, {**MODULES, **found.modules}, can_import=can_import)
    harm = HintHarm(module, readers)
    hints: dict[Slot, Hint] = {}
    reasons: Reasons = {}
    harms = {number: harm.reason(definition) for number, definition in enumerate(module.definitions)}
    for place in places(module):
        annotation = known.type_of(place) or found.annotations.get(place.slot) or known.to_try(place)
        if place.annotation is not None:
            continue
        if reason := harms[place.slot.function]:
            reasons[place.slot] = reason
        elif annotation is not None:
            try:
                hints[place.slot] = judge.write(place, annotation)
            except RefusedError as error:
                reasons[place.slot] = str(error)
    return _Proposal(hints, reasons, list(_functions(module, file.path)))


def _functions(module: PythonModule, path: str) -> Iterator[Function]:
    outer: dict[int, str] = {}
    for number, definition in enumerate(module.definitions):
        name = ".".join(part for part in (_around(definition, outer), definition.node.name) if part)
        outer[id(definition.node)] = name
        yield Function(path, name, definition.node.lineno, definition.node.end_lineno or 0, number)


def _around(definition: Definition, outer: Mapping[int, str]) -> str:
    if definition.owner is not None:
        return definition.owner.name
    return outer[id(definition.outer)] if definition.outer is not None else ""


def _left(module: PythonModule, reasons: Reasons, dropped: set[Slot]) -> list[tuple[int, str]]:
    """Say at which functions something is left, and why, each reason once a function."""
    found: dict[tuple[int, str], None] = {}
    for place in places(module):
        if place.annotation is None:
            reason = _CONTRADICTED if place.slot in dropped else reasons.get(place.slot, _TOLD)
            what = "result" if place.slot.name == RESULT else "parameters"
            found[place.definition.node.lineno, reason.format(what)] = None
    return list(found)
