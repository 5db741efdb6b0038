"""Which functions of a tree block, judged by the names that they call, without the recipe's own analysis."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.packages import measures

_BLOCK = frozenset(
    {
        *("time.sleep", "os.system", "urllib.request.urlopen", "socket.create_connection"),
        *("requests.get", "requests.post", "requests.request"),
        *("subprocess.run", "subprocess.call", "subprocess.check_call", "subprocess.check_output"),
    }
)
Function = ast.FunctionDef | ast.AsyncFunctionDef


def coroutines(root: Path) -> int:
    """Count the coroutine functions of a tree."""
    return sum(
        isinstance(node, ast.AsyncFunctionDef)
        for tree in map(measures.parse, measures.sources(root).values())
        for node in (ast.walk(tree) if tree is not None else ())
    )


def unexplained(root: Path, report: Mapping[str, Any]) -> list[str]:
    """Name the places, tests apart, where a function blocks of which the report of a run says nothing."""
    told = {(note["path"], note["line"]) for note in report["left"]}
    found = []
    for path, source in measures.sources(root).items():
        tree = measures.parse(source)
        if tree is None or "test" in path:
            continue
        for function, call in _blocking(tree, _origins(tree)):
            if (
                not isinstance(function, ast.AsyncFunctionDef)
                and not {(path, function.lineno), (path, call.lineno)} & told
            ):
                found.append(f"{path}:{call.lineno}")
    return sorted(found)


def _origins(tree: ast.Module) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.asname or alias.name.partition(".")[0]: alias.name for alias in node.names if alias.asname}
            found |= {
                alias.name.partition(".")[0]: alias.name.partition(".")[0] for alias in node.names if not alias.asname
            }
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _blocking(tree: ast.Module, origins: Mapping[str, str]) -> Iterator[tuple[Function, ast.Call]]:
    """Give each call that blocks with the innermost function that it is in."""
    stack: list[tuple[ast.AST, Function | None]] = [(tree, None)]
    while stack:
        node, function = stack.pop()
        if isinstance(node, Function):
            function = node
        if isinstance(node, ast.Call) and function is not None:
            first, dot, rest = ast.unparse(node.func).partition(".")
            if origins.get(first, "") + dot + rest in _BLOCK:
                yield function, node
        stack += [(child, function) for child in ast.iter_child_nodes(node)]
