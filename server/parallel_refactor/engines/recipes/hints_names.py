"""Which names a file has for types, and where it means something else by them."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator
from functools import cached_property

from attrs import define

from parallel_refactor.engines.recipes.python_module import Definition, PythonModule, last_name

TYPE_CHECKING = "TYPE_CHECKING"

_TYPE_MAKERS = frozenset({"NamedTuple", "NewType", "TypedDict", "namedtuple"})
_LISTS_NAMES = frozenset({"dir", "globals", "locals", "vars"})
BUILTIN_TYPES = frozenset(name for name in dir(builtins) if isinstance(getattr(builtins, name), type))


@define(slots=False)
class FileNames:
    """The names of one file."""

    module: PythonModule

    def is_builtin_type(self, name: str, definition: Definition) -> bool:
        """Whether a name means the built-in type where a function's annotations are looked up."""
        return name in BUILTIN_TYPES and name not in self.top and not self._hidden(name, definition)

    def is_type_here(self, name: str, definition: Definition) -> bool:
        """Whether a name of the module stands for a type, as far as the file tells, also in the function's place."""
        return name in self.types and not self._hidden(name, definition)

    def is_free(self, name: str) -> bool:
        """Whether nothing in the file binds the name, or uses it."""
        return name not in self._all and name not in BUILTIN_TYPES

    def is_module_here(self, name: str, definition: Definition) -> bool:
        """Whether a name stands for an imported module where a function's annotations are looked up."""
        return name in self._modules and not self._hidden(name, definition)

    def _hidden(self, name: str, definition: Definition) -> bool:
        return name in self._in_classes or (definition.outer is not None and name in self._in_functions)

    @cached_property
    def postponed(self) -> bool:
        """Whether the file's annotations are never evaluated by Python itself."""
        return any(
            isinstance(node, ast.ImportFrom) and node.module == "__future__" and _binds(node, "annotations")
            for node in self.module.source.tree.body
        )

    @cached_property
    def has_star(self) -> bool:
        """Whether the file takes names from elsewhere that it does not list."""
        return any(isinstance(node, ast.ImportFrom) and _binds(node, "*") for node in self.module.nodes)

    @cached_property
    def lists_names(self) -> bool:
        """Whether the file looks at its names as it runs, so that one more may change what it does."""
        calls = [node for node in self.module.nodes if isinstance(node, ast.Call) and not node.args]
        return any(last_name(call.func) in _LISTS_NAMES and isinstance(call.func, ast.Name) for call in calls)

    @cached_property
    def types(self) -> set[str]:
        """The module's names that are classes or imported, and never anything else."""
        found, other = set(), set(self.module.rebound_elsewhere)
        for statement in _top_statements(self.module.source.tree):
            match statement:
                case ast.ClassDef(name=name):
                    found.add(name)
                case ast.ImportFrom(names=aliases):
                    found |= {alias.asname or alias.name for alias in aliases}
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(func=func)) if (
                    last_name(func) in _TYPE_MAKERS
                ):
                    found.add(name)
                case _:
                    other |= set(_bound_by(statement))
        return found - other

    @cached_property
    def top(self) -> set[str]:
        """All names that the module itself binds."""
        statements = _top_statements(self.module.source.tree)
        return {name for statement in statements for name in _bound_by(statement)} | self.module.rebound_elsewhere

    @cached_property
    def _modules(self) -> set[str]:
        imports = [node for node in _top_statements(self.module.source.tree) if isinstance(node, ast.Import)]
        found = {alias.asname or alias.name.partition(".")[0] for node in imports for alias in node.names}
        others = [node for node in _top_statements(self.module.source.tree) if not isinstance(node, ast.Import)]
        return found - {name for node in others for name in _bound_by(node)}

    @cached_property
    def _in_classes(self) -> set[str]:
        classes = [node for node in self.module.nodes if isinstance(node, ast.ClassDef)]
        found = {name for node in classes for statement in _below(node) for name in _bound_by(statement)}
        return found | {name for node in classes for name in _parameters(node)}

    @cached_property
    def _in_functions(self) -> set[str]:
        found = set()
        for definition in self.module.definitions:
            found |= {argument.arg for argument in ast.walk(definition.node.args) if isinstance(argument, ast.arg)}
            found |= {name for statement in _below(definition.node) for name in _bound_by(statement)}
        return found | {name for definition in self.module.definitions for name in _parameters(definition.node)}

    @cached_property
    def _all(self) -> set[str]:
        """Whatever the file mentions as a name, a parameter, an import or in `global`."""
        found = self.top | self._in_classes | self._in_functions
        return found | {node.id for node in self.module.nodes if isinstance(node, ast.Name)}


def _top_statements(tree: ast.Module) -> Iterator[ast.stmt]:
    yield from _below(tree)


def _below(block: ast.AST) -> Iterator[ast.stmt]:
    """Give the statements of a block and of the blocks in it, but not those of functions and classes in it."""
    stack: list[ast.AST] = [*reversed(getattr(block, "body", []))]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.stmt):
            yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.expr):
            stack += reversed(list(ast.iter_child_nodes(node)))


def _bound_by(statement: ast.stmt) -> Iterator[str]:
    """Give the names that a statement itself binds in its own block."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
        return
    if isinstance(statement, ast.Import | ast.ImportFrom):
        yield from (alias.asname or alias.name.partition(".")[0] for alias in statement.names)
        return
    stack: list[ast.AST] = [statement]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            yield node.name
        elif isinstance(node, ast.MatchMapping) and node.rest:
            yield node.rest
        inner = ast.iter_child_nodes(node)
        stack += [child for child in inner if child is statement or not isinstance(child, ast.stmt)]


def _parameters(node: ast.AST) -> Iterator[str]:
    """Give the type parameters of a function or class."""
    for parameter in getattr(node, "type_params", ()):
        yield parameter.name


def _binds(node: ast.ImportFrom, name: str) -> bool:
    return any(alias.name == name for alias in node.names)
