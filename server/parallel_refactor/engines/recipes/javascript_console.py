"""Remove console output from JavaScript and TypeScript: statements that print, and do nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from ast_grep_py import SgNode

from parallel_refactor.engines.interface import (
    EngineError,
    FileResult,
    Job,
    Left,
    Outcome,
    Reader,
    Result,
    Stop,
    StoppedError,
)
from parallel_refactor.engines.recipes.javascript_text import JavaScriptText, javascript_suffixes
from parallel_refactor.engines.recipes.recipe import Option
from parallel_refactor.engines.recipes.rewrite_syntax import comments, descend, errors, span

_USUAL = ("debug", "dir", "info", "log", "table", "time", "timeEnd", "timeLog", "trace")
_KNOWN = frozenset(
    {*_USUAL, "assert", "count", "countReset", "dirxml", "error", "group", "groupCollapsed", "groupEnd", "warn"}
)
_MAY_DO_SOMETHING = frozenset(
    {
        "assignment_expression",
        "augmented_assignment_expression",
        "await_expression",
        "call_expression",
        "new_expression",
        "update_expression",
        "yield_expression",
    }
)


class RemoveConsole:
    """The recipe `remove-console`."""

    name = "remove-console"
    title = "Remove console output"
    description = (
        "Remove console.log and its like from JavaScript and TypeScript. What computes its output by calls stays."
    )
    version = 1
    suffixes = javascript_suffixes()
    order: Literal["none"] = "none"
    tools = ("ast-grep-py",)
    options = (Option("methods", f"which methods of console, with commas; without it {', '.join(_USUAL)}"),)

    def prepare(self, options: Mapping[str, Any], paths: Sequence[str], reader: Reader) -> Mapping[str, Any]:  # noqa: ARG002
        """Check the options; raises EngineError for a method that console does not have."""
        if unknown := sorted(_methods(options) - _KNOWN):
            raise EngineError(f"option methods: console has no {', '.join(unknown)}")
        return options

    def apply(self, job: Job, reader: Reader, stop: Stop) -> Result:  # noqa: ARG002 - files are told by themselves
        """Change the job's files; raises StoppedError."""
        results: list[FileResult] = []
        for path, data in job.files.items():
            if stop():
                raise StoppedError(Result(tuple(results)))
            results.append(_changed(path, data or b"", _methods(job.options)))
        changed = sum(file.outcome is Outcome.CHANGED for file in results)
        return Result(tuple(results), f"removed console output from {changed} of {len(results)} files")

    def check(self, before: bytes, after: FileResult, options: Mapping[str, Any]) -> str:
        """Tell whether a changed file parses worse, or has lost a comment or code that does not print; or ""."""
        methods = _methods(options)
        old, new = (JavaScriptText.read(after.path, data).root() for data in (before, after.new or b""))
        if len(errors(new)) > len(errors(old)):
            return "the result does not parse"
        if comments(new) != comments(old):
            return "the result has lost a comment"
        return "" if _others(new, methods) == _others(old, methods) else "code is lost"


def _methods(options: Mapping[str, Any]) -> frozenset[str]:
    given = str(options.get("methods", "")).split(",")
    return frozenset(word.strip() for word in given if word.strip()) or frozenset(_USUAL)


def _changed(path: str, data: bytes, methods: frozenset[str]) -> FileResult:
    if b"console" not in data:
        return FileResult(path, Outcome.UNCHANGED)
    try:
        source = JavaScriptText.read(path, data)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return FileResult(path, Outcome.LEFT, left=(Left("it is not UTF-8 here", line),))
    root = source.root()
    if any(node.text() == "console" and _is_bound(node) for node in root.find_all(kind="identifier")):
        return FileResult(path, Outcome.LEFT, left=(Left("it has a console of its own"),))
    left, edits = list[Left](), list[tuple[int, int]]()
    for node in _statements(root):
        if not _printed(node, methods):
            continue
        if reason := _reason(node):
            left.append(Left(f"console output stays: {reason}", source.line(span(node)[0])))
        else:
            edits.append(_whole_lines(source.text, *span(node)))
    text = source.text
    for start, end in reversed(edits):
        text = text[:start] + text[end:]
    if edits:
        return FileResult(path, Outcome.CHANGED, source.encode(text), left=tuple(left))
    return FileResult(path, Outcome.LEFT if left else Outcome.UNCHANGED, left=tuple(left))


def _statements(root: SgNode) -> list[SgNode]:
    return list(root.find_all(kind="expression_statement"))


def _others(root: SgNode, methods: frozenset[str]) -> list[str]:
    """Give the code that is not in statements that print, piece by piece."""
    found, waiting = list[str](), [root]
    while waiting:
        node = waiting.pop()
        if node.kind() == "expression_statement" and _printed(node, methods):
            continue
        if node.is_leaf() and node.text().strip():
            found.append(node.text())
        waiting += reversed(node.children())
    return found


def _printed(statement: SgNode, methods: frozenset[str]) -> bool:
    """Tell whether a statement is a call of one of console's methods."""
    call = next((node for node in statement.children() if node.is_named()), None)
    function = call.field("function") if call and call.kind() == "call_expression" else None
    if function is None or function.kind() != "member_expression":
        return False
    place, method = function.field("object"), function.field("property")
    return place is not None and method is not None and place.text() == "console" and method.text() in methods


def _reason(statement: SgNode) -> str:
    """Say why a statement that prints must stay, or ""."""
    parent = statement.parent()
    if parent is None or parent.kind() not in ("program", "statement_block", "switch_case", "switch_default"):
        return "it is all that its branch or loop does"
    inner = [node for node in descend(statement) if node.kind() in _MAY_DO_SOMETHING]
    if len(inner) > 1:
        return "working out what it prints may have an effect"
    return "there is a comment in it" if comments(statement) else ""


def _is_bound(name: SgNode) -> bool:
    parent = name.parent()
    declared = parent and parent.kind() in (
        "variable_declarator",
        "formal_parameters",
        "import_specifier",
        "import_clause",
    )
    assigned = parent and parent.kind() == "assignment_expression" and parent.field("left")
    return bool(declared) or bool(assigned and span(assigned) == span(name))


def _whole_lines(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen a stretch to its lines, where there is nothing else on them."""
    line = text.rfind("\n", 0, start) + 1
    rest = re.compile(r"[ \t]*(?:\r?\n|\Z)").match(text, end)
    return (line, rest.end()) if rest and not text[line:start].strip() else (start, end)
