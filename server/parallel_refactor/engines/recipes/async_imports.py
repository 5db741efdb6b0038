"""Where `import asyncio` goes in a file that lacks it."""

from __future__ import annotations

import ast

from parallel_refactor.engines.recipes.docstring_insert import Edit
from parallel_refactor.engines.recipes.python_source import PythonSource
from parallel_refactor.engines.recipes.python_words import FileIndex

_LINE = b"import asyncio"


def import_edit(file: FileIndex) -> Edit | None:
    """Give the edit that makes a module import asyncio before anything in it runs; None where it does so already."""
    body = file.source.tree.body
    if any(isinstance(node, ast.Import) and _binds(node) for node in body):
        return None
    start = next((at for at, node in enumerate(body) if not _comes_first(at, node)), len(body))
    imports = _leading_imports(body, start)
    later = [node for node in imports if not isinstance(node, ast.Import) or node.names[0].name > "asyncio"]
    if later:
        return _before(file.source, later[0])
    if imports:
        return _after(file.source, imports[-1])
    return _before(file.source, body[start], blank=True)


def _binds(node: ast.Import) -> bool:
    return any((alias.asname or alias.name.partition(".")[0]) == "asyncio" for alias in node.names)


def _comes_first(at: int, node: ast.stmt) -> bool:
    """Tell whether a statement must stay before all others: the docstring, imports from the future."""
    docstring = at == 0 and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return docstring or (isinstance(node, ast.ImportFrom) and node.module == "__future__")


def _leading_imports(body: list[ast.stmt], start: int) -> list[ast.stmt]:
    found: list[ast.stmt] = []
    for node in body[start:]:
        if not isinstance(node, ast.Import | ast.ImportFrom):
            break
        found.append(node)
    return found


def _before(source: PythonSource, node: ast.stmt, *, blank: bool = False) -> Edit:
    first = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", ()))])
    line = source.line_starts[first - 1]
    start = source.start(node) if first == node.lineno else line
    before = source.data[line:start]
    if before.strip(b" \t\f") or source.data[:line].rstrip(b"\r\n").endswith(b"\\"):
        return Edit(source.start(node), source.start(node), _LINE + b"; ")
    newline = _newline(source, line)
    begin = line + len(before)
    return Edit(begin, begin, _LINE + newline * (2 if blank else 1))


def _after(source: PythonSource, node: ast.stmt) -> Edit:
    end = source.end(node)
    return Edit(end, end, _newline(source, end) + _LINE) if _ends_line(source, end) else Edit(end, end, b"; " + _LINE)


def _ends_line(source: PythonSource, end: int) -> bool:
    line_end, _ = source.newline_from(end)
    return not source.data[end:line_end].strip()


def _newline(source: PythonSource, offset: int) -> bytes:
    begin, end = source.newline_from(offset)
    if begin == end:
        begin, end = source.newline_from(0)
    return source.data[begin:end] or b"\n"
