"""The block of imports that only type checkers read, and the bytes that add to it or make it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from attrs import frozen

from parallel_refactor.engines.recipes.docstring_insert import Edit
from parallel_refactor.engines.recipes.hints_names import TYPE_CHECKING, FileNames
from parallel_refactor.engines.recipes.python_module import dotted
from parallel_refactor.engines.recipes.python_source import PythonSource


@frozen
class ImportPlace:
    """Where imports for type checkers go: what comes before and after them, and what each line begins with."""

    offset: int
    before: str
    indent: str
    newline: str
    after: str = ""

    def edit(self, imports: Iterable[tuple[str, str]]) -> Edit:
        """Write imports, given as pairs of module and name."""
        modules: dict[str, list[str]] = {}
        for module, name in sorted(imports):
            modules.setdefault(module, []).append(name)
        lines = [f"{self.indent}from {module} import {', '.join(names)}\n" for module, names in modules.items()]
        text = "".join([self.before, *lines, self.after]).replace("\n", self.newline)
        return Edit(self.offset, self.offset, text.encode())


def find_import_place(names: FileNames, path: str) -> ImportPlace | None:
    """Find where the imports of a file go; None if no place is safe."""
    source = names.module.source
    begin, end = source.newline_from(0)
    newline = source.data[begin:end].decode() or "\n"
    checking = _name_of_checking(source.tree)
    if checking and (block := _own_block(source, checking)):
        return _within(source, block, newline)
    if not checking and not names.is_free(TYPE_CHECKING):
        return None
    if not checking and _SETTINGS.search(path.rpartition("/")[2]):
        return None
    offset = _after_imports(source)
    if offset is None:
        return None
    ended = not offset or source.data[offset - 1 : offset] in {b"\n", b"\r"}
    start = ("" if ended else "\n") + ("" if checking else f"from typing import {TYPE_CHECKING}\n")
    after = "" if source.data[offset : offset + 1] in {b"", b"\n", b"\r"} else "\n"
    return ImportPlace(offset, f"{start}\nif {checking or TYPE_CHECKING}:\n", "    ", newline, after)


_SETTINGS = re.compile(r"settings|config|conf\b", re.IGNORECASE)
"""Modules whose names in capitals some frameworks read as settings, and so would read `TYPE_CHECKING`."""

_REST = re.compile(rb"[ \t\f]*(?:#[^\r\n]*)?(?=[\r\n]|\Z)")


def _name_of_checking(tree: ast.Module) -> str:
    """Say how the file names `TYPE_CHECKING` at its top, "" if it does not."""
    for statement in _head(tree):
        match statement:
            case ast.ImportFrom(module="typing", level=0, names=names):
                for alias in names:
                    if alias.name == TYPE_CHECKING:
                        return alias.asname or alias.name
            case ast.Import(names=names):
                for alias in names:
                    if alias.name == "typing":
                        return f"{alias.asname or alias.name}.{TYPE_CHECKING}"
    return ""


def _head(tree: ast.Module) -> Iterator[ast.stmt]:
    """Give the docstring and imports that a file begins with."""
    for number, statement in enumerate(tree.body):
        docstring = (
            number == 0
            and isinstance(statement, ast.Expr)
            and isinstance(statement.value, ast.Constant)
            and isinstance(statement.value.value, str)
        )
        if not docstring and not isinstance(statement, ast.Import | ast.ImportFrom):
            return
        yield statement


def _own_block(source: PythonSource, checking: str) -> ast.If | None:
    """Give the first block of the file that only type checkers read, if it has lines of its own."""
    for statement in source.tree.body:
        if isinstance(statement, ast.If) and dotted(statement.test) == checking:
            plain = not statement.orelse and statement.body[0].lineno > statement.lineno
            return statement if plain else None
    return None


def _within(source: PythonSource, block: ast.If, newline: str) -> ImportPlace | None:
    first, last = block.body[0], block.body[-1]
    line = source.line_starts[first.lineno - 1]
    indent = source.data[line : source.start(first)]
    rest = _REST.match(source.data, source.end(last))
    if indent.strip(b" \t") or not indent or rest is None or source.data[:line].rstrip(b"\r\n").endswith(b"\\"):
        return None
    _, offset = source.newline_from(rest.end())
    ended = source.data[offset - 1 : offset] in {b"\n", b"\r"}
    return ImportPlace(offset, "" if ended else "\n", indent.decode(), newline)


def _after_imports(source: PythonSource) -> int | None:
    """Give the beginning of the line after the last of the first imports that ends its line."""
    head = list(_head(source.tree))
    for statement in reversed(head):
        if rest := _REST.match(source.data, source.end(statement)):
            return source.newline_from(rest.end())[1]
    if head or not source.tree.body:
        return None
    first = source.tree.body[0]
    decorators = getattr(first, "decorator_list", None) or [first]
    begin = min(source.start(node) for node in [first, *decorators])
    line = max(start for start in source.line_starts if start <= begin)
    return line if not source.data[line:begin].strip(b" \t\f@") else None
