"""The facts that are worth telling of a function, and how they are put."""

from __future__ import annotations

import ast
import builtins

from attrs import frozen

from parallel_refactor.engines.recipes.docstring_checks import checks
from parallel_refactor.engines.recipes.docstring_facts import Facts
from parallel_refactor.engines.recipes.docstring_names import Summary, is_cached, is_test
from parallel_refactor.engines.recipes.docstring_values import listing, quoted, quoted_callee
from parallel_refactor.engines.recipes.python_module import called, dotted

_MOST_SETS = 3
_MOST_CALLS = 2
_MOST_WHENS = 2
_BUILT_IN = frozenset(dir(builtins))


@frozen
class Piece:
    """A fact as a sentence without its full stop, and as the end of a first line: `tail`.

    Where a docstring has sections it is the `entry` of one instead, if it has a `section`.
    """

    sentence: str
    tail: str
    section: str = ""
    entry: str = ""


def pieces(facts: Facts, summary: Summary) -> list[Piece]:
    """Choose what to tell beside a function's first line."""
    if is_test(facts.definition):
        found = [_plain(check) for check in checks(facts)] or _effects(facts)
    elif len(facts.definition.node.body) == 1:
        found = _sole(facts, facts.definition.node.body[0], summary)
    else:
        found = _results(facts, summary) or _effects(facts)
    found = [piece for piece in found if not _repeats(piece, summary)] or _relations(facts)
    if is_cached(facts.definition):
        found.append(Piece("the result is cached", "; cached"))
    return found


def capitalized(text: str) -> str:
    """Begin a text with a capital letter."""
    return text[:1].upper() + text[1:]


def _plain(sentence: str) -> Piece:
    return Piece(sentence, f"; {sentence}")


def _result(verb: str, value: str, summary: Summary, *, always: bool = False) -> Piece:
    """Tell what is returned or yielded; a first line that announces it is only completed."""
    announced = summary.text.startswith(("Return ", "Tell ", "Provide ", "Yield "))
    if always:
        tail = f"; always {value}" if announced else f"; always {verb} {value}"
        return Piece(f"always {verb} {value}", tail, verb.capitalize(), f"Always {value}.")
    tail = f": {value}" if announced else f"; {verb} {value}"
    return Piece(f"{verb} {value}", tail, verb.capitalize(), f"{capitalized(value)}.")


def _sole(facts: Facts, statement: ast.stmt, summary: Summary) -> list[Piece]:
    """Tell what a function of one statement does."""
    if any(decorator.rpartition(".")[2].startswith("abstract") for decorator in facts.definition.decorators):
        return [_plain("abstract")]
    match statement:
        case ast.Pass() | ast.Return(value=None) if not _in_protocol(facts):
            return [Piece("does nothing", " (a no-op)")]
        case ast.Raise(exc=ast.expr() as raised) if name := dotted(called(raised)):
            what = "is not implemented here" if name == "NotImplementedError" else f"always raises `{name}`"
            return [Piece(what, f"; {what}", "Raises", f"{name}: Always.")]
        case ast.Return(value=ast.expr() as value) | ast.Expr(value=value) if (
            function := quoted_callee(value)
        ) and function.strip("`") not in _BUILT_IN:
            tail = f"; asks {function}" if summary.text.startswith("Tell ") else f" through {function}"
            return [Piece(f"calls {function}", tail)]
    return _results(facts, summary) or _effects(facts)


def _in_protocol(facts: Facts) -> bool:
    owner = facts.definition.owner
    return owner is not None and any(base.rpartition(".")[2] == "Protocol" for base in facts.module.bases(owner))


def _results(facts: Facts, summary: Summary) -> list[Piece]:
    """Tell what a function returns, yields and raises."""
    found = []
    if returns := facts.returns:
        constant = all(isinstance(value, ast.Constant) for value in facts.returned) and " or " not in returns
        found.append(_result("returns", returns, summary, always=constant))
    if yields := facts.yields:
        found.append(_result("yields", yields, summary))
    for name, whens in facts.raises.items():
        when = _join_whens([when for when in whens if when])
        sentence = f"raises `{name}` {when or 'in some cases'}"
        found.append(Piece(sentence, f"; {sentence}", "Raises", f"{name}: {capitalized(when or 'in some cases')}."))
    return found


def _join_whens(whens: list[str]) -> str:
    more = len(whens) - _MOST_WHENS
    parts = whens[:_MOST_WHENS] + ([f"in {more} more case{'s' * (more > 1)}"] if more > 0 else [])
    return ", or ".join(parts)


def _effects(facts: Facts) -> list[Piece]:
    """Tell what a function sets and calls."""
    found = []
    if sets := facts.sets:
        more = len(sets) - _MOST_SETS
        names = sets[:_MOST_SETS] + ([f"{more} more attribute{'s' * (more > 1)}"] if more > 0 else [])
        found.append(_plain(f"sets {listing(names)}"))
    sure, unsure = facts.calls(sure=True), facts.calls(sure=False)
    if 0 < len(sure) <= _MOST_CALLS:
        found.append(_plain(f"calls {listing(sure)}"))
    if not found and not sure and 0 < len(unsure) <= _MOST_CALLS:
        found.append(_plain(f"may call {listing(unsure)}"))
    return found


def _relations(facts: Facts) -> list[Piece]:
    """Tell what the function overrides, or what its annotation promises."""
    definition = facts.definition
    name = definition.node.name
    namesakes = {other.owner for other in facts.module.by_name[name] if other.owner is not None}
    for base in facts.module.bases(definition.owner) if definition.owner else []:
        if facts.module.classes.get(base) in namesakes:
            return [_plain(f"overrides `{base}.{name}`")]
    annotation = definition.node.returns
    if annotation is None or isinstance(annotation, ast.Constant) or not (source := quoted(facts.module, annotation)):
        return []
    return [Piece(f"returns {source}", f"; returns {source}", "Returns", f"{source}.")]


def _repeats(piece: Piece, summary: Summary) -> bool:
    """Tell whether a piece only says again what the first line says."""
    told = piece.sentence.removeprefix("always ").partition(" ")[2]
    if told == "a string" and summary.text.endswith((" the string form", " the representation for developers")):
        return True
    return bool(told) and (told in summary.text or ("`" not in told and {*told.split()} <= {*summary.text.split()}))
