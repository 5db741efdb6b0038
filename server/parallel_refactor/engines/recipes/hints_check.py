"""The promise of the recipe: a file differs from what it was in new annotations and imports for type checkers only."""

from __future__ import annotations

import ast
import builtins

from parallel_refactor.engines.recipes.hints_names import TYPE_CHECKING, FileNames
from parallel_refactor.engines.recipes.hints_slots import places
from parallel_refactor.engines.recipes.modernise_check import broken_promise
from parallel_refactor.engines.recipes.python_module import PythonModule, dotted
from parallel_refactor.engines.recipes.python_source import PythonSource, PythonSourceError, parse


def broken_hints(before: bytes, after: bytes) -> str:
    """Tell how a file differs in more than it should, "" if it does not."""
    try:
        old, new = PythonSource.read(before), PythonSource.read(after)
    except PythonSourceError as error:
        return f"the result does not parse: line {error.line}: {error}"
    if problem := broken_promise(before, after):
        return problem
    if unknown := _take_annotations(old, new) - FileNames(PythonModule(new)).top - set(dir(builtins)):
        return f"the result uses undefined names: {', '.join(sorted(unknown))}"
    _take_imports(old.tree, new.tree)
    if ast.dump(old.tree) != ast.dump(new.tree):
        return "the code differs in more than new annotations and imports for type checkers"
    return ""


def _take_annotations(old: PythonSource, new: PythonSource) -> set[str]:
    """Take the annotations out of the new tree that the old one has no counterpart of; gives the names in quoted ones.

    No such name is local to a class or function: only names of the module and built-in ones are written.
    """
    names: set[str] = set()
    for was, now in zip(places(PythonModule(old)), places(PythonModule(new)), strict=False):
        if was.annotation is None and now.slot == was.slot:
            if now.argument is None:
                now.definition.node.returns = None
            else:
                now.argument.annotation = None
            if isinstance(now.annotation, ast.Constant) and isinstance(now.annotation.value, str):
                names |= {node.id for node in ast.walk(parse(now.annotation.value)) if isinstance(node, ast.Name)}
    return names


def _take_imports(old: ast.Module, new: ast.Module) -> None:
    """Take out of the new tree what the old one lacks, as far as only type checkers run it, or it names that."""
    blocks = [node for node in old.body if _is_for_checkers(node)]
    known = {ast.dump(statement) for node in blocks if isinstance(node, ast.If) for statement in node.body}
    imports = {ast.dump(node) for node in old.body if isinstance(node, ast.ImportFrom)}
    kept: list[ast.stmt] = []
    for node in new.body:
        if isinstance(node, ast.If) and _is_for_checkers(node) and not node.orelse:
            body = [s for s in node.body if not isinstance(s, ast.ImportFrom) or ast.dump(s) in known]
            if not body and not blocks:
                continue
            node.body = body
        elif _names_checking(node) and ast.dump(node) not in imports:
            continue
        kept.append(node)
    new.body = kept


def _is_for_checkers(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and dotted(node.test).rpartition(".")[2] == TYPE_CHECKING


def _names_checking(node: ast.stmt) -> bool:
    match node:
        case ast.ImportFrom(module="typing", level=0, names=[ast.alias(name="TYPE_CHECKING", asname=None)]):
            return True
    return False
