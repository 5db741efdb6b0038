"""What a modernised file may not lose: its functions, classes and names; and what it may not gain: undefined names."""

from __future__ import annotations

import ast
import builtins
import symtable
import warnings
from collections.abc import Iterator

from parallel_refactor.engines.recipes.python_source import PythonSource, PythonSourceError, compile_problem


def broken_promise(before: bytes, after: bytes) -> str:
    """Tell how new source is more than the old with other syntax and other imports, or "".

    The same functions with the same parameters, the same names at module and class level (imports apart), and no
    undefined name that was not undefined before.
    """
    try:
        old, new = PythonSource.read(before), PythonSource.read(after)
    except PythonSourceError as error:
        return f"the result does not parse: line {error.line}: {error}"
    if list(_functions(old.tree)) != list(_functions(new.tree)):
        return "the result has other functions or parameters"
    problem = compile_problem(new.tree)
    if problem and not compile_problem(old.tree):
        return problem
    if problem:
        return ""
    old_table, new_table = _table(old.data.decode()), _table(new.data.decode())
    old_names, new_names = dict(_names(old_table)), dict(_names(new_table))
    undefined = _undefined(new.tree, new_table) - _undefined(old.tree, old_table)
    findings = {
        "has lost": {name for name in old_names.keys() - new_names if name.rpartition(".")[2] not in _MEANINGLESS},
        "also defines": {name for name in new_names.keys() - old_names if new_names[name] in old_names.values()},
        "uses undefined names:": undefined,
    }
    return "; ".join(f"the result {what} {', '.join(sorted(names))}" for what, names in findings.items() if names)


def undefined_names(source: PythonSource) -> set[str]:
    """Give the names that a file uses and binds nowhere where the use looks; raises SyntaxError."""
    return _undefined(source.tree, _table(source.data.decode()))


def used_as_global(text: str) -> set[str]:
    """Give the names that some code of a module looks up in the module; raises SyntaxError."""
    return {
        symbol.get_name()
        for table in _tables(_table(text))
        for symbol in table.get_symbols()
        if symbol.is_referenced() and (symbol.is_global() or table.get_type() == "module")
    }


_MEANINGLESS = frozenset({"__metaclass__"})  # in Python 3
_KNOWN = frozenset(dir(builtins)) | {"__file__", "__path__", "__annotations__", "__class__"}


def _functions(tree: ast.AST, inside: str = "") -> Iterator[tuple[str, ...]]:
    """Give the qualified name and the parameters of every function, in order."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = f"{inside}.{node.name}"
            if not isinstance(node, ast.ClassDef):
                yield type(node).__name__, name, *(arg.arg for arg in ast.walk(node.args) if isinstance(arg, ast.arg))
            yield from _functions(node, name)
        else:
            yield from _functions(node, inside)


def _table(text: str) -> symtable.SymbolTable:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return symtable.symtable(text, "<source>", "exec")


def _names(table: symtable.SymbolTable, inside: str = "") -> Iterator[tuple[str, str]]:
    """Give what is bound at module and class level other than by an import, and in which class (with a dot)."""
    yield inside, inside
    for symbol in table.get_symbols():
        if symbol.is_assigned():
            yield f"{inside}{symbol.get_name()}", inside
    for child in table.get_children():
        if child.get_type() == "class":
            yield from _names(child, f"{inside}{child.get_name()}.")


def _undefined(tree: ast.Module, top: symtable.SymbolTable) -> set[str]:
    """Give the names that are used and bound nowhere where the use looks."""
    tables = list(_tables(top))
    bound = {symbol.get_name() for symbol in top.get_symbols() if _is_bound(symbol)}
    anywhere = set(bound)
    used = set()
    for table in tables:
        for symbol in table.get_symbols():
            name = symbol.get_name()
            if _is_bound(symbol):
                anywhere.add(name)
                if symbol.is_declared_global():
                    bound.add(name)
            if symbol.is_referenced() and symbol.is_global():
                used.add(name)
    # Symbol tables leave out annotations that are not evaluated.
    written = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    return (used - bound | written - anywhere) - _KNOWN


def _is_bound(symbol: symtable.Symbol) -> bool:
    return symbol.is_assigned() or symbol.is_imported() or symbol.is_parameter()


def _tables(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    yield table
    for child in table.get_children():
        yield from _tables(child)
