"""A rule over a whole text, until nothing more matches; what would break the code is left."""

from __future__ import annotations

from collections.abc import Sequence

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
    return bool(_proposed(tree(rule.example, rule.language), rule.example, rule, {}))


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


def _sound_changes(text: str, rule: Rule) -> tuple[list[Change], tuple[Left, ...]]:
    """Give changes that together leave the text in order, and the matches that are left."""
    root = tree(text, rule.language)
    refused: dict[tuple[int, int], str] = {}
    while True:
        changes = _proposed(root, text, rule, refused)
        unsound = _unsound(text, changes, rule)
        refused |= unsound
        if not unsound:
            break
    left = (Left(f"match left: {reason}", text.count("\n", 0, start) + 1) for (start, _), reason in refused.items())
    return changes, tuple(sorted(left, key=lambda place: place.line))


def _proposed(root: SgNode, text: str, rule: Rule, refused: dict[tuple[int, int], str]) -> list[Change]:
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
            change = change_for(match, text, rule)
        except UnsafeError as unsafe:
            refused[start, end] = str(unsafe)
            continue
        if change is not None and change.new != text[start:end]:
            changes.append(change)
    return changes


def _unsound(text: str, changes: Sequence[Change], rule: Rule) -> dict[tuple[int, int], str]:
    """Give the changes that would mean something else where they land, or break the text, with the reason."""
    new = _apply(text, changes)
    nodes = {span(node) for node in descend(tree(new, rule.language))} if changes else set()
    found = {}
    shift = 0
    for change in changes:
        start = change.start + shift
        shift += len(change.new) - (change.end - change.start)
        if rule.single and (start, start + len(change.new)) not in nodes:
            found[change.start, change.end] = "the replacement would need parentheses there"
        elif any((start + first, start + last) not in nodes for first, last in change.parts):
            found[change.start, change.end] = "its code would need parentheses in the replacement"
    if changes and not found:
        broken = _culprits(text, changes, rule.language)
        found = {(change.start, change.end): "the result would not parse" for change in broken}
    return found


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
