"""Adding and removing import statements of a Python file, and nothing else of it."""

from __future__ import annotations

import ast

from parallel_refactor.engines.recipes.python_module import Function
from parallel_refactor.engines.recipes.python_source import PythonSource


class ImportPlaceError(Exception):
    """There is no place where the statement could go, or be taken from, without a change of something else."""


def leading_imports(tree: ast.Module) -> list[ast.Import | ast.ImportFrom]:
    """Give the imports that stand directly in the module before its first function or class."""
    found: list[ast.Import | ast.ImportFrom] = []
    for node in tree.body:
        if isinstance(node, Function | ast.ClassDef):
            break
        if isinstance(node, ast.Import | ast.ImportFrom):
            found.append(node)
        elif found and not isinstance(node, ast.If | ast.Try):
            break  # what follows may need what is imported by now
    return found


def add_import(source: PythonSource, statement: str) -> bytes:
    """Give the file's text with one more import, of one name, among those at its top; raises ImportPlaceError.

    A name goes to the statement that imports from the same module, where that is on one line and has no comment.
    """
    line_end = b"\r\n" if b"\r\n" in source.data else b"\n"
    head, _, name = statement.partition(" import ")
    imports = leading_imports(source.tree)
    same = [node for node in imports if isinstance(node, ast.ImportFrom) and head == f"from {node.module}"]
    for node in same:
        end = source.end(node)
        if not node.level and _is_plain(source, node) and not source.data[:end].endswith((b")", b"*")):
            return source.data[:end] + f", {name}".encode() + source.data[end:]
    new = statement.encode()
    if imports or _docstring(source.tree):
        last = same[-1] if same else imports[-1] if imports else source.tree.body[0]
        at, after = source.newline_from(source.end(last))
        if source.data[source.end(last) : at].strip().startswith(b";"):
            raise ImportPlaceError("another statement is on the line of its imports")
        gap = b"" if imports else line_end
        new = gap + new + line_end
        return source.data[:after] + (new if after > at else line_end + new) + source.data[after:]
    at = source.line_starts[_first_line(source) - 1]
    return source.data[:at] + new + line_end * 2 + source.data[at:]


def remove_import(source: PythonSource, module: str) -> bytes:
    """Give the file's text without the imports of a module and what is in it; raises ImportPlaceError, with the line.

    They must be alone on their lines, without a comment, among other statements, and import nothing else.
    """
    data = source.data
    found = [node for node in ast.walk(source.tree) if _imports(node, module)]
    top = {id(node) for node in source.tree.body}
    for node in sorted(found, key=lambda node: getattr(node, "lineno", 0), reverse=True):
        assert isinstance(node, ast.Import | ast.ImportFrom)  # noqa: S101 - by _imports
        start, end = source.line_starts[node.lineno - 1], source.newline_from(source.end(node))[1]
        alone = data[start:end].strip() == data[source.start(node) : source.end(node)].strip()
        if not alone or id(node) not in top or any(not _below(alias, node, module) for alias in node.names):
            raise ImportPlaceError(f"the import of {module} at line {node.lineno} cannot be taken out by itself")
        data = data[:start] + data[end:]
    return data


def _is_plain(source: PythonSource, node: ast.ImportFrom) -> bool:
    """Tell whether a statement is on one line, alone and without a comment."""
    end = source.newline_from(source.end(node))[0]
    return node.end_lineno == node.lineno and not source.data[source.end(node) : end].strip()


def _docstring(tree: ast.Module) -> bool:
    match tree.body[:1]:
        case [ast.Expr(value=ast.Constant(value=str()))]:
            return True
    return False


def _first_line(source: PythonSource) -> int:
    """Give the line of the first statement, its decorators included."""
    if not source.tree.body:
        raise ImportPlaceError("the file has no statement")
    first = source.tree.body[0]
    decorators = first.decorator_list if isinstance(first, Function | ast.ClassDef) else []
    return min([first.lineno, *(node.lineno for node in decorators)])


def _imports(node: ast.AST, module: str) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom) and any(_below(alias, node, module) for alias in node.names)


def _below(alias: ast.alias, node: ast.Import | ast.ImportFrom, module: str) -> bool:
    """Tell whether a name of an import statement is a module, or is in it."""
    dotted = alias.name
    if isinstance(node, ast.ImportFrom):
        dotted = f"{'.' * node.level}{node.module or ''}.{alias.name}"
    return f"{dotted}.".startswith(f"{module}.")
