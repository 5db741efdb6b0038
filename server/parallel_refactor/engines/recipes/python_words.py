"""The words for what stands where in a Python file: scopes, what they bind, functions, classes, mentions of names."""

from __future__ import annotations

import ast
from collections import defaultdict
from typing import Literal

from attrs import Factory, define, frozen

from parallel_refactor.engines.recipes.python_module import Function
from parallel_refactor.engines.recipes.python_source import PythonSource

Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


@define(eq=False)
class Scope:
    """A namespace: a module, a class, a function, a lambda or a comprehension. `path` is its file."""

    path: str
    node: ast.AST
    parent: Scope | None = None
    bindings: defaultdict[str, list[Binding]] = Factory(lambda: defaultdict(list))
    declared: dict[str, Literal["global", "nonlocal"]] = Factory(dict)

    @property
    def module(self) -> Scope:
        """The scope of its file."""
        return self if self.parent is None else self.parent.module


@frozen(eq=False)
class Binding:
    """One thing that gives a name its value. `value` is what it is bound to, as far as the form shows.

    `kind` is "function", "class", "import" (of the module `origin`; then `node` is the alias), "parameter", "value"
    (the expression), "with" (the context manager), or "other": anything whose value is not to be told.
    """

    kind: Literal["function", "class", "import", "parameter", "value", "with", "other"]
    scope: Scope
    node: ast.AST
    value: Func | Class | ast.expr | None = None
    origin: str = ""
    annotation: ast.expr | None = None


@define(eq=False)
class Func:
    """A function: `scope` is its own, `outer` the one that binds its name, `owner` the class that it is directly in."""

    path: str
    node: Function
    scope: Scope
    outer: Scope
    name: str
    owner: Class | None = None
    inside: Func | None = None
    yields: bool = False

    @property
    def line(self) -> int:
        """Where it begins."""
        return self.node.lineno

    @property
    def is_async(self) -> bool:
        """Whether it is a coroutine function already."""
        return isinstance(self.node, ast.AsyncFunctionDef)


@define(eq=False)
class Class:
    """A class: `scope` is its own; `methods` are the functions directly in it, by name."""

    path: str
    node: ast.ClassDef
    scope: Scope
    outer: Scope
    methods: defaultdict[str, list[Func]] = Factory(lambda: defaultdict(list))


@frozen(eq=False)
class Place:
    """Where code stands: in which function, and why `await` cannot be written there, "" if only the function decides.

    `main`: it runs when the file is run as a program. `withs`: the context managers around it in this function.
    `comprehension`: it is the element or a condition of one. `formatted`: it is in an f-string, where older Pythons
    give expressions wrong positions.
    """

    function: Func | None = None
    obstacle: str = ""
    main: bool = False
    withs: tuple[tuple[ast.expr, Scope], ...] = ()
    comprehension: bool = False
    formatted: bool = False


@frozen(eq=False)
class Mention:
    """A name or attribute, an import, a keyword, or a text that says no more than a (dotted) name."""

    node: ast.Name | ast.Attribute | ast.alias | ast.keyword | ast.Constant
    parent: ast.AST
    scope: Scope
    place: Place
    module: str = ""

    @property
    def call(self) -> ast.Call | None:
        """The call that calls it, None if it is used in another way."""
        return self.parent if isinstance(self.parent, ast.Call) and self.parent.func is self.node else None

    @property
    def line(self) -> int:
        """The line that it is on."""
        return getattr(self.node, "lineno", 0) or getattr(self.parent, "lineno", 0)


@define(eq=False)
class FileIndex:
    """All of that for one file. `stars` are the modules of its star imports."""

    path: str
    source: PythonSource
    scope: Scope
    functions: list[Func] = Factory(list)
    classes: list[Class] = Factory(list)
    mentions: defaultdict[str, list[Mention]] = Factory(lambda: defaultdict(list))
    calls: list[Mention] = Factory(list)
    stars: list[str] = Factory(list)
    parents: dict[ast.AST, ast.AST] = Factory(dict)
    func_of: dict[ast.AST, Func] = Factory(dict)
    class_of: dict[ast.AST, Class] = Factory(dict)


@frozen
class External:
    """A module outside of the workspace, or something in it, by its dotted name: `time.sleep`."""

    name: str


@frozen
class ExternalObject:
    """An object made outside of the workspace, by the dotted name of its type or of what gave it."""

    type: str


@frozen
class ModuleValue:
    """A file of the workspace, as a module."""

    path: str


@frozen
class Instance:
    """An instance of a class of the workspace. `surely`: it was made here; else an annotation says so."""

    cls: Class
    surely: bool = True


@frozen
class Plain:
    """A number, text, container or None."""

    nothing: bool = False


Value = External | ExternalObject | ModuleValue | Instance | Plain | Func | Class


def combine(values: list[Value | None]) -> Value | None:
    """Give what several values have in common; None objects are no contradiction to anything else."""
    if None in values:
        return None
    rest = [value for value in values if value != Plain(nothing=True)]
    if not rest:
        return values[0] if values else None
    if any(isinstance(value, Instance) for value in rest):
        classes = {id(value.cls): value for value in rest if isinstance(value, Instance)}
        same = len(classes) == 1 and all(isinstance(value, Instance) for value in rest)
        return min(classes.values(), key=lambda value: value.surely) if same else None
    return rest[0] if all(value == rest[0] for value in rest) else None
