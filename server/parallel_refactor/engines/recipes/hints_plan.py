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
from parallel_refactor.engines.recipes.hints_settle import Function, Trial, errors_of, settle
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
    trials: dict[str, Trial] = {}
    refused: dict[str, Reasons] = {}
    for _ in range(_ROUNDS):
        inferred, given = shadow.infer(), _ask_all(shadow, files)
        trials, refused = {}, {}
        for file in files:
            module = _module(shadow, file)
            found = read_found(module, inferred[file.path].read_bytes()) if file.path in inferred else Found({}, {})
            more = given.get(file.path, {})
            proposal = _propose(module, file, evolve(found, annotations={**more, **found.annotations}), readers)
            refused[file.path] = proposal.reasons
            if proposal.hints:
                trials[file.path] = Trial(file.path, module.source.data, proposal.hints, proposal.functions)
        errors = settle(shadow, trials, errors)
        for file in files:
            trial = trials.get(file.path)
            if trial and trial.hints:
                file.rounds.append(trial.hints)
        if not any(trial.hints for trial in trials.values()):
            break
    for file in files:
        dropped = trials[file.path].dropped if file.path in trials else set()
        file.left = _left(_module(shadow, file), refused[file.path], dropped)


_ROUNDS = 6
_TOLD = "no type could be told for its {}"
_CONTRADICTED = "what could be told of its {} contradicts other code"


def _module(shadow: TypeShadow, file: FilePlan) -> PythonModule:
    return PythonModule(PythonSource.read(shadow.read(file.path)))


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
        annotation = known.type_of(place) or found.annotations.get(place.slot)
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
