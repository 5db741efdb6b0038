"""Where JavaScript's names are bound, read and written, with the functions around each place."""

from __future__ import annotations

import bisect
from collections import defaultdict
from collections.abc import Iterator

from ast_grep_py import SgNode
from attrs import define, field, frozen

from parallel_refactor.engines.recipes.rewrite_syntax import span

Span = tuple[int, int]

FUNCTIONS = frozenset(
    {
        "abstract_method_signature",
        "arrow_function",
        "call_signature",
        "class_static_block",
        "function_declaration",
        "construct_signature",
        "constructor_type",
        "function_expression",
        "function_signature",
        "function_type",
        "generator_function",
        "generator_function_declaration",
        "method_definition",
        "method_signature",
    }
)
DECLARED_FUNCTIONS = frozenset({"function_declaration", "generator_function_declaration"})
LOOPS = frozenset({"do_statement", "for_in_statement", "for_statement", "while_statement"})
_NAMES = frozenset({"identifier", "shorthand_property_identifier", "shorthand_property_identifier_pattern"})
_PATTERNS = frozenset(
    {
        "array_pattern",
        "assignment_pattern",
        "object_assignment_pattern",
        "object_pattern",
        "pair_pattern",
        "rest_pattern",
    }
)
_PARAMETERS = frozenset({"formal_parameters", "required_parameter", "optional_parameter", "catch_clause"})
_IMPORTS = frozenset({"import_clause", "import_specifier", "namespace_import"})


@frozen
class Use:
    """One place of a name. `functions` are the functions around it, outermost first.

    `binds` says how it is bound here: "var", "block" (let, const, class), "function", "parameter", "import", or ""
    where it is read or written.
    """

    start: int
    functions: tuple[Span, ...]
    binds: str = ""
    written: bool = False


@frozen(order=True)
class Bound:
    """A name that a `var` binds, and the functions around it."""

    start: int
    name: str
    functions: tuple[Span, ...]


@define
class Names:
    """All places of all names of a text. `declared` are the function declarations in each function, with their spans.

    `bound` are the names that some `var` binds, in order.
    """

    uses: dict[str, list[Use]] = field(factory=lambda: defaultdict(list))
    declared: dict[tuple[Span, ...], dict[str, Span]] = field(factory=dict)
    bound: list[Bound] = field(factory=list)

    @classmethod
    def read(cls, root: SgNode) -> Names:
        """Look at every name below a node."""
        found = cls()
        for node, functions in _nodes(root):
            kind = node.kind()
            if kind in DECLARED_FUNCTIONS and (name := node.field("name")):
                found.declared.setdefault(functions, {})[name.text()] = span(node)
            if kind in _NAMES:
                binds, written = _role(node)
                around = functions
                parent = node.parent()
                if binds == "function" and parent and parent.kind() not in DECLARED_FUNCTIONS:
                    around = (*functions[:-1], span(parent))  # a named expression is known within itself only
                elif binds == "function":
                    around = functions[:-1]
                found.uses[node.text()].append(Use(span(node)[0], around, binds, written))
                if binds == "var":
                    found.bound.append(Bound(span(node)[0], node.text(), around))
        return found

    def bound_between(self, statement: int, start: int, end: int) -> Iterator[Bound]:
        """Give what is bound from `start` to `end`, but not in functions that begin after `statement` does."""
        first = bisect.bisect_left(self.bound, start, key=lambda bound: bound.start)
        last = bisect.bisect_left(self.bound, end, key=lambda bound: bound.start)
        for number in range(first, last):
            bound = self.bound[number]
            if all(where[0] <= statement for where in bound.functions):
                yield bound


def _nodes(root: SgNode) -> Iterator[tuple[SgNode, tuple[Span, ...]]]:
    waiting: list[tuple[SgNode, tuple[Span, ...]]] = [(root, ())]
    while waiting:
        node, functions = waiting.pop()
        yield node, functions
        inner = (*functions, span(node)) if node.kind() in FUNCTIONS else functions
        waiting += [(child, inner) for child in reversed(node.children())]


def _role(name: SgNode) -> tuple[str, bool]:
    """Tell how a name is bound at a place, and whether it is written there."""
    node, parent = name, name.parent()
    while parent and parent.kind() in _PATTERNS and _is_target(node, parent):
        node, parent = parent, parent.parent()
    if parent is None:
        return "", False
    return _binding(node, parent), _is_written(node, parent)


def _binding(node: SgNode, parent: SgNode) -> str:
    kind, where = parent.kind(), span(node)
    named, keywords = _is(parent.field("name"), where), _keywords(parent)
    found = {
        "var": (kind == "variable_declarator" and named and _keywords(parent.parent()) == ["var"])
        or (kind == "for_in_statement" and _is(parent.field("left"), where) and keywords == ["var"]),
        "block": (kind in ("variable_declarator", "class_declaration") and named)
        or (kind == "for_in_statement" and _is(parent.field("left"), where) and bool(keywords)),
        "parameter": kind in _PARAMETERS or (kind == "arrow_function" and _is(parent.field("parameter"), where)),
        "import": kind in _IMPORTS,
        "function": kind in FUNCTIONS and named,
    }
    return next((word for word, holds in found.items() if holds), "")


def _is_written(node: SgNode, parent: SgNode) -> bool:
    kind, where = parent.kind(), span(node)
    if kind == "for_in_statement":
        return _is(parent.field("left"), where) and not _keywords(parent)
    assigned = kind in ("assignment_expression", "augmented_assignment_expression")
    return kind == "update_expression" or (assigned and _is(parent.field("left"), where))


def _keywords(node: SgNode | None) -> list[str]:
    return [child.kind() for child in node.children() if child.kind() in ("var", "let", "const")] if node else []


def _is_target(node: SgNode, pattern: SgNode) -> bool:
    """Tell whether a node in a pattern is what gets a value, and not a key or a default."""
    side = {"pair_pattern": "value", "assignment_pattern": "left", "object_assignment_pattern": "left"}
    wanted = side.get(pattern.kind())
    return wanted is None or _is(pattern.field(wanted), span(node))


def _is(node: SgNode | None, where: Span) -> bool:
    return node is not None and span(node) == where
