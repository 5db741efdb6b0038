"""What an expression stands for, as far as names, imports, annotations and constructors tell: a module, function, ...

Annotations are believed: who writes `client: Client` gets a Client. What cannot be told is None.
"""

from __future__ import annotations

import ast
import sys
from typing import get_args

from attrs import Factory, define

from parallel_refactor.engines.recipes.docstring_words import word_set
from parallel_refactor.engines.recipes.python_words import (
    Binding,
    Class,
    Comprehension,
    External,
    ExternalObject,
    Func,
    Instance,
    ModuleValue,
    Plain,
    Scope,
    Value,
    combine,
)
from parallel_refactor.engines.recipes.python_workspace import UnsureImportError, Workspace


def lookup(name: str, scope: Scope) -> list[Binding] | None:
    """Find what binds a name where some code in a scope looks for it; None where nothing in the file does."""
    current: Scope | None = scope
    while current is not None:
        if current.declared.get(name) == "global":
            current = current.module
        if current is scope or not isinstance(current.node, ast.ClassDef):
            bindings = current.bindings.get(name)
            if bindings:
                return bindings
        current = current.parent
    return None


def split_origin(origin: str) -> tuple[str, str]:
    """Split the dotted name of an import into its module, which may be dots only, and the name in it."""
    module, _, name = origin.rpartition(".")
    return (module if module.strip(".") else "." * (len(origin) - len(origin.lstrip(".")))), name


# Of these modules some functions and objects give back what they were given.
_GIVING_BACK = word_set(
    """
    asyncio collections concurrent contextlib contextvars copy functools heapq importlib inspect itertools marshal
    multiprocessing operator pickle queue random threading types typing unittest weakref argparse shelve
    """
)
_PLAIN_BUILTINS = word_set(
    """
    abs all any ascii bin bool bytearray bytes chr complex dict divmod float format frozenset hash hex id input int
    isinstance issubclass len list oct ord range repr round set sorted str sum tuple print open
    """
)
_PLAIN_NODES = (ast.JoinedStr, ast.List, ast.Dict, ast.Set, ast.Tuple, *get_args(Comprehension), ast.Compare)
_WRAPPERS = frozenset({"Optional", "Union", "Annotated", "Final", "ClassVar"})
_EVERYTHING = frozenset({"builtins.object", "typing.Any", "typing.Protocol", "abc.ABC", "builtins.Exception"})


@define(slots=False, eq=False)
class Values:
    """Evaluates expressions of a workspace."""

    workspace: Workspace
    _memo: dict[ast.AST, Value | None] = Factory(dict)
    _members: dict[tuple[str, str], Value | None] = Factory(dict)

    def of(self, node: ast.expr, scope: Scope) -> Value | None:
        """Tell what an expression in a scope stands for."""
        if node not in self._memo:
            self._memo[node] = None  # whoever asks again meanwhile goes round in a circle
            self._memo[node] = self._of(node, scope)
        return self._memo[node]

    def _of(self, node: ast.expr, scope: Scope) -> Value | None:  # noqa: PLR0911
        match node:
            case ast.Constant():
                return Plain(nothing=node.value is None)
            case ast.Name(id=name):
                return self.named(name, scope)
            case ast.Attribute(value=inner, attr=attr):
                return self.attribute(self.of(inner, scope), attr)
            case ast.Call():
                return self._result(node, scope)
            case ast.Await(value=inner) | ast.NamedExpr(value=inner):
                return self.of(inner, scope)
            case ast.IfExp(body=one, orelse=other):
                return combine([self.of(one, scope), self.of(other, scope)])
            case ast.BoolOp(values=values):
                return combine([self.of(value, scope) for value in values])
            case ast.BinOp(left=left):
                value = self.of(left, scope)
                return value if isinstance(value, Plain | ExternalObject) else None
            case ast.Subscript(value=inner):
                return ExternalObject("") if isinstance(self.of(inner, scope), External) else None
        return Plain() if isinstance(node, _PLAIN_NODES) else None

    def named(self, name: str, scope: Scope) -> Value | None:
        """Tell what a name stands for."""
        bindings = lookup(name, scope)
        if bindings is None:
            file = self.workspace.file(scope.path)
            return External(f"builtins.{name}") if file is not None and not file.stars else None
        return combine([self.bound(binding) for binding in bindings])

    def bound(self, binding: Binding) -> Value | None:  # noqa: PLR0911
        """Tell what a binding gives its name."""
        value = binding.value
        if binding.kind in ("function", "class"):
            return value if isinstance(value, Func | Class) else None
        if binding.kind == "import":
            return self.imported(binding.origin, binding.scope.path)
        if binding.kind == "parameter":
            return self._parameter(binding)
        if binding.annotation is not None and (known := self.annotated(binding.annotation, binding.scope)):
            return known
        if binding.kind == "value" and isinstance(value, ast.expr):
            return self.of(value, binding.scope)
        if binding.kind == "with" and isinstance(value, ast.expr):
            return self._entered(value, binding.scope)
        return None

    def imported(self, origin: str, importer: str) -> Value | None:
        """Tell what the dotted name of an import stands for."""
        try:
            if path := self.workspace.module(origin, importer):
                # A name in a package beats the module of that name: it is bound after the module is imported.
                package = self._within(origin, importer)
                return package if isinstance(package, Func | Class) else ModuleValue(path)
            return self._within(origin, importer) if "." in origin.lstrip(".") else self._outside(origin)
        except UnsureImportError:
            return None

    def _within(self, origin: str, importer: str) -> Value | None:
        """Look an import up as a name in a module."""
        module, name = split_origin(origin)
        if not module:
            return self._outside(origin)
        path = self.workspace.module(module, importer)
        if path is not None:
            return self.member(path, name)
        return None if module.startswith(".") else self._outside(origin)

    @staticmethod
    def _outside(origin: str) -> Value | None:
        return None if origin.startswith(".") else External(origin)

    def member(self, path: str, name: str) -> Value | None:
        """Tell what a module of the workspace has under a name."""
        if (path, name) not in self._members:
            self._members[path, name] = None  # modules import from each other in circles
            self._members[path, name] = self._member(path, name)
        return self._members[path, name]

    def _member(self, path: str, name: str) -> Value | None:
        file = self.workspace.file(path)
        if file is None:
            return None
        if file.scope.bindings.get(name):
            return combine([self.bound(binding) for binding in file.scope.bindings[name]])
        if module := self.workspace.submodule(path, name):
            return ModuleValue(module)
        found = []
        for star in file.stars:
            value = self.imported(f"{star}{'' if star.endswith('.') else '.'}{name}", path)
            found += [value] if isinstance(value, Func | Class | ModuleValue) else []
        return combine(list(found)) if found else None

    def attribute(self, owner: Value | None, name: str) -> Value | None:
        """Tell what an attribute of a value is."""
        match owner:
            case ModuleValue(path=path):
                return self.member(path, name)
            case External(name=outer):
                return self.imported(f"{outer}.{name}", "")
            case ExternalObject(type=kind):
                strange = kind.partition(".")[0] in _GIVING_BACK or name in self.workspace.stored
                return None if strange else ExternalObject(f"{kind}.{name}")
            case Plain():
                return Plain()
            case Class() | Instance():
                return self.member_of_class(owner, name)
        return None

    def member_of_class(self, owner: Class | Instance, name: str) -> Value | None:  # noqa: ARG002
        """Tell what a class or an instance has under a name; who knows classes says more."""
        return None

    def _parameter(self, binding: Binding) -> Value | None:
        return None if binding.annotation is None else self.annotated(binding.annotation, binding.scope)

    def _entered(self, manager: ast.expr, scope: Scope) -> Value | None:
        match manager:
            case ast.Call(args=[ast.expr() as inner], keywords=[]) if self.of(manager.func, scope) in (
                External("contextlib.closing"),
                External("contextlib.nullcontext"),
            ):
                return self.of(inner, scope)
        value = self.of(manager, scope)
        return value if isinstance(value, ExternalObject) and value.type not in _STRANGE_MANAGERS else None

    def _result(self, call: ast.Call, scope: Scope) -> Value | None:
        match self.of(call.func, scope):
            case Class() as cls:
                return None if "__new__" in cls.methods or cls.node.keywords else Instance(cls)
            case External(name=name):
                return _external_result(name)
            case ExternalObject(type=kind):
                return ExternalObject(f"{kind}()")
            case Func() as function:
                return self._returned(function)
            case Plain():
                return ExternalObject("")
        return None

    def _returned(self, function: Func) -> Value | None:
        if function.node.returns is not None:
            return self.annotated(function.node.returns, function.outer)
        if function.yields or function.node.decorator_list:
            return None
        returns = [node for node in ast.walk(function.node) if isinstance(node, ast.Return) and node.value]
        return combine([self.of(node.value, function.scope) for node in returns if node.value]) if returns else None

    def annotated(self, node: ast.expr, scope: Scope) -> Value | None:  # noqa: PLR0911
        """Tell what a value with an annotation is."""
        match node:
            case ast.Constant(value=None):
                return Plain(nothing=True)
            case ast.Constant(value=str() as text):
                try:
                    return self.annotated(ast.parse(text.strip(), mode="eval").body, scope)
                except (SyntaxError, ValueError, RecursionError):
                    return None
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return combine([self.annotated(left, scope), self.annotated(right, scope)])
            case ast.Subscript(value=outer, slice=inner):
                parts = inner.elts if isinstance(inner, ast.Tuple) else [inner]
                wrapper = outer.attr if isinstance(outer, ast.Attribute) else getattr(outer, "id", "")
                if wrapper in _WRAPPERS:
                    parts = parts[:1] if wrapper == "Annotated" else parts
                    return combine([self.annotated(part, scope) for part in parts])
                return self.annotated(outer, scope)
        match self.of(node, scope):
            case Class() as cls:
                return Instance(cls, surely=False)
            case External(name=name) if name not in _EVERYTHING:
                module, _, last = name.rpartition(".")
                return Plain() if module == "builtins" and last in _PLAIN_BUILTINS else ExternalObject(name)
        return None


_STRANGE_MANAGERS = frozenset({"contextlib.ExitStack", "unittest.mock.patch()"})


def _external_result(name: str) -> Value | None:
    top, _, rest = name.partition(".")
    last = rest.rpartition(".")[2] or top
    if top == "builtins":
        return (Plain() if last != "open" else ExternalObject("open()")) if last in _PLAIN_BUILTINS else None
    if last[:1].isupper():
        return ExternalObject(name)
    if top in sys.stdlib_module_names:
        return None if top in _GIVING_BACK else ExternalObject(f"{name}()")
    return None
