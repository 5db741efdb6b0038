"""What the docstring of a class or module says: what it is called and based on, and what its code defines."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import PurePosixPath

from parallel_refactor.engines.recipes.docstring_text import Written, write_sentences
from parallel_refactor.engines.recipes.docstring_values import listing, quoted, quoted_callee
from parallel_refactor.engines.recipes.docstring_words import word_set, words
from parallel_refactor.engines.recipes.python_module import Function, PythonModule, last_name

_MOST = 3
_CRYPTIC = 2
_SAYS_NOTHING = frozenset({"object", "Generic"})
_CHOICES = word_set("Choices Enum Flag IntEnum IntFlag IntegerChoices StrEnum TextChoices")


def write_outer(module: PythonModule, node: ast.ClassDef | ast.Module, path: str, column: int) -> Written:
    """Write the docstring of a class or module, which begins at a column; `path` is that of its file."""
    if isinstance(node, ast.Module):
        return write_sentences(_module_subject(PurePosixPath(path)), _of_module(module), column)
    return write_sentences(_class_subject(module, node), _of_class(module, node), column)


def _class_subject(module: PythonModule, node: ast.ClassDef) -> str:
    holder = module.holders.get(node)
    return _subject(node.name, "class") + (f" of `{holder.name}`" if holder else "")


def _module_subject(path: PurePosixPath) -> str:
    folder = path.parent.name
    if path.stem == "__init__" and folder:
        return f"The package `{folder}`"
    if path.stem == "__main__" and folder:
        return f"What running the package `{folder}` does"
    return _subject(path.stem, "module")


def _subject(name: str, kind: str) -> str:
    """Put a name into words, or quote it where they would say less."""
    parts = words(name)
    if kind == "module" and parts[:1] == ["test"] and parts[1:]:
        return f"Tests of {' '.join(parts[1:])}"
    text = " ".join(parts)
    if len(text) <= _CRYPTIC or not name.isidentifier() or not text[0].isalpha() or parts[0] == "this":
        return f"The {kind} `{name}`"
    return text[0].upper() + text[1:]


def _of_class(module: PythonModule, node: ast.ClassDef) -> list[str]:
    """Tell what a class is based on, and what it has that others may use."""
    bases = {last_name(base): quoted(module, base) or quoted_callee(base) for base in node.bases}
    told = [base for name, base in bases.items() if base and name not in _SAYS_NOTHING]
    found = [f"a kind of {listing(told)}"] if told else []
    values = [target.id for statement in node.body for target in _targets(statement) if target.id != "_"]
    methods = [one.name for one in node.body if isinstance(one, Function) and not one.name.startswith(("_", "test"))]
    if any(name in _CHOICES or name.endswith("Enum") for name in bases):
        return found + ([f"one of {_some(_public(values))}"] if _public(values) else [])
    if values:
        found.append(f"has {_some(_public(values) or values)}")
    if methods:
        found.append(f"offers {_some(methods)}")
    return found


def _of_module(module: PythonModule) -> list[str]:
    """Tell what a module defines; where that is nothing, what it sets or takes from its neighbours."""
    body = module.source.tree.body
    found = []
    for kind, types in (("class", (ast.ClassDef,)), ("function", (ast.FunctionDef, ast.AsyncFunctionDef))):
        names = [one.name for one in body if isinstance(one, types)]
        if chosen := list(dict.fromkeys(_public(names) or names)):
            plural = ("es" if kind == "class" else "s") if len(chosen) > 1 else ""
            found.append(f"the {kind}{plural} {_some(chosen)}")
    if not found:
        names = [target.id for statement in body for target in _targets(statement)]
        if names := list(dict.fromkeys(_public(names))):
            found.append(f"sets {_some(names)}")
    sources = [f"{'.' * one.level}{one.module or ''}" for one in body if isinstance(one, ast.ImportFrom) and one.level]
    if not found and sources:
        found.append(f"takes names from {_some(list(dict.fromkeys(sources)))}")
    if any(isinstance(one, ast.If) and ast.unparse(one.test) == "__name__ == '__main__'" for one in body):
        found.append("can be run as a program")
    return found


def _some(names: list[str]) -> str:
    """Join the first of some names, and say so where there are more."""
    return listing([f"`{name}`" for name in names[:_MOST]] + (["more"] if len(names) > _MOST else []))


def _public(names: Iterable[str]) -> list[str]:
    return [name for name in names if not name.startswith("_")]


def _targets(statement: ast.stmt) -> list[ast.Name]:
    match statement:
        case ast.Assign(targets=targets):
            return [target for target in targets if isinstance(target, ast.Name)]
        case ast.AnnAssign(target=ast.Name() as target):
            return [target]
    return []
