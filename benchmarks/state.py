"""What is measured of a tree, by other means than a recipe's own: its types, docstrings, names and errors."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path
from typing import TypeGuard

from attrs import frozen

from benchmarks.judges import checker_errors, undefined_names
from tests.packages import measures


@frozen
class State:
    """A tree: how many functions have all types, results and parameters have one, and what has a docstring.

    `undefined` and `errors` count what ruff and pyrefly find in each file.
    """

    parses: int
    functions: int
    typed: int
    documented: int
    others: int
    others_documented: int
    results: int
    parameters: int
    all_parameters: int
    undefined: Counter[str]
    errors: Counter[str]

    @classmethod
    def of(cls, root: Path) -> State:
        """Measure a tree."""
        trees = [tree for source in measures.sources(root).values() if (tree := measures.parse(source)) is not None]
        functions = [function for tree in trees for function in _functions(tree)]
        others = [node for tree in trees for node in ast.walk(tree) if _is_other(node)]
        parameters = [argument for function in functions for argument in _parameters(function)]
        return cls(
            parses=len(trees),
            functions=len(functions),
            typed=sum(_is_typed(function) for function in functions),
            documented=sum(ast.get_docstring(function, clean=False) is not None for function in functions),
            others=len(others),
            others_documented=sum(ast.get_docstring(node, clean=False) is not None for node in others),
            results=sum(function.returns is not None for function in functions),
            parameters=sum(argument.annotation is not None for argument in parameters),
            all_parameters=len(parameters),
            undefined=undefined_names(root),
            errors=checker_errors(root),
        )

    def lines(self, before: State) -> dict[str, str]:
        """Give the figures as lines of a table, beside those of the tree as it was."""
        worse = sorted(path for path in self.errors if self.errors[path] > before.errors[path])
        return {
            "files that parse": str(self.parses),
            "functions with all types": _share(self.typed, self.functions),
            "results with a type": _share(self.results, self.functions),
            "parameters with a type": _share(self.parameters, self.all_parameters),
            "functions with a docstring": _share(self.documented, self.functions),
            "classes and modules with one": _share(self.others_documented, self.others),
            "undefined names (ruff)": str(self.undefined.total()),
            "errors (pyrefly)": str(self.errors.total()),
            "files with more errors": named(worse),
        }


def _functions(tree: ast.Module) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def _parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[ast.arg]:
    a = function.args
    found = [*a.posonlyargs, *a.args, a.vararg, *a.kwonlyargs, a.kwarg]
    return [argument for argument in found if argument is not None and argument.arg not in {"self", "cls"}]


def _is_typed(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return function.returns is not None and all(argument.annotation for argument in _parameters(function))


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole} ({100 * part / max(whole, 1):.1f} %)"


def _is_other(node: ast.AST) -> TypeGuard[ast.ClassDef | ast.Module]:
    return isinstance(node, ast.ClassDef | ast.Module) and bool(node.body)


def named(names: list[str]) -> str:
    """Count names, and give the first."""
    return f"{len(names)}: {', '.join(names[:3])}" if names else "0"
