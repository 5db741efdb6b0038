"""What the code shows of a function's parameters: what becomes of them, and their defaults."""

from __future__ import annotations

import ast
import re

from parallel_refactor.engines.recipes.docstring_facts import Facts
from parallel_refactor.engines.recipes.docstring_values import listing, quoted, quoted_callee

_DEFAULT_LENGTH = 30
_USE_LENGTH = 40
_SEES_ALL_LOCALS = frozenset({"locals", "vars", "eval", "exec"})
_MOST_OBJECTS = 2
_TELLING = r": (Stored|Replaced|Checked)"
_REPLACED = {
    "replaced": "replaced by {} if it is `None`",
    "converted": "replaced by what {} returns for it",
}
_KINDS = {
    "stored": "stored as {}",
    "called": "called",
    "typed": "checked against the type {}",
    "passed": "passed to {}",
    "iterated": "iterated over",
    "attributes": "used for {}",
    "indexed": "items are taken from it",
    "returned": "may be returned",
    "tested": "tested for truth",
    "used": "used in {}",
}


def parameter_entries(facts: Facts) -> list[str]:
    """Describe all parameters as `name: Sentence.`, or none where that is not worth its lines.

    It is where some parameter has a default, is stored, replaced or checked for its type.
    """
    arguments = facts.definition.node.args
    stars = {arguments.vararg: "*", arguments.kwarg: "**"}
    defaults = _defaults(arguments)
    uses = _Uses(facts)
    found = []
    for parameter in facts.definition.parameters:
        use = uses.describe(parameter.arg)
        default = _describe_default(facts, defaults.get(parameter))
        text = "; ".join(part for part in (use, default) if part) or "used"
        found.append(f"{stars.get(parameter, '')}{parameter.arg}: {text[0].upper()}{text[1:]}.")
    return found if defaults or any(re.search(_TELLING, entry) for entry in found) else []


def _defaults(arguments: ast.arguments) -> dict[ast.arg, ast.expr]:
    positional = [*arguments.posonlyargs, *arguments.args]
    found = dict(zip(reversed(positional), reversed(arguments.defaults), strict=False))
    found |= {arg: value for arg, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if value}
    return found


def _describe_default(facts: Facts, default: ast.expr | None) -> str:
    text = quoted(facts.module, default, _DEFAULT_LENGTH) if default else ""
    return f"{text} by default" if text else ""


class _Uses:
    """What a function does with its parameters, by name. The kinds of use that say most come first in `_KINDS`."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._found: dict[tuple[str, str], list[str]] = {}
        for statement in facts.statements:
            self._visit_statement(statement)
        for _, node in facts.expressions:
            self._visit_expression(node)
        body = [node for statement in facts.definition.node.body for node in ast.walk(statement)]
        self._names = {node.id for node in body if isinstance(node, ast.Name)}
        self._rebound = {*facts.values.assigned, *facts.values.bound_otherwise}

    def describe(self, name: str) -> str:
        """Say what becomes of a parameter, "" if that is not clear."""
        kinds = _REPLACED if name in self._rebound else _KINDS
        for kind, text in kinds.items():
            if objects := self._found.get((name, kind)):
                return text.format(listing(list(dict.fromkeys(objects))[:_MOST_OBJECTS]))
        return "" if self._names & {name, *_SEES_ALL_LOCALS} else "not used"

    def _add(self, node: ast.expr | None, kind: str, what: str) -> None:
        if isinstance(node, ast.Name) and what:
            self._found.setdefault((node.id, kind), []).append(what)

    def _visit_statement(self, statement: ast.stmt) -> None:
        match statement:
            case (
                ast.Assign(targets=[ast.Attribute() as target], value=value)
                | ast.AnnAssign(target=ast.Attribute() as target, value=value)
            ):
                self._add(value, "stored", quoted(self._facts.module, target))
            case ast.Assign(
                targets=[ast.Name(id=target)], value=ast.Call(args=[ast.Name(id=name) as given, *_]) as call
            ) if name == target:
                self._add(given, "converted", quoted_callee(call))
            case ast.For(iter=iterated) | ast.AsyncFor(iter=iterated):
                self._add(iterated, "iterated", "-")
            case ast.Return(value=value):
                self._add(value, "returned", "-")
            case ast.If(
                test=ast.Compare(
                    left=ast.Name(id=name) as tested, ops=[ast.Is()], comparators=[ast.Constant(value=None)]
                ),
                body=[ast.Assign(targets=[ast.Name(id=target)], value=value)],
            ) if name == target:
                self._add(tested, "replaced", quoted(self._facts.module, value))
            case ast.If(test=test):
                self._add(test.operand if isinstance(test, ast.UnaryOp) else test, "tested", "-")

    def _visit_expression(self, node: ast.AST) -> None:
        match node:
            case ast.Call():
                self._visit_call(node)
            case ast.comprehension(iter=iterated):
                self._add(iterated, "iterated", "-")
            case ast.Attribute(value=value, attr=attr):
                self._add(value, "attributes", f"`{value.id}.{attr}`" if isinstance(value, ast.Name) else "")
            case ast.Subscript(value=value, slice=key, ctx=ast.Load()):
                self._add(value, "indexed", "-")
                self._add(key, "used", quoted(self._facts.module, node, _USE_LENGTH))
            case ast.BinOp() | ast.Compare() | ast.BoolOp():
                for child in ast.iter_child_nodes(node):
                    if isinstance(child, ast.expr):
                        self._add(child, "used", quoted(self._facts.module, node, _USE_LENGTH))

    def _visit_call(self, call: ast.Call) -> None:
        self._add(call.func, "called", "-")
        if isinstance(call.func, ast.Name) and call.func.id == "isinstance" and len(call.args) == 2:
            self._add(call.args[0], "typed", quoted(self._facts.module, call.args[1]))
            return
        for argument in call.args:
            inner = argument.value if isinstance(argument, ast.Starred) else argument
            self._add(inner, "passed", quoted_callee(call))
        for keyword in call.keywords:
            self._add(keyword.value, "passed", quoted_callee(call))
