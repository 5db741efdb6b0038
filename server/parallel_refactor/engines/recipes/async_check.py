"""What an asynchronous file may differ in from what it was: async, await, asyncio's own calls, and nothing else."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from parallel_refactor.engines.recipes.async_table import EQUIVALENTS
from parallel_refactor.engines.recipes.python_module import PythonModule, dotted
from parallel_refactor.engines.recipes.python_source import PythonSource, PythonSourceError, compile_problem


def broken_promise(before: bytes, after: bytes, twins: Mapping[str, str]) -> str:
    """Tell how new source is more than the old with async, await, asyncio and twins (names, by the new one), or "".

    From both trees all of that is taken out; the rest must be the same.
    """
    try:
        old, new = PythonSource.read(before), PythonSource.read(after)
    except PythonSourceError as error:
        return f"the result does not parse: line {error.line}: {error}"
    problem = compile_problem(new.tree)
    if problem and not compile_problem(old.tree):
        return problem
    try:
        same = _sequential(old, twins) == _sequential(new, twins)
    except RecursionError:
        return "the file is nested too deeply to be compared"
    return "" if same else "the result differs in more than async and await"


_MARKS = ("pytest.mark.asyncio", "pytest.mark.anyio")
_IMPORTS = ([("asyncio", None)], [("pytest", None)])


def _sequential(source: PythonSource, twins: Mapping[str, str]) -> str:
    return ast.dump(_Sequential(PythonModule(source).origins, twins).visit(source.tree))


class _Sequential(ast.NodeTransformer):
    """Turns asynchronous code into the code that does one thing after the other."""

    def __init__(self, origins: dict[str, str], twins: Mapping[str, str]) -> None:
        self._origins, self._twins = origins, twins
        self._renamed: set[ast.AST] = set()
        self._blocking = {equivalent: name for name, equivalent in EQUIVALENTS.items()}

    def generic_visit(self, node: ast.AST) -> ast.AST:
        """Visit all below a node, and drop twins beside what they are the twins of."""
        super().generic_visit(node)
        if self._twins:
            for name, value in ast.iter_fields(node):
                if isinstance(value, list):
                    setattr(node, name, [item for at, item in enumerate(value) if not self._is_twin(value, at)])
        return node

    def _is_twin(self, nodes: list[ast.AST], at: int) -> bool:
        beside = [*nodes[max(at - 1, 0) : at], *nodes[at + 1 : at + 2]]
        return nodes[at] in self._renamed and any(
            other not in self._renamed and ast.dump(nodes[at]) == ast.dump(other) for other in beside
        )

    def _rename(self, node: ast.AST, field: str) -> None:
        if (name := self._twins.get(getattr(node, field))) is not None:
            setattr(node, field, name)
            self._renamed.add(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        self._rename(node, "id")
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        self._rename(node, "attr")
        return node

    def visit_alias(self, node: ast.alias) -> ast.AST:
        self._rename(node, "name")
        if node.asname and node in self._renamed:
            self._rename(node, "asname")
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, str):
            self._rename(node, "value")
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        self.generic_visit(node)
        node.decorator_list = [each for each in node.decorator_list if self._name(each) not in _MARKS]
        sequential = ast.FunctionDef(node.name, node.args, node.body, node.decorator_list, node.returns)
        sequential.type_comment = node.type_comment
        sequential.type_params = getattr(node, "type_params", [])  # type: ignore[attr-defined]
        self._rename(sequential, "name")
        return sequential

    def visit_Await(self, node: ast.Await) -> ast.AST:
        self.generic_visit(node)
        return node.value

    def visit_Import(self, node: ast.Import) -> ast.AST | None:
        return None if [(alias.name, alias.asname) for alias in node.names] in _IMPORTS else node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        name = self._name(node.func)
        if name == "asyncio.to_thread" and node.args:
            node = ast.Call(node.args[0], node.args[1:], node.keywords)
            name = self._name(node.func)
        if name == "asyncio.run" and len(node.args) == 1 and not node.keywords:
            return node.args[0]
        if name in EQUIVALENTS or name in self._blocking:
            node.func = ast.Name(self._blocking.get(name, name), ast.Load())
        return node

    def _name(self, node: ast.expr) -> str:
        first, dot, rest = dotted(node).partition(".")
        return self._origins.get(first, first) + dot + rest
