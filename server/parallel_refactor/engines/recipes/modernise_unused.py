"""Which unused imports can go without anybody missing them."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Iterator, Sequence, Set
from pathlib import PurePosixPath

from attrs import frozen

from parallel_refactor.engines.interface import Left
from parallel_refactor.engines.recipes.modernise_check import used_as_global
from parallel_refactor.engines.recipes.modernise_reexports import module_of
from parallel_refactor.engines.recipes.modernise_shadow import Edit, Finding
from parallel_refactor.engines.recipes.python_source import parse


@frozen
class Removal:
    """The text without the imports that could go, how many names those bound, and why others stay."""

    text: str
    removed: int
    kept: tuple[Left, ...]


def remove_unused(
    text: str, path: str, findings: Sequence[Finding], reexported: Set[str], is_module: Callable[[str], bool]
) -> Removal:
    """Take out the unused imports (ruff's F401, with edits) that nothing can depend on.

    An import stays where something may depend on it: other files take the name from here (`reexported`, as
    "module:name"), it may be wanted for its effect (see `_effect`; `is_module` tells whether a path without its ending
    is a module of the workspace), a comment says something about it, or the file mentions the name where ruff does not
    look. A call takes out at most one statement of each nested block: ask ruff again until nothing is removed.
    """
    lines = re.split(r"(?<=\n)|(?<=\r)(?!\n)", text)
    tree = parse(text)
    imports = list(_imports(tree, lines))
    mentioned = _mentioned(text, tree)
    kept, reasons = [], dict.fromkeys((finding.edits for finding in findings), "")
    blocks: dict[tuple[Edit, ...], ast.AST] = {}
    for finding in findings:
        found = next((one for one in imports if one.start <= finding.at <= one.end), None)
        if found is None or not finding.edits:
            reason = "ruff knows no safe way to remove it"
        else:
            reason = _reason_to_keep(found, path, lines, mentioned, reexported, is_module)
            blocks[finding.edits] = found.block
        if reason:
            kept.append(Left(f"unused import {finding.message.split(' ', 1)[0]} stays: {reason}", finding.at[0]))
        reasons[finding.edits] = reasons[finding.edits] or reason
    chosen = _one_of_each_block([edits for edits, reason in reasons.items() if not reason], blocks)
    removed = sum(finding.edits in chosen for finding in findings)
    new = _apply(lines, [edit for edits in chosen for edit in edits])
    if not text.startswith(("\r", "\n")):
        new = new.lstrip("\r\n")  # left by imports at the top
    return Removal(new, removed, tuple(kept))


@frozen
class _Import:
    """One name of an import statement. `start` and `end` are rows and columns as ruff counts them."""

    statement: ast.Import | ast.ImportFrom
    alias: ast.alias
    block: ast.AST
    start: tuple[int, int]
    end: tuple[int, int]


# Modules of the standard library that do something when imported.
_WITH_EFFECT = frozenset({"antigravity", "readline", "rlcompleter", "site", "this", "usercustomize", "sitecustomize"})
_DYNAMIC = re.compile(r"\b(?:(?:globals|locals|dir)\s*\(\s*\)|eval\s*\(|exec\s*\()")
_TYPES_AND_EXAMPLES = re.compile(r"#[ \t]*type:.*|^[ \t]*>>>.*|^[ \t]*\.\.\. .*", re.MULTILINE)


def _imports(tree: ast.AST, lines: Sequence[str]) -> Iterator[_Import]:
    def place(row: int, column: int) -> tuple[int, int]:
        return row, len(lines[row - 1].encode()[:column].decode()) + 1

    for block in ast.walk(tree):
        for statement in ast.iter_child_nodes(block):
            if isinstance(statement, ast.Import | ast.ImportFrom):
                for alias in statement.names:
                    end = place(alias.end_lineno or alias.lineno, alias.end_col_offset or 0)
                    yield _Import(statement, alias, block, place(alias.lineno, alias.col_offset), end)


def _mentioned(text: str, tree: ast.Module) -> Set[str]:
    """Give the names that the file mentions where ruff does not look; "*" where it looks names up as it runs."""
    if _DYNAMIC.search(text):
        return {"*"}
    try:
        names = used_as_global(text)  # before the import, too
    except SyntaxError:
        return {"*"}
    names |= {word for line in _TYPES_AND_EXAMPLES.findall(text) for word in re.findall(r"\w+", line)}
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            names.add(node.value)
    return names


def _reason_to_keep(
    found: _Import,
    path: str,
    lines: Sequence[str],
    mentioned: Set[str],
    reexported: Set[str],
    is_module: Callable[[str], bool],
) -> str:
    name = found.alias.asname or found.alias.name.split(".")[0]
    statement = "".join(lines[found.statement.lineno - 1 : found.statement.end_lineno])
    if f"{module_of(path)}:{name}" in reexported:
        return "another file takes it from here"
    if PurePosixPath(path).name == "conftest.py":
        return "pytest finds what conftest.py imports"
    if "#" in statement:
        return "a comment says something about it"
    if "*" in mentioned:
        return "the file looks names up as it runs"
    if name in mentioned:
        return "its name is also used otherwise, or in a string, type comment or example"
    return _effect(found, path, is_module)


def _effect(found: _Import, path: str, is_module: Callable[[str], bool]) -> str:
    """Say why an import may be wanted for what it does, or ""."""
    if not isinstance(found.block, ast.Module) and not _for_type_checking(found.block):
        return "it is not at the top level, and may be wanted for its effect"
    statement = found.statement
    top = (statement.module if isinstance(statement, ast.ImportFrom) else found.alias.name) or ""
    relative = isinstance(statement, ast.ImportFrom) and statement.level > 0
    if top.split(".")[0] in sys.stdlib_module_names - _WITH_EFFECT and not relative:
        return ""
    if isinstance(statement, ast.Import) or top in _WITH_EFFECT:
        return "importing it may have an effect"
    folders = PurePosixPath(path).parts[:-1]
    if relative:
        bases = ["/".join(folders[: len(folders) - statement.level + 1])]
    else:
        above = ["/".join(folders[:count]) for count in range(len(folders) + 1)]
        bases = [base for folder in above for base in (folder, f"{folder}/src")]
    targets = ["/".join([base, *top.split("."), found.alias.name]) for base in bases]
    if any(is_module(re.sub("/+", "/", target).strip("/")) for target in targets):
        return "it is a module, and importing it may have an effect"
    return ""


def _for_type_checking(block: ast.AST) -> bool:
    test = block.test if isinstance(block, ast.If) else None
    name = test.attr if isinstance(test, ast.Attribute) else getattr(test, "id", "")
    return name == "TYPE_CHECKING"


def _one_of_each_block(
    candidates: Sequence[tuple[Edit, ...]], blocks: dict[tuple[Edit, ...], ast.AST]
) -> set[tuple[Edit, ...]]:
    nested = {id(blocks[edits]): edits for edits in candidates if not isinstance(blocks[edits], ast.Module)}
    return {edits for edits in candidates if isinstance(blocks[edits], ast.Module)} | set(nested.values())


def _apply(lines: Sequence[str], edits: Sequence[Edit]) -> str:
    """Apply edits from the end of the text, leaving one that overlaps a later one for the next time."""
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    text, limit = "".join(lines), starts[-1]
    for edit in sorted(edits, key=lambda edit: edit.start, reverse=True):
        start, end = (starts[row - 1] + column - 1 for row, column in (edit.start, edit.end))
        if end <= limit:
            text, limit = text[:start] + edit.text + text[end:], start
    return text
