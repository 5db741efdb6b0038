"""Looks through a Python file once: its scopes and what they bind, its functions, and every mention of a name."""

# ruff: noqa: N802, N815  (methods are named after the nodes that they visit)

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from typing import Literal

from attrs import evolve, frozen

from parallel_refactor.engines.recipes.python_module import Function
from parallel_refactor.engines.recipes.python_source import PythonSource
from parallel_refactor.engines.recipes.python_words import (
    Binding,
    Class,
    Comprehension,
    FileIndex,
    Func,
    Mention,
    Place,
    Scope,
)


def index(path: str, source: PythonSource) -> FileIndex:
    """Look through a file; raises RecursionError where it is nested too deeply."""
    found = FileIndex(path, source, Scope(path, source.tree))
    walker = _Walker(found)
    for statement in source.tree.body:
        walker.visit(statement, source.tree, found.scope, Place(obstacle=IMPORT_TIME))
    return found


IMPORT_TIME = "when the module is imported"
_NAME = re.compile(r"[A-Za-z_]\w*(?:[.:][A-Za-z_]\w*)*")
_LONGEST_NAME = 200
_SILENT = (ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop)


@frozen
class _Walker:
    """Visits each node once, with the scope and place that it stands in."""

    found: FileIndex

    def visit(self, node: ast.AST, parent: ast.AST, scope: Scope, place: Place) -> None:
        """Visit a node and all below it."""
        self.found.parents[node] = parent
        handler = getattr(self, f"_visit_{type(node).__name__}", None)
        if handler is not None:
            handler(node, scope, place)
        else:
            self._below(node, scope, place)

    def _below(self, node: ast.AST, scope: Scope, place: Place) -> None:
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, _SILENT):
                self.visit(child, node, scope, place)

    def _all(self, nodes: Iterable[ast.AST | None], parent: ast.AST, scope: Scope, place: Place) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node, parent, scope, place)

    # ---- definitions

    def _visit_FunctionDef(self, node: Function, scope: Scope, place: Place) -> None:
        self._all(node.decorator_list, node, scope, evolve(place, obstacle="in a decorator"))
        own = Scope(self.found.path, node, scope)
        owner = self.found.class_of.get(scope.node)
        func = Func(self.found.path, node, own, scope, _qualified(node.name, scope), owner, place.function)
        self.found.functions.append(func)
        self.found.func_of[node] = func
        if owner is not None:
            owner.methods[node.name].append(func)
        self._bind(node.name, Binding("function", scope, node, func))
        self._parameters(node.args, own, scope, place)
        self._all([node.returns], node, scope, evolve(place, obstacle="in an annotation"))
        for parameter in getattr(node, "type_params", ()):
            self._bind(parameter.name, Binding("other", own, parameter))
        self._all(node.body, node, own, Place(func))

    _visit_AsyncFunctionDef = _visit_FunctionDef

    def _visit_Lambda(self, node: ast.Lambda, scope: Scope, place: Place) -> None:
        own = Scope(self.found.path, node, scope)
        self._parameters(node.args, own, scope, place)
        self.visit(node.body, node, own, evolve(place, obstacle="in a lambda", main=False))

    def _parameters(self, arguments: ast.arguments, own: Scope, scope: Scope, place: Place) -> None:
        a = arguments
        for arg in [*a.posonlyargs, *a.args, *a.kwonlyargs]:
            self._bind(arg.arg, Binding("parameter", own, arg, annotation=arg.annotation))
        rest = [arg for arg in [a.vararg, a.kwarg] if arg is not None]
        for arg in rest:
            self._bind(arg.arg, Binding("other", own, arg))
        every = [arg.annotation for arg in [*a.posonlyargs, *a.args, *a.kwonlyargs, *rest]]
        self._all(every, arguments, scope, evolve(place, obstacle="in an annotation"))
        self._all([*a.defaults, *a.kw_defaults], arguments, scope, evolve(place, obstacle="in a default value"))

    def _visit_ClassDef(self, node: ast.ClassDef, scope: Scope, place: Place) -> None:
        outside = evolve(place, obstacle="where a class is made", main=False)
        self._all([*node.decorator_list, *node.bases, *node.keywords], node, scope, outside)
        own = Scope(self.found.path, node, scope)
        made = Class(self.found.path, node, own, scope)
        self.found.classes.append(made)
        self.found.class_of[node] = made
        self._bind(node.name, Binding("class", scope, node, made))
        for parameter in getattr(node, "type_params", ()):
            self._bind(parameter.name, Binding("other", own, parameter))
        self._all(node.body, node, own, evolve(place, obstacle="in the body of a class", main=False))

    # ---- bindings

    def _bind(self, name: str, binding: Binding) -> None:
        scope = binding.scope
        if scope.declared.get(name) == "global":
            scope = scope.module
        while scope.declared.get(name) == "nonlocal" and scope.parent is not None:
            scope = scope.parent
        scope.bindings[name].append(binding)

    def _target(self, target: ast.expr, scope: Scope, binding: Binding | None = None) -> None:
        """Bind the names in the target of an assignment; those of a tuple to nothing that could be told."""
        if isinstance(target, ast.Name):
            self._bind(target.id, binding or Binding("other", scope, target))
        elif isinstance(target, ast.Tuple | ast.List):
            for element in target.elts:
                self._target(element, scope)
        elif isinstance(target, ast.Starred):
            self._target(target.value, scope)

    def _visit_Assign(self, node: ast.Assign, scope: Scope, place: Place) -> None:
        for target in node.targets:
            self._target(target, scope, Binding("value", scope, target, node.value))
        self._below(node, scope, place)

    def _visit_AnnAssign(self, node: ast.AnnAssign, scope: Scope, place: Place) -> None:
        self._target(node.target, scope, Binding("value", scope, node, node.value, annotation=node.annotation))
        self.visit(node.annotation, node, scope, evolve(place, obstacle="in an annotation"))
        self._all([node.target, node.value], node, scope, place)

    def _visit_AugAssign(self, node: ast.AugAssign, scope: Scope, place: Place) -> None:
        self._target(node.target, scope)
        self._below(node, scope, place)

    def _visit_NamedExpr(self, node: ast.NamedExpr, scope: Scope, place: Place) -> None:
        outer = scope
        while isinstance(outer.node, Comprehension) and outer.parent is not None:
            outer = outer.parent
        self._target(node.target, outer, Binding("value", outer, node.target, node.value))
        self._below(node, scope, place)

    def _visit_For(self, node: ast.For | ast.AsyncFor, scope: Scope, place: Place) -> None:
        self._target(node.target, scope)
        self._below(node, scope, place)

    _visit_AsyncFor = _visit_For

    def _visit_With(self, node: ast.With | ast.AsyncWith, scope: Scope, place: Place) -> None:
        held = place
        for item in node.items:
            self.found.parents[item] = node
            self._all([item.context_expr], item, scope, held)
            if item.optional_vars is not None:
                self._target(item.optional_vars, scope, Binding("with", scope, item, item.context_expr))
                self.visit(item.optional_vars, item, scope, held)
            if isinstance(node, ast.With):
                held = evolve(held, withs=(*held.withs, (item.context_expr, scope)))
        self._all(node.body, node, scope, held)

    _visit_AsyncWith = _visit_With

    def _visit_ExceptHandler(self, node: ast.ExceptHandler, scope: Scope, place: Place) -> None:
        if node.name:
            self._bind(node.name, Binding("other", scope, node))
        self._below(node, scope, place)

    def _visit_MatchAs(self, node: ast.MatchAs | ast.MatchStar, scope: Scope, place: Place) -> None:
        if node.name:
            self._bind(node.name, Binding("other", scope, node))
        self._below(node, scope, place)

    _visit_MatchStar = _visit_MatchAs

    def _visit_MatchMapping(self, node: ast.MatchMapping, scope: Scope, place: Place) -> None:
        if node.rest:
            self._bind(node.rest, Binding("other", scope, node))
        self._below(node, scope, place)

    def _visit_TypeAlias(self, node: ast.AST, scope: Scope, place: Place) -> None:
        self._target(node.name, scope)  # type: ignore[attr-defined]
        self._below(node, scope, evolve(place, obstacle="in an annotation"))

    def _visit_Global(self, node: ast.Global | ast.Nonlocal, scope: Scope, place: Place) -> None:  # noqa: ARG002
        word: Literal["global", "nonlocal"] = "global" if isinstance(node, ast.Global) else "nonlocal"
        scope.declared.update(dict.fromkeys(node.names, word))

    _visit_Nonlocal = _visit_Global

    def _visit_Import(self, node: ast.Import, scope: Scope, place: Place) -> None:
        for alias in node.names:
            bound, origin = alias.asname or alias.name.partition(".")[0], alias.name
            self._bind(bound, Binding("import", scope, alias, origin=origin if alias.asname else bound))
            self.found.mentions[alias.name.rpartition(".")[2]].append(Mention(alias, node, scope, place))

    def _visit_ImportFrom(self, node: ast.ImportFrom, scope: Scope, place: Place) -> None:
        module = "." * node.level + (node.module or "")
        for alias in node.names:
            if alias.name == "*":
                self.found.stars.append(module)
                continue
            origin = f"{module}{'' if module.endswith('.') else '.'}{alias.name}"
            self._bind(alias.asname or alias.name, Binding("import", scope, alias, origin=origin))
            self.found.mentions[alias.name].append(Mention(alias, node, scope, place, module))

    # ---- expressions

    def _visit_comprehension(self, node: Comprehension, scope: Scope, place: Place) -> None:
        own = Scope(self.found.path, node, scope)
        obstacle = place.obstacle
        if isinstance(node, ast.GeneratorExp):
            obstacle = obstacle or "in a generator expression"
        elif place.comprehension:
            obstacle = obstacle or "in a comprehension inside of another"
        inner = evolve(place, obstacle=obstacle, comprehension=True)
        for number, generator in enumerate(node.generators):
            self.found.parents[generator] = node
            self._target(generator.target, own)
            self.visit(generator.target, generator, own, inner)
            self.visit(generator.iter, generator, own if number else scope, inner if number else place)
            self._all(generator.ifs, generator, own, inner)
        elements = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        self._all(elements, node, own, inner)

    _visit_ListComp = _visit_SetComp = _visit_DictComp = _visit_GeneratorExp = _visit_comprehension

    def _visit_JoinedStr(self, node: ast.JoinedStr, scope: Scope, place: Place) -> None:
        self._below(node, scope, evolve(place, formatted=True))

    def _visit_TemplateStr(self, node: ast.AST, scope: Scope, place: Place) -> None:
        self._below(node, scope, evolve(place, obstacle=place.obstacle or "in a template string"))

    def _visit_If(self, node: ast.If, scope: Scope, place: Place) -> None:
        self.visit(node.test, node, scope, place)
        is_main = scope.parent is None and ast.unparse(node.test) in _MAIN
        self._all(node.body, node, scope, evolve(place, main=True) if is_main else place)
        self._all(node.orelse, node, scope, place)

    def _visit_Yield(self, node: ast.Yield | ast.YieldFrom, scope: Scope, place: Place) -> None:
        if place.function is not None:
            place.function.yields = True
        self._below(node, scope, place)

    _visit_YieldFrom = _visit_Yield

    def _visit_Name(self, node: ast.Name, scope: Scope, place: Place) -> None:
        self._mention(node.id, node, scope, place)

    def _visit_Attribute(self, node: ast.Attribute, scope: Scope, place: Place) -> None:
        self._mention(node.attr, node, scope, place)
        self.visit(node.value, node, scope, place)

    def _visit_keyword(self, node: ast.keyword, scope: Scope, place: Place) -> None:
        if node.arg:
            self._mention(node.arg, node, scope, place)
        self.visit(node.value, node, scope, place)

    def _visit_Constant(self, node: ast.Constant, scope: Scope, place: Place) -> None:
        if isinstance(node.value, str) and len(node.value) <= _LONGEST_NAME and _NAME.fullmatch(node.value):
            self._mention(re.split("[.:]", node.value)[-1], node, scope, place)

    def _mention(
        self, name: str, node: ast.Name | ast.Attribute | ast.keyword | ast.Constant, scope: Scope, place: Place
    ) -> None:
        mention = Mention(node, self.found.parents[node], scope, place)
        self.found.mentions[name].append(mention)
        if mention.call is not None:
            self.found.calls.append(mention)


_MAIN = ("__name__ == '__main__'", "'__main__' == __name__")


def _qualified(name: str, scope: Scope) -> str:
    while scope.parent is not None:
        if isinstance(scope.node, Function | ast.ClassDef):
            name = f"{scope.node.name}.{name}"
        scope = scope.parent
    return name
