"""What the code of a test shows: what it looks at, and which exceptions it expects."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from parallel_refactor.engines.recipes.docstring_facts import Facts
from parallel_refactor.engines.recipes.docstring_values import listing, names_something, quoted, quoted_callee
from parallel_refactor.engines.recipes.docstring_words import word_set
from parallel_refactor.engines.recipes.python_module import dotted, root_name

_QUOTED_LENGTH = 40
_MOST = 2
_TRANSPARENT = word_set(
    """
    bool bytes dict float frozenset getattr hasattr int isinstance issubclass iter len list max min next repr round set
    sorted str sum tuple type
    """
)
_EXPECTED = re.compile(r"(?i)expect|^(want|ref|reference|correct|answer|msg|message)$")
_RAISES = re.compile(r"^(assert_?[rR]aises|assertWarns|raises|warns|deprecated_call)")


def checks(facts: Facts) -> list[str]:
    """Say in sentences without full stops what a test checks and expects."""
    subjects: dict[str, None] = {}
    expected: dict[str, None] = {}
    for statement in facts.statements:
        for node in _checked(statement):
            if subject := _subject(facts, node):
                subjects[subject] = None
        for call in _raise_checks(statement):
            types = call.args[0].elts if isinstance(call.args[0], ast.Tuple) else call.args[:1]
            expected |= {f"`{dotted(exception)}`": None for exception in types if dotted(exception)}
    found = []
    if expected:
        found.append(f"expects {listing(list(expected)[:_MOST])}")
    if subjects:
        found.append(f"checks {listing(list(subjects)[:_MOST])}")
    return found


def _checked(statement: ast.stmt) -> Iterator[ast.expr]:
    """Give the expressions that an assertion is about."""
    match statement:
        case ast.Assert(test=test):
            yield test
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr=attr), args=args)) if attr.startswith(
            "assert"
        ) and not _RAISES.match(attr):
            yield from [arg for arg in args if not _is_expectation(arg)][:1]
        case ast.With(items=[ast.withitem(context_expr=ast.Call() as call)], body=[ast.Expr(value=value)]):
            if _raises(call):
                yield value


def _raise_checks(statement: ast.stmt) -> Iterator[ast.Call]:
    calls = [item.context_expr for item in statement.items] if isinstance(statement, ast.With | ast.AsyncWith) else []
    if isinstance(statement, ast.Expr):
        calls.append(statement.value)
    for call in calls:
        if isinstance(call, ast.Call) and call.args and _raises(call):
            yield call


def _raises(call: ast.Call) -> bool:
    return bool(_RAISES.match(call.func.attr if isinstance(call.func, ast.Attribute) else root_name(call)))


def _is_expectation(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Name) and bool(_EXPECTED.search(node.id)))


def _subject(facts: Facts, node: ast.expr) -> str:
    """Give what an assertion looks at: what was called to get it, or its source."""
    core = _core(node)
    if isinstance(core, ast.Call):
        return quoted_callee(core, _QUOTED_LENGTH)
    root = root_name(core)
    if not isinstance(core, ast.Name | ast.Attribute) or not root:
        return ""
    origin = _origin(facts, root)
    if origin and root != facts.definition.bound_name:
        return origin
    unclear = root in facts.values.bound_otherwise or (isinstance(core, ast.Name) and not names_something(root))
    return "" if unclear else quoted(facts.module, core, _QUOTED_LENGTH)


def _core(node: ast.expr) -> ast.expr:
    """Take away what an assertion does with the thing that it is about."""
    while True:
        match node:
            case ast.Compare(left=left, comparators=[right, *_]):
                node = right if _is_expectation(left) else left
            case ast.UnaryOp(operand=inner) | ast.Await(value=inner) | ast.Subscript(value=inner):
                node = inner
            case ast.BoolOp(values=[inner, *_]):
                node = inner
            case ast.Call(func=ast.Name(id=name), args=[inner, *_]) if name in _TRANSPARENT:
                node = inner
            case _:
                return node


def _origin(facts: Facts, name: str) -> str:
    """Give the call whose result a local name is bound to, "" unless it is always the same."""
    origins = {quoted_callee(value, _QUOTED_LENGTH) for value in facts.values.assigned.get(name, [])}
    return origins.pop() if len(origins) == 1 else ""
