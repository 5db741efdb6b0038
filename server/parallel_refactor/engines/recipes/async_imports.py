"""Where an import that asynchronous code needs goes in a file that lacks it."""

from __future__ import annotations

import ast
import sys

from parallel_refactor.engines.recipes.docstring_insert import Edit
from parallel_refactor.engines.recipes.python_imports import leading_imports
from parallel_refactor.engines.recipes.python_source import PythonSource


def import_edit(source: PythonSource, module: str) -> Edit | None:
    """Give the edit that makes a file import a module, of one name, at its top; None where it does so already."""
    body = source.tree.body
    if any(isinstance(node, ast.Import) and _binds(node, module) for node in body):
        return None
    line = f"import {module}".encode()
    imports = [node for node in leading_imports(source.tree) if not _is_future(node)]
    later = [node for node in imports if _comes_after(node, module)]
    if later:
        return _before(source, later[0], line)
    if imports:
        return _after(source, imports[-1], line)
    first = next((at for at, node in enumerate(body) if not _comes_first(at, node)), len(body))
    return _before(source, body[first], line, blank=True)


def _binds(node: ast.Import, module: str) -> bool:
    return any((alias.asname or alias.name.partition(".")[0]) == module for alias in node.names)


def _comes_after(node: ast.Import | ast.ImportFrom, module: str) -> bool:
    """Tell whether an import stands below that of a module where imports are sorted."""
    name = node.names[0].name if isinstance(node, ast.Import) else (node.module or "")
    sections = [part.partition(".")[0] not in sys.stdlib_module_names for part in (name, module)]
    return sections[0] > sections[1] or (
        sections[0] == sections[1] and (not isinstance(node, ast.Import) or name > module)
    )


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _comes_first(at: int, node: ast.stmt) -> bool:
    """Tell whether a statement must stay before all others: the docstring, imports from the future."""
    docstring = at == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return docstring or _is_future(node)


def _before(source: PythonSource, node: ast.stmt, text: bytes, *, blank: bool = False) -> Edit:
    first = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", ()))])
    line = source.line_starts[first - 1]
    start = source.start(node) if first == node.lineno else line
    before = source.data[line:start]
    if before.strip(b" \t\f") or source.data[:line].rstrip(b"\r\n").endswith(b"\\"):
        return Edit(source.start(node), source.start(node), text + b"; ")
    newline = _newline(source, line)
    begin = line + len(before)
    return Edit(begin, begin, text + newline * (2 if blank else 1))


def _after(source: PythonSource, node: ast.stmt, text: bytes) -> Edit:
    end = source.end(node)
    return Edit(end, end, _newline(source, end) + text) if _ends_line(source, end) else Edit(end, end, b"; " + text)


def _ends_line(source: PythonSource, end: int) -> bool:
    line_end, _ = source.newline_from(end)
    return not source.data[end:line_end].strip()


def _newline(source: PythonSource, offset: int) -> bytes:
    begin, end = source.newline_from(offset)
    if begin == end:
        begin, end = source.newline_from(0)
    return source.data[begin:end] or b"\n"
