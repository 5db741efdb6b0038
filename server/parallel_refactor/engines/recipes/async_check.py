"""What an asynchronous file may differ in from what it was: async, await, asyncio's own calls, and nothing else."""

from __future__ import annotations

import ast

from parallel_refactor.engines.recipes.async_table import EQUIVALENTS
from parallel_refactor.engines.recipes.python_module import PythonModule, dotted
from parallel_refactor.engines.recipes.python_source import PythonSource, PythonSourceError, compile_problem


def broken_promise(before: bytes, after: bytes) -> str:
    """Tell how new source is more than the old with async, await and asyncio, or "".

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
        same = _sequential(old) == _sequential(new)
    except RecursionError:
        return "the file is nested too deeply to be compared"
    return "" if same else "the result differs in more than async and await"


_MARKS = ("pytest.mark.asyncio", "pytest.mark.anyio")
_IMPORTS = ([("asyncio", None)], [("pytest", None)])


def _sequential(source: PythonSource) -> str:
    return ast.dump(_Sequential(PythonModule(source).origins).visit(source.tree))


class _Sequential(ast.NodeTransformer):
    """Turns asynchronous code into the code that does one thing after the other."""

    def __init__(self, origins: dict[str, str]) -> None:
        self._origins = origins
        self._blocking = {equivalent: name for name, equivalent in EQUIVALENTS.items()}

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        self.generic_visit(node)
        node.decorator_list = [each for each in node.decorator_list if self._name(each) not in _MARKS]
        sequential = ast.FunctionDef(node.name, node.args, node.body, node.decorator_list, node.returns)
        sequential.type_comment = node.type_comment
        sequential.type_params = getattr(node, "type_params", [])  # type: ignore[attr-defined]
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
