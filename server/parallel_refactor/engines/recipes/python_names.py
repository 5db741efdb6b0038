"""What imported names mean in a Python file, how a dotted name is written there, and how an import is added."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cached_property

from attrs import define, frozen

from parallel_refactor.engines.recipes.python_module import Function
from parallel_refactor.engines.recipes.python_source import PythonSource


@frozen
class Binding:
    """One import of one name. `everywhere`: all functions and classes of the module can use it."""

    local: str
    dotted: str
    everywhere: bool


@define(slots=False)
class ImportedNames:
    """The imports of one file."""

    source: PythonSource

    @cached_property
    def bindings(self) -> dict[str, Binding]:
        """The names that mean one and the same import wherever they are used in the file."""
        found: dict[str, Binding] = {}
        for binding in self._imports:
            known = found.get(binding.local)
            everywhere = binding.everywhere or bool(known and known.everywhere)
            found[binding.local] = Binding(binding.local, binding.dotted, everywhere)
        return {local: binding for local, binding in found.items() if local not in self.ambiguous}

    @cached_property
    def ambiguous(self) -> set[str]:
        """The imported names that also mean something else in the file."""
        meanings: dict[str, set[str]] = {}
        for binding in self._imports:
            meanings.setdefault(binding.local, set()).add(binding.dotted)
        return {local for local, dotted in meanings.items() if len(dotted) > 1 or local in self._bound_otherwise}

    def binds(self, name: str) -> bool:
        """Whether the file gives a name a meaning of its own."""
        return name in self._bound_otherwise or any(binding.local == name for binding in self._imports)

    def uses(self, name: str) -> bool:
        """Whether a name means anything in the file, be it what other code gives it."""
        return self.binds(name) or any(isinstance(node, ast.Name) and node.id == name for node in self._nodes)

    def spellings(self, dotted: str) -> Iterator[tuple[str, Binding]]:
        """Give each way in which the file can write a dotted name, with the import that it goes by."""
        for binding in self.bindings.values():
            if dotted == binding.dotted or dotted.startswith(f"{binding.dotted}."):
                yield binding.local + dotted[len(binding.dotted) :], binding

    def doubtful(self, dotted: str) -> Iterator[tuple[str, str]]:
        """Give each way in which the file may write a dotted name, by an import that is not all its name means."""
        for binding in dict.fromkeys(self._imports):
            if binding.local in self.ambiguous and f"{dotted}.".startswith(f"{binding.dotted}."):
                yield binding.local + dotted[len(binding.dotted) :], binding.local

    def mentions(self, dotted: str) -> list[int]:
        """Give the lines that use a name which may mean a dotted name or what is below it, its imports apart."""
        below = {binding.local for binding in self._imports if f"{binding.dotted}.".startswith(f"{dotted}.")}
        uses = (node for node in self._nodes if isinstance(node, ast.Name) and node.id in below)
        return sorted({node.lineno for node in uses})

    @cached_property
    def _nodes(self) -> list[ast.AST]:
        return list(ast.walk(self.source.tree))

    @cached_property
    def _imports(self) -> list[Binding]:
        body = self.source.tree.body
        defined = (number for number, node in enumerate(body) if isinstance(node, Function | ast.ClassDef))
        top = {id(statement) for statement in body[: next(defined, None)]}
        found = []
        for node in self._nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    first = alias.name.partition(".")[0]
                    dotted = alias.name if alias.asname else first
                    found.append(Binding(alias.asname or first, dotted, id(node) in top))
            elif isinstance(node, ast.ImportFrom):
                module = "." * node.level + (node.module or "")
                found += [
                    Binding(alias.asname or alias.name, f"{module}.{alias.name}", id(node) in top)
                    for alias in node.names
                ]
        return found

    @cached_property
    def _bound_otherwise(self) -> set[str]:
        return {name for node in self._nodes for name in _bound_by(node)}


def _bound_by(node: ast.AST) -> list[str]:
    """Give the names that a node binds, imports apart."""
    match node:
        case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
            return [name]
        case ast.arg(arg=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return [name]
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            return [name]
        case ast.MatchMapping(rest=str(name)):
            return [name]
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            return names
    return []
