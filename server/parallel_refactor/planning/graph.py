"""Reads the import graph of a workspace's Python files with ruff, and finds the files with broken syntax."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from attrs import frozen
from ruff import find_ruff_bin  # type: ignore[import-untyped]

from parallel_refactor.planning.interface import PlanError

PYTHON = (".py", ".pyi", ".pyw")
"""The endings of the files whose imports are read."""

_NEWEST_SYNTAX = (3, 15)  # the newest version whose rules the oldest allowed ruff knows


@frozen
class Graph:
    """What imports what among the files given, and the Python files that do not parse."""

    imports: Mapping[str, tuple[str, ...]]
    broken: frozenset[str]


def read_graph(root: Path, files: Sequence[str]) -> Graph:
    """Find the imports among `files`, which are paths below `root`.

    Files in other languages, of an encoding other than UTF-8, or with a name that ruff cannot be told have no edges.
    Raises PlanError where ruff does not run.
    """
    root = Path(os.path.realpath(root))  # as ruff prints it
    python = [path for path in files if path.endswith(PYTHON)]
    tellable = [path for path in python if _is_tellable(path)]
    imports: dict[str, tuple[str, ...]] = dict.fromkeys(files, ())
    if tellable:
        known = set(python)
        for path, targets in _imports(root, tellable).items():
            imports[path] = tuple(sorted({target for target in targets if target in known and target != path}))
    return Graph(imports, _broken(root, python, tellable))


def _imports(root: Path, files: Sequence[str]) -> dict[str, list[str]]:
    roots = sorted({above for path in files for above in _source_roots(path)})
    config = f"src={json.dumps(['.', *roots], ensure_ascii=False)}"
    graph = json.loads(_ruff(root, ["analyze", "graph", "--config", config], files))
    return {_slashed(path): [_slashed(target) for target in targets] for path, targets in graph.items()}


def _broken(root: Path, python: Sequence[str], tellable: Sequence[str]) -> frozenset[str]:
    """Find the files that this Python would not parse: engines use its parser."""
    broken: set[str] = set()
    unread = set(python).difference(tellable)
    if tellable:
        version = "py{}{}".format(*min(sys.version_info[:2], _NEWEST_SYNTAX))
        options = ["--select", "E9", "--no-cache", "--exit-zero", "--output-format", "json"]
        findings = json.loads(_ruff(root, ["check", "--target-version", version, *options], tellable))
        for file, code in {(finding["filename"], finding["code"]) for finding in findings}:  # a file can have thousands
            (broken if code == "invalid-syntax" else unread).add(_slashed(os.path.relpath(file, root)))
    return frozenset(broken | {path for path in unread if not _parses(root / path)})


def _ruff(root: Path, arguments: Sequence[str], files: Iterable[str]) -> bytes:
    """Run ruff over files and give what it prints. An argument file takes more of them than a command line."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("RUFF_")}
    with tempfile.TemporaryDirectory() as folder:
        lines = [*arguments, "--isolated", *(f"./{path}" for path in files)]
        argument_file = Path(folder, "arguments")
        argument_file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", newline="\n")
        done = subprocess.run(
            [find_ruff_bin(), f"@{argument_file}"], cwd=root, env=environment, capture_output=True, check=False
        )
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise PlanError(f"ruff, which reads the import graph, failed with exit code {done.returncode}: {said}")
    return done.stdout


def _parses(file: Path) -> bool:
    """Tell whether Python parses the file, in whatever encoding it declares."""
    try:
        with warnings.catch_warnings(action="ignore"):
            ast.parse(file.read_bytes())
    except (SyntaxError, ValueError, RecursionError, MemoryError, OSError):
        return False
    return True


def _is_tellable(path: str) -> bool:
    """Tell whether a line of a UTF-8 argument file can hold this name."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return "\n" not in path and "\r" not in path


def _source_roots(path: str) -> list[str]:
    """Give the folders named `src` above a file: packages without `__init__.py` are found from there only."""
    parts = path.split("/")[:-1]
    folders = ["/".join(parts[: index + 1]) for index, part in enumerate(parts) if part == "src"]
    return [folder for folder in folders if folder.isprintable()]


def _slashed(path: str) -> str:
    return path.replace(os.sep, "/")
