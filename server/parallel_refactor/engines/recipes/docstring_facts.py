"""What a function's code shows: what it returns, yields, raises, sets and calls. Nothing here is guessed."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from functools import cached_property

from attrs import define

from parallel_refactor.engines.recipes.docstring_values import Values, callee, is_truth, quoted, quoted_callee
from parallel_refactor.engines.recipes.python_module import Definition, PythonModule, called, dotted, root_name
from parallel_refactor.engines.recipes.python_scope import Setting, own_expressions, own_statements

_MOST_ALTERNATIVES = 4
_MESSAGE_LENGTH = 70
_ASSERTION = re.compile(r"\bassert")


@define(slots=False)
class Facts:
    """The facts of one function."""

    module: PythonModule
    definition: Definition

    @cached_property
    def settled(self) -> list[tuple[ast.stmt, Setting]]:
        """The function's own statements with their settings."""
        return list(own_statements(self.definition.node))

    @cached_property
    def statements(self) -> list[ast.stmt]:
        """The function's own statements."""
        return [statement for statement, _ in self.settled]

    @cached_property
    def expressions(self) -> list[tuple[ast.stmt, ast.AST]]:
        """The expressions of its own statements, inner ones too, each with its statement."""
        return [(statement, node) for statement in self.statements for node in own_expressions(statement)]

    @cached_property
    def values(self) -> Values:
        """What describes its expressions."""
        return Values(self.module, self.definition, self.statements, self.expressions)

    @cached_property
    def returned(self) -> list[ast.expr | None]:
        """The value of each return statement, None where it has none."""
        return [statement.value for statement in self.statements if isinstance(statement, ast.Return)]

    @property
    def returns_value(self) -> bool:
        """Whether some return statement has a value other than None."""
        return any(value is not None and not _is_none(value) for value in self.returned)

    @property
    def returns_truth(self) -> bool:
        """Whether all that it returns is true or false by its form."""
        return self.returns_value and all(value is not None and is_truth(value) for value in self.returned)

    @property
    def returns(self) -> str:
        """What it returns as a noun phrase, "" where it returns nothing or not all of it can be told."""
        if not self.returns_value or self.yielded:
            return ""
        values = [self.values.describe(value) if value else "`None`" for value in self.returned]
        if self._may_reach_end:
            values.append("`None`")
        return _alternatives(values)

    @cached_property
    def yielded(self) -> list[ast.Yield | ast.YieldFrom]:
        """The function's yield expressions."""
        return [node for _, node in self.expressions if isinstance(node, ast.Yield | ast.YieldFrom)]

    @property
    def yields(self) -> str:
        """What it yields as a noun phrase, "" where it yields nothing or not all of it can be told."""
        values = []
        for node in self.yielded:
            if node.value is None or _is_none(node.value):
                values.append("`None`")
            elif isinstance(node, ast.YieldFrom):
                source = quoted(self.module, node.value) or quoted_callee(node.value)
                values.append(f"each of {source}" if source else "")
            else:
                values.append(self.values.describe(node.value))
        return _alternatives(values)

    @cached_property
    def raises(self) -> dict[str, list[str]]:
        """The exceptions that it raises itself and does not catch, each with when that is, as far as it shows."""
        found: dict[str, list[str]] = {}
        for statement, setting in self.settled:
            if isinstance(statement, ast.Raise) and statement.exc is not None and not setting.guarded:
                name = dotted(called(statement.exc))
                if name.rpartition(".")[2][:1].isupper() and name not in self.values.assigned:
                    whens = found.setdefault(name, [])
                    if (when := self._when(statement.exc, statement, setting)) not in whens:
                        whens.append(when)
        return found

    @property
    def sets(self) -> list[str]:
        """The attributes of its instance or class that it sets whatever happens."""
        bound = self.definition.bound_name
        found: dict[str, None] = {}
        for statement, setting in self.settled:
            if setting.sure and bound:
                for node in _targets(statement):
                    if isinstance(node, ast.Attribute) and dotted(node.value) == bound:
                        found[f"`{bound}.{node.attr}`"] = None
        return list(found)

    def calls(self, *, sure: bool) -> list[str]:
        """Give what it calls for the effect, whatever happens or in some cases only; calls of locals are left out."""
        found: dict[str, None] = {}
        local = {*self.values.assigned, *self.values.bound_otherwise}
        for statement, setting in self.settled:
            if isinstance(statement, ast.Expr) and setting.sure == sure and root_name(statement.value) not in local:
                found[quoted_callee(statement.value)] = None
        return [name for name in found if name and not _ASSERTION.search(name)]

    @property
    def sole(self) -> ast.stmt | None:
        """The only statement that it consists of, None if there are more."""
        body = self.definition.node.body
        return body[0] if len(body) == 1 else None

    @property
    def _may_reach_end(self) -> bool:
        return not _leaves(self.definition.node.body)

    def _when(self, raised: ast.expr, statement: ast.stmt, setting: Setting) -> str:
        if setting.test is not None and (test := quoted(self.module, setting.test, limit=60)):
            return f"{'unless' if setting.negated else 'if'} {test}"
        if setting.handled is not None and (types := quoted(self.module, setting.handled)):
            return f"on {types}"
        if message := _message(raised):
            return f'with the message "{message}"'
        if statement is self.definition.node.body[-1]:
            return "at the end, if it has not returned before" if self.returned else "at the end"
        return ""


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _alternatives(values: Iterable[str]) -> str:
    distinct = list(dict.fromkeys(values))
    if not all(distinct) or len(distinct) > _MOST_ALTERNATIVES:
        return ""
    return " or ".join([", ".join(distinct[:-1]), distinct[-1]] if len(distinct) > 1 else distinct)


def _targets(statement: ast.stmt) -> Iterable[ast.expr]:
    match statement:
        case ast.Assign(targets=targets):
            for target in targets:
                yield from target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
        case ast.AnnAssign(target=target, value=ast.expr()) | ast.AugAssign(target=target):
            yield target


def _message(raised: ast.expr) -> str:
    """Give the text that an exception is raised with, where it is written in the code."""
    if not isinstance(raised, ast.Call) or not raised.args:
        return ""
    match raised.args[0]:
        case ast.Constant(value=str() as text) | ast.BinOp(left=ast.Constant(value=str() as text), op=ast.Mod()):
            pass
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str() as text), attr="format")):
            pass
        case ast.JoinedStr(values=values):
            text = "".join(str(v.value) if isinstance(v, ast.Constant) else "{...}" for v in values)
        case _:
            return ""
    text = " ".join(text.split())
    if len(text) > _MESSAGE_LENGTH:
        text = text[:_MESSAGE_LENGTH].rsplit(" ", 1)[0] + " ..."
    return "" if any(part in text for part in ('"', "`", "\\", ">>>")) or not text.isprintable() else text.rstrip(".")


def _leaves(body: list[ast.stmt]) -> bool:
    """Tell whether a block's end is never reached, by the form of its last statement."""
    match body[-1]:
        case ast.Return() | ast.Raise():
            leaves = True
        case ast.If() as branch:
            while branch.orelse and isinstance(branch.orelse[0], ast.If) and _leaves(branch.body):
                branch = branch.orelse[0]  # a long chain of elif is as deeply nested
            leaves = bool(branch.orelse) and _leaves(branch.body) and _leaves(branch.orelse)
        case ast.With(items=items, body=inner) | ast.AsyncWith(items=items, body=inner):
            swallows = any("suppress" in callee(called(item.context_expr)) for item in items)
            leaves = not swallows and _leaves(inner)
        case ast.Try(body=inner, handlers=handlers, orelse=orelse, finalbody=final):
            blocks = [orelse or inner, *(handler.body for handler in handlers)]
            leaves = all(map(_leaves, blocks)) or (bool(final) and _leaves(final))
        case ast.While(test=ast.Constant(value=value)) as loop:
            leaves = bool(value) and not any(isinstance(node, ast.Break) for node in ast.walk(loop))
        case ast.Match(cases=cases):
            last = cases[-1].pattern
            wild = isinstance(last, ast.MatchAs) and last.pattern is None and cases[-1].guard is None
            leaves = wild and all(_leaves(case.body) for case in cases)
        case _:
            leaves = False
    return leaves
