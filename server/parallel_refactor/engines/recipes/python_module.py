"""What a Python module defines: its functions with where they stand, its classes, and where its names come from."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property

from attrs import define, frozen

from parallel_refactor.engines.recipes.python_source import PythonSource

Function = ast.FunctionDef | ast.AsyncFunctionDef
Documentable = ast.Module | ast.ClassDef | Function
_BLOCKS = ("body", "handlers", "orelse", "finalbody", "cases")


@frozen
class Definition:
    """A function: `owner` is the class that it is directly in, `outer` the function."""

    node: Function
    owner: ast.ClassDef | None = None
    outer: Function | None = None

    @property
    def documented(self) -> bool:
        """Whether it has a docstring, be it an empty one."""
        return is_documented(self.node)

    @property
    def decorators(self) -> list[str]:
        """The dotted names of its decorators, without their arguments; "" for those that have none."""
        return [dotted(called(decorator)) for decorator in self.node.decorator_list]

    @property
    def bound_name(self) -> str:
        """The name of the parameter that holds the instance or class of a method, "" if there is none."""
        arguments = [arg.arg for arg in [*self.node.args.posonlyargs, *self.node.args.args][:1]]
        method = self.owner is not None and "staticmethod" not in self.decorators
        return "".join(arguments) if method or arguments in [["self"], ["cls"]] else ""

    @property
    def parameters(self) -> list[ast.arg]:
        """All parameters that a caller gives."""
        a = self.node.args
        found = [*a.posonlyargs, *a.args, a.vararg, *a.kwonlyargs, a.kwarg]
        return [arg for arg in found if arg is not None][1 if self.bound_name else 0 :]


@define(slots=False)
class PythonModule:
    """An index of one file."""

    source: PythonSource

    @cached_property
    def definitions(self) -> list[Definition]:
        """Every function of the file, nested ones too, in the order in which they begin."""
        return list(definitions(self.source.tree))

    @cached_property
    def by_name(self) -> dict[str, list[Definition]]:
        """The functions of each name, wherever they stand."""
        found: dict[str, list[Definition]] = {}
        for definition in self.definitions:
            found.setdefault(definition.node.name, []).append(definition)
        return found

    @cached_property
    def nodes(self) -> list[ast.AST]:
        """Every node of the file, in the order of `ast.walk`, which takes twice as long."""
        found: list[ast.AST] = [self.source.tree]
        for node in found:
            for name in node._fields:
                value = getattr(node, name, None)
                if isinstance(value, ast.AST):
                    found.append(value)
                elif isinstance(value, list):
                    found += [item for item in value if isinstance(item, ast.AST)]
        return found

    @cached_property
    def classes(self) -> dict[str, ast.ClassDef]:
        """The classes of the file by name; of several with one name the last."""
        return {node.name: node for node in self.nodes if isinstance(node, ast.ClassDef)}

    @cached_property
    def holders(self) -> dict[ast.ClassDef, ast.ClassDef]:
        """The class that each class is directly in, for those that are in one."""
        outer = [node for node in self.nodes if isinstance(node, ast.ClassDef)]
        return {inner: node for node in outer for inner in node.body if isinstance(inner, ast.ClassDef)}

    @cached_property
    def origins(self) -> dict[str, str]:
        """The dotted name that each imported name stands for; relative imports begin with dots."""
        found = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    found[alias.asname or alias.name.partition(".")[0]] = alias.name
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    found[alias.asname or alias.name] = f"{'.' * node.level}{node.module or ''}.{alias.name}"
        return found

    @cached_property
    def rebound_elsewhere(self) -> set[str]:
        """The names that some function of the file assigns to although they are not its own."""
        return {name for node in self.nodes if isinstance(node, ast.Global | ast.Nonlocal) for name in node.names}

    @cached_property
    def packages(self) -> set[str]:
        """The top-level names of all packages that the file imports from."""
        return {origin.partition(".")[0] for origin in self.origins.values()}

    def bases(self, owner: ast.ClassDef) -> list[str]:
        """Give the dotted names of a class's bases, with those of bases that the file defines, nearest first."""
        found: list[str] = []
        waiting = [owner]
        while waiting:
            for name in map(dotted, waiting.pop(0).bases):
                if name and name not in found:
                    found.append(name)
                    if name in self.classes:
                        waiting.append(self.classes[name])
        return found


def is_documented(node: Documentable) -> bool:
    """Tell whether a module, class or function has a docstring, be it an empty one."""
    match node.body[:1]:
        case [ast.Expr(value=ast.Constant(value=str()))]:
            return True
    return False


def documentable(tree: ast.Module) -> Iterator[Documentable]:
    """Give a module and all classes and functions in it, nested ones too, in the order in which they begin."""
    stack: list[ast.AST] = [tree]
    while stack:
        current = stack.pop()
        if isinstance(current, Documentable):
            yield current
        stack += reversed([child for field in _BLOCKS for child in getattr(current, field, ())])


def called(node: ast.expr) -> ast.expr:
    """Give what a call calls; anything else as it is."""
    while isinstance(node, ast.Call):
        node = node.func
    return node


def dotted(node: ast.expr) -> str:
    """Give `a.b.c` for names and attributes of names, "" for anything else."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join([node.id, *reversed(parts)])


def last_name(node: ast.AST) -> str:
    """Give the last part of a dotted name, "" for anything else."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def root_name(node: ast.expr) -> str:
    """Give the name at the beginning of a chain of attributes, calls and subscripts, "" if there is none."""
    while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def definitions(
    node: ast.AST, owner: ast.ClassDef | None = None, outer: Function | None = None
) -> Iterator[Definition]:
    """Give every function below a node, nested ones too, in the order in which they begin."""
    stack = [node]
    while stack:
        current = stack.pop()
        if isinstance(current, Function) and current is not outer:
            yield Definition(current, owner, outer)
            yield from definitions(current, None, current)
        elif isinstance(current, ast.ClassDef) and current is not owner:
            yield from definitions(current, current, outer)
        else:
            stack += reversed([child for field in _BLOCKS for child in getattr(current, field, ())])
