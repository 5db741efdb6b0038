"""Which hints go again because the type checker has something against them."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from attrs import Factory, define, evolve, frozen

from parallel_refactor.engines.recipes.hints_judge import Hint
from parallel_refactor.engines.recipes.hints_shadow import Finding, TypeShadow
from parallel_refactor.engines.recipes.hints_slots import RESULT, Slot
from parallel_refactor.engines.recipes.hints_write import Written, write_hints
from parallel_refactor.engines.recipes.python_module import PythonModule
from parallel_refactor.engines.recipes.python_source import PythonSource

Errors = Counter[tuple[str, int, str]]
"""How many errors of which kind there are at which file and line."""

_Suspects = set[tuple[str, Slot]]
_Known = Mapping[str, Sequence["Function"]]


@frozen
class Function:
    """A function that has hints: its dotted name in its file, its lines, and its number."""

    path: str
    name: str
    first: int
    last: int
    number: int


@define
class Trial:
    """A file's text with the hints that are tried on it. `dropped` are those that went again."""

    path: str
    before: bytes
    hints: dict[Slot, Hint]
    functions: Sequence[Function]
    written: Written = Factory(lambda: Written(b""))
    dropped: set[Slot] = Factory(set)

    def write(self, shadow: TypeShadow) -> None:
        """Put the text with its present hints into the shadow."""
        self.written = Written(self.before)
        if self.hints:
            self.written = write_hints(PythonModule(PythonSource.read(self.before)), self.path, self.hints)
        shadow.write(self.path, self.written.data)

    def drop(self, slots: Iterable[Slot]) -> None:
        """Take hints back."""
        for slot in slots:
            if self.hints.pop(slot, None) is not None:
                self.dropped.add(slot)


def errors_of(findings: Iterable[Finding]) -> Errors:
    """Count errors."""
    return Counter((finding.path, finding.line, finding.kind) for finding in findings)


def settle(shadow: TypeShadow, trials: Mapping[str, Trial], base: Errors) -> Errors:
    """Try the hints, and drop those that add an error until none is added; gives the errors that there are then."""
    if not trials:
        return base
    changed, searches = set(trials), 0
    for attempt in range(_ATTEMPTS):
        for path in sorted(changed):
            trials[path].write(shadow)
        found = shadow.check()
        added, others = _compare(found, trials, base)
        suspects = _suspects(added, others, trials, thorough=attempt >= _PRECISE)
        if not suspects and not added:
            return errors_of(found)
        if not suspects and searches < _SEARCHES:
            suspects, searches = _search(shadow, trials, base), searches + 1
        suspects = suspects or _all(trials)
        changed = {path for path, _ in suspects}
        for path, slot in suspects:
            trials[path].drop([slot])
    for trial in trials.values():
        trial.drop(list(trial.hints))
        trial.write(shadow)
    return base


_ATTEMPTS = 16
_PRECISE = 6
_SEARCHES = 4


def _search(shadow: TypeShadow, trials: Mapping[str, Trial], base: Errors) -> _Suspects:
    """Find by halving a hint without which there are fewer new errors; all for parameters if it is none of those."""
    hints = {path: dict(trial.hints) for path, trial in trials.items()}
    order = sorted(_all(trials))

    def errors_without(number: int) -> int:
        gone = set(order[:number])
        for path, trial in trials.items():
            kept = {slot: hint for slot, hint in hints[path].items() if (path, slot) not in gone}
            if kept.keys() != trial.hints.keys():
                trial.hints = kept
                trial.write(shadow)
        return len(_compare(shadow.check(), trials, base)[0])

    before, low, high = errors_without(0), 0, len(order)
    if errors_without(high) < before:
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if errors_without(middle) < before else (middle, high)
    for path, trial in trials.items():
        if trial.hints.keys() != hints[path].keys():
            trial.hints = hints[path]
            trial.write(shadow)
    return set(order[low:high])


def _compare(
    found: Iterable[Finding], trials: Mapping[str, Trial], base: Errors
) -> tuple[list[Finding], list[Finding]]:
    """Give the errors that are new, and the others, with the lines that they have in the texts as they were."""
    left = Counter(base)
    added: list[Finding] = []
    others: list[Finding] = []
    for finding in found:
        trial = trials.get(finding.path)
        moved = evolve(finding, line=trial.written.line_before(finding.line)) if trial else finding
        key = (moved.path, moved.line, moved.kind)
        left[key] -= 1
        (others if left[key] >= 0 else added).append(moved)
    return added, others


def _suspects(
    added: Sequence[Finding], others: Sequence[Finding], trials: Mapping[str, Trial], *, thorough: bool
) -> _Suspects:
    """Give the hints that new errors come from, and those that take part in old ones about overriding."""
    known: dict[str, list[Function]] = defaultdict(list)
    for function in [function for trial in trials.values() for function in trial.functions]:
        known[function.name.rpartition(".")[2]].append(function)
    found: _Suspects = set()
    for finding in others:
        if finding.kind == _OVERRIDE:
            found |= _overriding(finding, trials) | _overridden(finding, trials, known)
    for finding in added:
        trial = trials.get(finding.path)
        new = (
            _imported(finding, trial)
            or _named(finding, trials, known)
            or _enclosing(finding, trial)
            or _mentioned(finding, trials, known)
        )
        if finding.kind == _OVERRIDE:
            new |= _overridden(finding, trials, known)
        if thorough:
            new |= _mentioned(finding, trials, known)
        if thorough or not new:
            new |= _used(finding, trial, trials, known)
        found |= new or _same_class(finding, trial)
    return found


def _all(trials: Mapping[str, Trial]) -> _Suspects:
    """Give the hints for all parameters, most of which are guesses; or else all hints."""
    hints = {(trial.path, slot) for trial in trials.values() for slot in trial.hints}
    return {(path, slot) for path, slot in hints if slot.name != RESULT} or hints


_OVERRIDE = "bad-override"
_CALLEE = re.compile(r"in function `([\w.]+)`")
_PARAMETER = re.compile(r"parameter `(\w+)`")
_PARENT = re.compile(r"parent class `([\w.]+)`")
_WORD = re.compile(r"\w+")


def _imported(finding: Finding, trial: Trial | None) -> _Suspects:
    """Give the hints with imports that a message about imports is about."""
    if trial is None or not finding.kind.startswith("missing-"):
        return set()
    modules = set(_MODULE.findall(finding.message))
    hints = trial.hints.items()
    return {(trial.path, slot) for slot, hint in hints if any(module in modules for module, _ in hint.imports)}


_MODULE = re.compile(r"module `([\w.]+)`")


def _slots(function: Function, trials: Mapping[str, Trial]) -> list[Slot]:
    return [slot for slot in trials[function.path].hints if slot.function == function.number]


def _named(finding: Finding, trials: Mapping[str, Trial], known: _Known) -> _Suspects:
    """Give the hints of the parameters of the function that a message says was called in a wrong way."""
    callee, parameter = _CALLEE.search(finding.message), _PARAMETER.search(finding.message)
    if callee is None:
        return set()
    name = callee.group(1)
    functions = [f for f in known.get(name.rpartition(".")[2], ()) if _is(f, name)]
    slots = {(f.path, slot) for f in functions for slot in _slots(f, trials) if slot.name != RESULT}
    exact = {(path, slot) for path, slot in slots if parameter and slot.name == parameter.group(1)}
    return exact or slots


def _is(function: Function, name: str) -> bool:
    """Whether a dotted name, with the module's, means a function; modules may be known from a folder further down."""
    module = function.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return f".{module}.{function.name}".endswith(f".{name}")


def _enclosing(finding: Finding, trial: Trial | None) -> _Suspects:
    """Give the hints of the innermost function around the place that has any: of the parameters on the line, or all."""
    if trial is None:
        return set()
    words = _words(trial, finding.line, finding.line)
    for function in reversed(_around(finding, trial)):
        slots = [slot for slot in trial.hints if slot.function == function.number]
        given = [slot for slot in slots if slot.name != RESULT]
        named = [slot for slot in given if slot.name in words]
        wanted = slots if finding.kind in _OF_RESULTS else named or given or slots
        if wanted:
            return {(trial.path, slot) for slot in wanted}
    return set()


def _same_class(finding: Finding, trial: Trial | None) -> _Suspects:
    """Give the hints of the class that the function around the place belongs to; of the file if to none."""
    if trial is None:
        return set()
    owners = {f.name.rpartition(".")[0] for f in _around(finding, trial)[-1:]}
    numbers = {f.number for f in trial.functions if not owners or f.name.rpartition(".")[0] in owners}
    return {(trial.path, slot) for slot in trial.hints if slot.function in numbers}


def _around(finding: Finding, trial: Trial) -> list[Function]:
    """Give the functions around the place of an error, the innermost last."""
    return sorted((f for f in trial.functions if f.first <= finding.line <= f.last), key=lambda f: f.first)


def _words(trial: Trial, first: int, last: int) -> set[str]:
    lines = trial.before.splitlines()[max(first - 1, 0) : last]
    return set(_WORD.findall(b"\n".join(lines).decode()))


def _used(finding: Finding, trial: Trial | None, trials: Mapping[str, Trial], known: _Known) -> _Suspects:
    """Give the hints of the results of functions that the function around the place names, or those that these name."""
    functions = _around(finding, trial)[-1:] if trial else []
    for _ in range(_REACH):
        words = {word for f in functions for word in _words(trials[f.path], f.first, f.last)}
        functions = [f for word in words for f in known.get(word, ())]
        found = {(f.path, slot) for f in functions for slot in _slots(f, trials) if slot.name == RESULT}
        if found:
            return found if len(found) <= _MANY else set()
    return set()


_REACH = 3
_MANY = 40
_OF_RESULTS = frozenset({"bad-return", "missing-return", _OVERRIDE})


def _mentioned(finding: Finding, trials: Mapping[str, Trial], known: _Known) -> _Suspects:
    """Give the hints of functions that the line of the error, or its message, has the names of.

    Attributes mostly are called as the parameters of `__init__` that they come from.
    """
    trial = trials.get(finding.path)
    words = (_words(trial, finding.line, finding.line) if trial else set()) | {*_WORD.findall(finding.message)}
    found = {(f.path, slot) for word in words for f in known.get(word, ()) for slot in _slots(f, trials)}
    names = {word.strip("_") for word in words}
    made = [(f.path, slot) for f in known.get("__init__", ()) for slot in _slots(f, trials)]
    return found | {(path, slot) for path, slot in made if slot.name.strip("_") in names - {""}}


def _overriding(finding: Finding, trials: Mapping[str, Trial]) -> _Suspects:
    """Give the hints of the function whose header has the error."""
    trial = trials.get(finding.path)
    functions = [f for f in trial.functions if f.first == finding.line] if trial else []
    return {(f.path, slot) for f in functions for slot in _slots(f, trials)}


def _overridden(finding: Finding, trials: Mapping[str, Trial], known: _Known) -> _Suspects:
    """Give the hints of the function of the parent class."""
    parent = _PARENT.search(finding.message)
    member = re.search(r"Class member `([\w.]+)`", finding.message)
    if parent is None or member is None:
        return set()
    name = f"{parent.group(1).rpartition('.')[2]}.{member.group(1).rpartition('.')[2]}"
    functions = [f for f in known.get(name.rpartition(".")[2], ()) if f".{f.name}".endswith(f".{name}")]
    return {(f.path, slot) for f in functions for slot in _slots(f, trials)}
