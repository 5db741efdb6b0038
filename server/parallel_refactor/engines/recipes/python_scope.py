"""The statements and expressions that belong to a function itself, and not to the functions and classes in it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from attrs import evolve, frozen

from parallel_refactor.engines.recipes.python_module import Function

_NO_EXPRESSIONS = (ast.stmt, ast.excepthandler, ast.match_case, ast.Lambda, ast.expr_context, ast.operator)
_NOT_OWN = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@frozen
class Setting:
    """What must have happened before a statement runs.

    `sure`: it runs whenever the function does, exceptions apart. `guarded`: an exception in it may be caught here.
    `test`: the nearest condition around it, which held, or did not if `negated`. `handled`: the exception types of
    the handler that it is in, None outside of handlers.
    """

    sure: bool = True
    guarded: bool = False
    test: ast.expr | None = None
    negated: bool = False
    handled: ast.expr | None = None


def own_statements(function: Function) -> Iterator[tuple[ast.stmt, Setting]]:
    """Give a function's statements in order, nested blocks included, each with its setting."""
    stack: list[tuple[ast.stmt, Setting]] = [(statement, Setting()) for statement in reversed(function.body)]
    may_have_left = False
    while stack:
        statement, setting = stack.pop()
        may_have_left = may_have_left or isinstance(statement, ast.Return)
        yield statement, evolve(setting, sure=False) if may_have_left else setting
        stack += reversed(list(_below(statement, setting)))


def own_expressions(statement: ast.stmt) -> Iterator[ast.AST]:
    """Give the expression nodes of a statement, without those of the statements in it and of lambdas."""
    if isinstance(statement, _NOT_OWN):
        return
    stack: list[ast.AST] = [statement]
    while stack:
        for child in ast.iter_child_nodes(stack.pop()):
            if not isinstance(child, _NO_EXPRESSIONS):
                yield child
                stack.append(child)


def _below(statement: ast.stmt, setting: Setting) -> Iterator[tuple[ast.stmt, Setting]]:
    """Give the statements directly below a statement, each with its setting."""
    loose = evolve(setting, sure=False, test=None, handled=None)
    inner: list[tuple[list[ast.stmt], Setting]] = []
    match statement:
        case ast.If(test=test, body=body, orelse=orelse):
            inner = [(body, evolve(loose, test=test, negated=False)), (orelse, evolve(loose, test=test, negated=True))]
        case ast.With(body=body) | ast.AsyncWith(body=body):
            inner = [(body, evolve(setting, guarded=True))]
        case ast.For() | ast.AsyncFor() | ast.While():
            inner = [(statement.body + statement.orelse, loose)]
        case ast.Try(body=body, handlers=handlers) | ast.TryStar(body=body, handlers=handlers):
            inner = [(body, evolve(setting, guarded=setting.guarded or bool(handlers)))]
            inner += [(handler.body, evolve(loose, handled=handler.type)) for handler in handlers]
            inner += [(statement.orelse, loose), (statement.finalbody, setting)]
        case ast.Match(cases=cases):
            inner = [(case.body, loose) for case in cases]
    return ((child, where) for body, where in inner for child in body)
