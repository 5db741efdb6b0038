"""What coroutines and generators give: pyrefly knows it but does not write it, so it is asked about each value.

Each returned or yielded value is put into a call of `reveal_type` in a copy, one a line; what is revealed makes the
function's type. Functions where that is not the whole story are left out.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence

from attrs import frozen

from parallel_refactor.engines.recipes.docstring_insert import Edit, apply_edits
from parallel_refactor.engines.recipes.hints_slots import RESULT, Slot
from parallel_refactor.engines.recipes.python_module import Definition, PythonModule
from parallel_refactor.engines.recipes.python_scope import own_expressions, own_statements
from parallel_refactor.engines.recipes.python_source import PythonSourceError, parse


@frozen
class Giver:
    """A coroutine or generator: the lines on which its values begin, and what the type of its result is built of."""

    slot: Slot
    lines: tuple[int, ...]
    frame: str
    also_none: bool


@frozen
class Question:
    """A file in which values are revealed, and whose they are."""

    text: bytes
    givers: tuple[Giver, ...]


def ask(module: PythonModule) -> Question | None:
    """Write the question about a file; None if there is nothing to ask."""
    edits: list[Edit] = []
    givers: list[Giver] = []
    taken: set[int] = set()
    for number, definition in enumerate(module.definitions):
        values = None if definition.node.returns else _values(definition)
        lines = [value.lineno for value in values or ()]
        if not values or taken & {*lines} or len({*lines}) < len(lines):
            continue
        taken |= {*lines}
        for value in values:
            start, end = module.source.start(value), module.source.end(value)
            edits += [Edit(start, start, b"reveal_type(("), Edit(end, end, b"))")]
        frame, also_none = _frame(definition)
        givers.append(Giver(Slot(number, RESULT), tuple(lines), frame, also_none))
    return Question(apply_edits(module.source.data, edits), tuple(givers)) if givers else None


def read_answers(question: Question, revealed: Mapping[int, Sequence[str]]) -> dict[Slot, ast.expr]:
    """Give the types of results from what was revealed on each line."""
    found = {}
    for giver in question.givers:
        texts = [text for line in giver.lines for text in revealed.get(line, ())]
        if not texts or any(_OPEN.search(text) for text in texts):
            continue
        try:
            types = [_plain(text) for text in texts]
        except PythonSourceError:
            continue
        members = dict.fromkeys([*types, *(["None"] if giver.also_none else [])])
        ordered = sorted(members, key=lambda member: member == "None")
        found[giver.slot] = parse(giver.frame.format(" | ".join(ordered))).body[0].value  # type: ignore[attr-defined]
    return found


_OPEN = re.compile(r"\b(?:Unknown|Any|Never|NoReturn|Module|TypeVar|Overload)\b|@(?!\w+\b)|[()]|\.\.\.")
_SELF = re.compile(r"\bSelf@\w+")


def _plain(text: str) -> str:
    """Write a revealed type as an annotation: of a literal its type. Raises PythonSourceError."""
    tree = parse(_SELF.sub("Self", text))

    class Widen(ast.NodeTransformer):
        def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
            if isinstance(node.value, ast.Name) and node.value.id == "Literal":
                parts = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
                names = dict.fromkeys(_type_name(part) for part in parts)
                return ast.Name(" | ".join(names), ast.Load())
            self.generic_visit(node)
            return node

    return ast.unparse(Widen().visit(tree))


def _type_name(literal: ast.expr) -> str:
    if isinstance(literal, ast.UnaryOp):
        literal = literal.operand
    if not isinstance(literal, ast.Constant):
        raise PythonSourceError("a literal of an enumeration")
    return type(literal.value).__name__


def _values(definition: Definition) -> list[ast.expr] | None:
    """Give the values that a coroutine returns or a generator yields; None where these are not all that it gives."""
    statements = [statement for statement, _ in own_statements(definition.node)]
    returned = [node.value for node in statements if isinstance(node, ast.Return) and node.value is not None]
    yields = _yields(statements)
    if not yields:
        return returned if isinstance(definition.node, ast.AsyncFunctionDef) else None
    given = [
        node.value.value for node in statements if isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield)
    ]
    if returned or len(given) < len(yields):
        return None
    values = [value for value in given if value is not None]
    return values if len(values) == len(given) else None


def _yields(statements: Iterable[ast.stmt]) -> list[ast.AST]:
    nodes = [node for statement in statements for node in own_expressions(statement)]
    return [node for node in nodes if isinstance(node, ast.Yield | ast.YieldFrom)]


def _frame(definition: Definition) -> tuple[str, bool]:
    """Give what the type of the values stands in, and whether `None` may be given too."""
    waits = isinstance(definition.node, ast.AsyncFunctionDef)
    if _yields(statement for statement, _ in own_statements(definition.node)):
        return ("AsyncIterator[{}]" if waits else "Iterator[{}]"), False
    bare = any(isinstance(node, ast.Return) and node.value is None for node, _ in own_statements(definition.node))
    return "{}", bare or not _ends(definition.node.body)


def _ends(body: Sequence[ast.stmt]) -> bool:
    """Whether a block surely does not go on after its end."""
    match body[-1]:
        case ast.Return() | ast.Raise():
            return True
        case ast.If(body=yes, orelse=no) if no:
            return _ends(yes) and _ends(no)
        case ast.With(body=inner) | ast.AsyncWith(body=inner):
            return _ends(inner)
        case ast.Try(body=inner, handlers=handlers, orelse=orelse, finalbody=final):
            tried = _ends(orelse or inner) and all(_ends(handler.body) for handler in handlers)
            return tried or bool(final and _ends(final))
        case ast.While(test=ast.Constant(value=True)) as loop:
            return not any(isinstance(node, ast.Break) for node in ast.walk(loop))
    return False
