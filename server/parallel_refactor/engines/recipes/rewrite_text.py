"""A rule over a whole text, until nothing more matches; what would break the code is left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ast_grep_py import SgNode
from attrs import frozen

from parallel_refactor.engines.interface import Left
from parallel_refactor.engines.recipes.python_source import PythonSourceError, parse
from parallel_refactor.engines.recipes.rewrite_match import Change, UnsafeError, change_for
from parallel_refactor.engines.recipes.rewrite_rule import Rule
from parallel_refactor.engines.recipes.rewrite_syntax import comments, descend, errors, span, tree


class EndlessError(Exception):
    """The replacement matches the pattern again and again."""


@frozen
class Rewritten:
    """A text after a rule, how many places changed, and the places that were left, with lines of the new text."""

    text: str
    places: int
    left: tuple[Left, ...]


def rewrite(text: str, rule: Rule) -> Rewritten:
    """Replace all matches, outermost first, then those inside of them, and so on; raises EndlessError.

    Rewriting the result again changes nothing.
    """
    places, limit = 0, 10 * len(text) + 100_000
    for _ in range(_PASSES):
        changes, left = _sound_changes(text, rule)
        if not changes:
            return Rewritten(text, places, left)
        places += len(changes)
        text = _apply(text, changes)
        if len(text) > limit:
            break
    raise EndlessError


def is_endless(rule: Rule) -> bool:
    """Tell whether the replacement matches the pattern again, and would be changed once more."""
    return bool(_proposed(tree(rule.example, rule.language), rule.example, rule, {}, {}))


def is_broken(text: str, language: str, than: str) -> bool:
    """Tell whether a text parses worse than another one."""
    if language == "python" and _python_parses(than) and not _python_parses(text):
        return True
    return len(errors(tree(text, language))) > len(errors(tree(than, language)))


def swallows_code(text: str, than: str, rule: Rule) -> bool:
    """Tell whether a text has a comment that neither the other text nor the replacement has."""
    return not comments(tree(text, rule.language)) <= comments(tree(than, rule.language)) | comments(
        tree(rule.example, rule.language)
    )


_PASSES = 100

_Span = tuple[int, int]


def _sound_changes(text: str, rule: Rule) -> tuple[list[Change], tuple[Left, ...]]:
    """Give changes that together leave the text in order, and the matches that are left."""
    root = tree(text, rule.language)
    refused: dict[_Span, str] = {}
    wrapped: dict[_Span, frozenset[str]] = {}
    while True:
        changes = _proposed(root, text, rule, refused, wrapped)
        to_wrap = _to_wrap(text, changes, rule, wrapped)
        unsound = {} if to_wrap else _unsound(text, changes, rule)
        wrapped |= to_wrap
        refused |= unsound
        if not to_wrap and not unsound:
            break
    left = (Left(f"match left: {reason}", text.count("\n", 0, start) + 1) for (start, _), reason in refused.items())
    return changes, tuple(sorted(left, key=lambda place: place.line))


def _proposed(
    root: SgNode, text: str, rule: Rule, refused: dict[_Span, str], wrapped: Mapping[_Span, frozenset[str]]
) -> list[Change]:
    """Give the changes of the outermost matches that are not refused; refuse those that cannot be replaced."""
    matches = [(*span(match), match) for match in rule.matches(root)]
    wrong = [span(error) for error in errors(root)]
    changes: list[Change] = []
    for start, end, match in sorted(matches, key=lambda found: (found[0], -found[1])):
        if (start, end) in refused or (changes and start < changes[-1].end):
            continue
        if any(first <= end and start <= last for first, last in wrong):
            refused[start, end] = "the code around it does not parse"
            continue
        try:
            change = change_for(match, text, rule, wrapped.get((start, end), frozenset()))
        except UnsafeError as unsafe:
            refused[start, end] = str(unsafe)
            continue
        if change is not None and change.new != text[start:end]:
            changes.append(change)
    return changes


def _to_wrap(
    text: str, changes: Sequence[Change], rule: Rule, wrapped: Mapping[_Span, frozenset[str]]
) -> dict[_Span, frozenset[str]]:
    """Give the changes in which the code of a variable needs parentheses and has none yet, with all such variables.

    Only in Python, where parentheses around an expression never mean anything else.
    """
    if rule.language != "python":
        return {}
    found = {}
    for change, _, loose in _placed(text, changes, rule):
        where = (change.start, change.end)
        names = frozenset(name for name in loose if not name.startswith("$$"))
        if not names <= wrapped.get(where, frozenset()):
            found[where] = names | wrapped.get(where, frozenset())
    return found


def _unsound(text: str, changes: Sequence[Change], rule: Rule) -> dict[_Span, str]:
    """Give the changes that would mean something else where they land, or break the text, with the reason."""
    found = {}
    for change, is_whole, loose in _placed(text, changes, rule):
        if rule.single and not is_whole:
            found[change.start, change.end] = "the replacement would need parentheses there"
        elif loose:
            found[change.start, change.end] = "its code would need parentheses in the replacement"
    if changes and not found:
        broken = _culprits(text, changes, rule.language)
        found = {(change.start, change.end): "the result would not parse" for change in broken}
    return found


def _placed(text: str, changes: Sequence[Change], rule: Rule) -> Iterator[tuple[Change, bool, list[str]]]:
    """Give each change with whether it is one node where it lands, and the variables whose code is none there."""
    nodes = {span(node) for node in descend(tree(_apply(text, changes), rule.language))} if changes else set()
    shift = 0
    for change in changes:
        start = change.start + shift
        shift += len(change.new) - (change.end - change.start)
        loose = [name for first, last, name in change.parts if (start + first, start + last) not in nodes]
        yield change, (start, start + len(change.new)) in nodes, loose


def _culprits(text: str, changes: Sequence[Change], language: str) -> Sequence[Change]:
    """Give those of the changes that break the text, by halving; all of them where only several together do."""
    if not is_broken(_apply(text, changes), language, than=text):
        return ()
    if len(changes) == 1:
        return changes
    middle = len(changes) // 2
    halves = [_culprits(text, half, language) for half in (changes[:middle], changes[middle:])]
    return [*halves[0], *halves[1]] or changes


def _apply(text: str, changes: Sequence[Change]) -> str:
    pieces = []
    done = 0
    for change in changes:
        pieces += [text[done : change.start], change.new]
        done = change.end
    return "".join([*pieces, text[done:]])


def _python_parses(text: str) -> bool:
    try:
        parse(text)
    except PythonSourceError:
        return False
    return True
