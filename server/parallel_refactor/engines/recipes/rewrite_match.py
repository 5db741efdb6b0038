"""What becomes of one match of a rule: as much as possible of the code that was there.

Between two variables the replacement often says what the pattern said (a comma, the end of a call). There the match's
own text stays, with its line breaks and comments; only what differs is written anew.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set

from ast_grep_py import SgNode
from attrs import define, field, frozen

from parallel_refactor.engines.recipes.rewrite_rule import Rule
from parallel_refactor.engines.recipes.rewrite_syntax import comment_nodes, descend, leaves, span


class UnsafeError(Exception):
    """The match cannot be replaced without losing something. The message says what."""


@frozen
class Change:
    """A stretch of a text and what to put there.

    `parts` are stretches of `new` that must be whole nodes, with the variable whose code each is.
    """

    start: int
    end: int
    new: str
    parts: tuple[tuple[int, int, str], ...] = ()


def change_for(match: SgNode, text: str, rule: Rule, wrapped: Set[str] = frozenset()) -> Change | None:
    """Replace a match of the rule's pattern; None where twin variables differ. Raises UnsafeError.

    The code of `wrapped` variables gets parentheses.
    """
    captured = {name: _captured(match, name) for name in rule.pattern.names}
    if any(_code(captured[name]) != _code(captured[twin]) for name, twin in rule.twins):
        return None
    empty = {name for name, nodes in captured.items() if not nodes}
    pattern, replacement = rule.pattern.without(empty), rule.replacement.without(empty)
    spans = {name: (span(captured[name][0])[0], span(captured[name][-1])[1]) for name in pattern.names}
    gaps = _gaps(match, text, pattern.texts, [spans[name] for name in pattern.names])
    after = dict(zip(("", *pattern.names), gaps, strict=True))
    before = dict(zip((*pattern.names, ""), gaps, strict=True))
    target = _Target(text, span(match)[0])
    for left, literal, right in zip(("", *replacement.names), replacement.texts, (*replacement.names, ""), strict=True):
        target.add_between(literal, after[left], before[right])
        if right:
            target.add_code(right, captured[right], spans[right], wrap=right in wrapped)
    for gap in gaps:
        gap.refuse_loss()
    return Change(*span(match), target.new, tuple(target.parts))


_TOKEN = re.compile(r"\w+|[^\w\s]")
_HEAD = re.compile(r"(\s*)(\w+|[^\w\s])")
_TAIL = re.compile(r"(\w+|[^\w\s])(\s*)")


def _captured(match: SgNode, name: str) -> list[SgNode]:
    """Give the nodes of a variable, without the commas and comments at either end of a list of them."""
    plain = name.strip("$")
    if not name.startswith("$$$"):
        node = match.get_match(plain)
        return [node] if node else []
    nodes = match.get_multiple_matches(plain)
    kept = [
        number for number, node in enumerate(nodes) if node.text() not in (",", ";") and "comment" not in node.kind()
    ]
    return nodes[kept[0] : kept[-1] + 1] if kept else []


def _code(nodes: Sequence[SgNode]) -> list[str]:
    return [leaf for node in nodes for leaf in leaves(node)]


@define
class _Gap:
    """The match's text between two variables, token by token beside what the pattern says there.

    `place` tells for each of the pattern's tokens which one of the text it is; `used` which stretches stay.
    """

    text: str
    start: int
    end: int
    literal: str
    found: list[tuple[str, int, int]]
    comments: list[tuple[int, int]]
    heads: list[str] = field(init=False)
    tails: list[str] = field(init=False)
    place: list[int] = field(factory=list)
    used: list[tuple[int, int]] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        """Find the pattern's tokens in the text."""
        self.heads, self.tails = _heads(self.literal), _tails(self.literal)
        at = -1
        for token in _TOKEN.findall(self.literal):
            at = next((n for n in range(at + 1, len(self.found)) if self.found[n][0] == token), -1)
            if at < 0:
                raise UnsafeError(f"{token!r} of the pattern cannot be found in the match")
            self.place.append(at)

    def keep_start(self, tokens: int) -> str:
        """Keep the text up to the end of so many of the pattern's tokens."""
        return self._keep(self.start, self.found[self.place[tokens - 1]][2]) if tokens else ""

    def keep_end(self, tokens: int) -> str:
        """Keep the text from the beginning of so many of the pattern's tokens, counted from the end."""
        return self._keep(self.found[self.place[-tokens]][1], self.end) if tokens else ""

    def keep_all(self) -> str:
        """Keep all of the text."""
        return self._keep(self.start, self.end)

    def refuse_loss(self) -> None:
        """Raise UnsafeError if something in the text, that the pattern does not say, is not kept."""
        extra = {n for n in range(len(self.found)) if n not in self.place and self.found[n][0] not in (",", ";")}
        lost = [(repr(self.found[n][0]), *self.found[n][1:]) for n in sorted(extra)]
        for what, start, end in [*lost, *(("a comment", *where) for where in self.comments)]:
            if not any(first <= start and end <= last for first, last in self.used):
                raise UnsafeError(f"{what} in it would be lost: the pattern does not say it")

    def _keep(self, start: int, end: int) -> str:
        self.used.append((start, end))
        return self.text[start:end]


def _gaps(match: SgNode, text: str, literals: Sequence[str], spans: Sequence[tuple[int, int]]) -> list[_Gap]:
    start, end = span(match)
    bounds = [start, *(place for where in spans for place in where), end]
    if bounds != sorted(bounds):
        raise UnsafeError("its variables are not in the order of the pattern")
    noted = [span(comment) for comment in comment_nodes(match)]
    gaps = []
    for literal, first, last in zip(literals, bounds[::2], bounds[1::2], strict=True):
        inside = [(a, b) for a, b in noted if first <= a and b <= last]
        tokens = [(token[0], token.start(), token.end()) for token in _TOKEN.finditer(text, first, last)]
        found = [token for token in tokens if not any(a <= token[1] < b for a, b in inside)]
        gaps.append(_Gap(text, first, last, literal, found, inside))
    return gaps


class _Target:
    """The new text as it grows."""

    def __init__(self, text: str, start: int) -> None:
        self._text = text
        self._line = _line_before(text, start)
        self._indent = self._line[: len(self._line) - len(self._line.lstrip(" \t\f"))]
        self._line_end = "\r\n" if "\r\n" in text else "\n"
        self.new = ""
        self.parts: list[tuple[int, int, str]] = []

    def add_between(self, literal: str, after: _Gap, before: _Gap) -> None:
        """Add what the replacement says between two variables, where the pattern says `after` and `before` the same.

        Where it breaks lines otherwise than the pattern, that counts as something else.
        """
        heads, tails = _heads(literal), _tails(literal)
        if after is before and heads == after.heads and tails == after.tails:
            self.new += after.keep_all()
            return
        first = _common(heads, after.heads)
        skipped = first if after is before else 0
        last = _common(tails[first:][::-1], before.tails[skipped:][::-1])
        tokens = list(_TOKEN.finditer(literal))
        begin = tokens[first - 1].end() if first else 0
        end = tokens[-last].start() if last else len(literal)
        middle = literal[begin:end].replace("\r\n", "\n").replace("\n", self._line_end + self._indent)
        self.new += after.keep_start(first) + middle + before.keep_end(last)

    def add_code(self, name: str, nodes: Sequence[SgNode], where: tuple[int, int], *, wrap: bool) -> None:
        """Add the code of a variable. Where it begins a line with another indentation, its other lines follow."""
        start, end = where
        if wrap:
            self.parts.append((len(self.new), len(self.new) + end - start + 2, name))
            self.new += f"({self._text[start:end]})"
            return
        code, old = self._text[start:end], _line_before(self._text, start)
        new = _line_before(self.new, len(self.new)) if "\n" in self.new else self._line + self.new
        offset = len(self.new)
        shifted = _shifted(code, nodes, old, new) if not (old + new).strip() else code
        if shifted == code:
            ends = [node for node in nodes if node.is_named()]
            self.parts += [(offset + a - start, offset + b - start, name) for a, b in map(span, ends[:1] + ends[-1:])]
        self.new += shifted


def _heads(literal: str) -> list[str]:
    """Take a text apart into tokens, each with the line breaks before it."""
    return [head[2] if "\n" not in head[1] else head[0] for head in _HEAD.finditer(literal)]


def _tails(literal: str) -> list[str]:
    """Take a text apart into tokens, each with the line breaks after it."""
    return [tail[1] if "\n" not in tail[2] else tail[0] for tail in _TAIL.finditer(literal)]


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """Count the words that two lists begin with alike."""
    pairs = zip(one, other, strict=False)
    return next((number for number, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _line_before(text: str, place: int) -> str:
    return text[text.rfind("\n", 0, place) + 1 : place]


def _shifted(code: str, nodes: Sequence[SgNode], old: str, new: str) -> str:
    """Move lines from one indentation to another; not where that would change a text over several lines."""
    first, *lines = code.split("\n")
    fixed = (leaf for node in nodes for leaf in descend(node) if leaf.is_leaf() and "comment" not in leaf.kind())
    if any("\n" in leaf.text() for leaf in fixed) or any(line.strip() and not line.startswith(old) for line in lines):
        return code
    return "\n".join([first, *(new + line[len(old) :] if line.strip() else line for line in lines)])
