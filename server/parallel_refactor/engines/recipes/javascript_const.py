"""Use `const` and `let` instead of `var`, where that means the same.

A `var` is known in its whole function and from its beginning; what replaces it only in its block, and from its line on.
So it stays where something uses it outside of the block or before, where it is declared twice, and where rounds of a
loop share it. At the top level of a script it is global, and stays too.
"""

from __future__ import annotations

import bisect
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from ast_grep_py import SgNode
from attrs import frozen

from parallel_refactor.engines.interface import FileResult, Job, Left, Outcome, Reader, Result, Stop, StoppedError
from parallel_refactor.engines.recipes.javascript_names import LOOPS, Bound, Names, Span, Use
from parallel_refactor.engines.recipes.javascript_text import JavaScriptText, javascript_suffixes
from parallel_refactor.engines.recipes.recipe import Option
from parallel_refactor.engines.recipes.rewrite_syntax import descend, errors, leaves, span

_BLOCKS = ("program", "statement_block")


class JavaScriptConst:
    """The recipe `javascript-const`."""

    name = "javascript-const"
    title = "Use const and let in JavaScript"
    description = (
        "Replace var by const, or by let where the variable changes. Where that could mean something else it stays."
    )
    version = 1
    suffixes = javascript_suffixes()
    order: Literal["none"] = "none"
    tools = ("ast-grep-py",)
    options: tuple[Option, ...] = ()

    def prepare(self, options: Mapping[str, Any], paths: Sequence[str], reader: Reader) -> Mapping[str, Any]:  # noqa: ARG002
        """Give the options as they are: each file is told by itself."""
        return options

    def apply(self, job: Job, reader: Reader, stop: Stop) -> Result:  # noqa: ARG002 - files are told by themselves
        """Change the job's files; raises StoppedError."""
        results: list[FileResult] = []
        for path, data in job.files.items():
            if stop():
                raise StoppedError(_result(results))
            results.append(_changed(path, data or b""))
        return _result(results)

    def check(self, before: bytes, after: FileResult, options: Mapping[str, Any]) -> str:  # noqa: ARG002
        """Tell where a file differs in more than `var`, or parses worse; or ""."""
        old, new = (JavaScriptText.read(after.path, data).root() for data in (before, after.new or b""))
        if len(errors(new)) > len(errors(old)):
            return "the result does not parse"
        pairs = list(zip(leaves(old), leaves(new), strict=False))
        same = all(a == b or (a == "var" and b in ("let", "const")) for a, b in pairs)
        return "" if same and len(leaves(old)) == len(leaves(new)) else "the code differs in more than var"


def _changed(path: str, data: bytes) -> FileResult:
    try:
        source = JavaScriptText.read(path, data)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return FileResult(path, Outcome.LEFT, left=(Left("it is not UTF-8 here", line),))
    if not re.search(r"\bvar\b", source.text):
        return FileResult(path, Outcome.UNCHANGED)
    left: list[Left] = []
    edits: list[tuple[int, str]] = []
    for variable in _variables(source.root()):
        reason = variable.reason()
        if reason:
            left.append(Left(f"var stays: {reason}", source.line(variable.start)))
        else:
            edits.append((variable.start, variable.keyword()))
    new = source.text
    for start, keyword in reversed(edits):
        new = new[:start] + keyword + new[start + len("var") :]
    if edits:
        return FileResult(path, Outcome.CHANGED, source.encode(new), left=tuple(left))
    return FileResult(path, Outcome.LEFT if left else Outcome.UNCHANGED, left=tuple(left))


def _variables(root: SgNode) -> Iterator[_Variable]:
    nodes = list(descend(root))
    wrong = [span(error) for error in errors(root)]
    names = Names.read(root)
    kinds = {node.kind() for node in nodes}
    whole = ""
    if "with_statement" in kinds or "eval" in names.uses:
        whole = "the file looks names up as it runs"
    module = bool(
        kinds & {"import_statement", "export_statement"} or names.uses.keys() & {"require", "module", "exports"}
    )
    for node in nodes:
        start = next((span(child)[0] for child in node.children() if child.kind() == "var"), -1)
        if start < 0 or node.kind() not in ("variable_declaration", "for_in_statement"):
            continue
        broken = any(first < span(node)[1] and start < last for first, last in wrong)
        head = node if node.kind() == "variable_declaration" else node.field("left") or node
        bound = tuple(names.bound_between(start, span(head)[0], span(head)[1]))
        if bound:
            yield _Variable(node, start, bound, names, module, "the code around it does not parse" if broken else whole)


@frozen
class _Variable:
    """One statement with `var`, at `start`, and the names that it binds.

    `module`: the top level of its file is not global. `refused`: why it must stay, whatever it is.
    """

    node: SgNode
    start: int
    bound: tuple[Bound, ...]
    names: Names
    module: bool
    refused: str

    def keyword(self) -> str:
        """Give `const` if nothing of it is ever written again, else `let`."""
        if self.node.kind() == "variable_declaration" and not self._is_initialised():
            return "let"
        written = any(use.written for bound in self.bound for use in self._uses(bound))
        return "let" if written else "const"

    def reason(self) -> str:
        """Say why it must stay, or ""."""
        if self.refused:
            return self.refused
        scope = self._scope()
        if scope is None:
            return "it is not directly in a block"
        if not self.bound[0].functions and not self.module:
            return "at the top level of a script it is global"
        if self._loop() and self.node.kind() == "variable_declaration" and not self._is_initialised():
            return "in a loop it keeps its value from round to round"
        return next(filter(None, (self._reason_of(bound, scope) for bound in self.bound)), "")

    def _reason_of(self, bound: Bound, scope: Span) -> str:
        name = bound.name
        others = [use for use in self._uses(bound) if use.binds]
        if len(others) > 1 or self._declared_within(name):
            return f"{name} is declared more than once"
        for use in self._uses(bound):
            if use.binds:
                continue
            if not scope[0] <= use.start < scope[1]:
                return f"{name} is used outside of its block"
            if use.start < self._ready():
                return f"{name} is used before it has its value"
            if self._loop() and len(use.functions) > len(self.bound[0].functions):
                return f"rounds of a loop share {name} with a function in it"
        return f"a function that uses {name} may be called before" if self._may_be_called_early(bound) else ""

    # ---- where it stands

    def _scope(self) -> Span | None:
        """Give the block that will know it; None where it is in none, as in a case of a switch."""
        parent = self.node.parent()
        if self.node.kind() == "for_in_statement":
            return span(self.node)
        if parent and parent.kind() == "export_statement":
            parent = parent.parent()
        if parent and (parent.kind() in _BLOCKS or parent.kind() == "for_statement"):
            return span(parent)
        return None

    def _loop(self) -> bool:
        """Whether it is in a loop of its function, or begins one."""
        functions = self.bound[0].functions
        node: SgNode | None = self.node
        while node is not None and (not functions or span(node) != functions[-1]):
            if node.kind() in LOOPS:
                return True
            node = node.parent()
        return False

    def _ready(self) -> int:
        """Where its values have been worked out."""
        if self.node.kind() == "variable_declaration":
            return span(self.node)[1]
        right = self.node.field("right")
        return span(right)[1] if right else span(self.node)[1]

    def _is_initialised(self) -> bool:
        declarators = [child for child in self.node.children() if child.kind() == "variable_declarator"]
        return all(declarator.field("value") for declarator in declarators)

    # ---- who uses it

    def _uses(self, bound: Bound) -> list[Use]:
        """Give all places in its function that mean this variable."""
        depth = len(bound.functions)
        inside = [use for use in self.names.uses[bound.name] if use.functions[:depth] == bound.functions]
        own = {use.functions for use in inside if use.binds and use.binds != "block" and len(use.functions) > depth}
        return [use for use in inside if not any(use.functions[: len(inner)] == inner for inner in own)]

    def _declared_within(self, name: str) -> bool:
        """Whether some block or function in its function has a `let`, class or catch of the same name."""
        depth = len(self.bound[0].functions)
        return any(
            use.binds == "block" and use.functions[:depth] == self.bound[0].functions for use in self.names.uses[name]
        )

    def _may_be_called_early(self, bound: Bound) -> bool:
        """Whether a declared function that uses it, or uses one that does, is mentioned before it has its value."""
        siblings = self.names.declared.get(bound.functions, {})
        inside = sorted(siblings.values())
        reaching, fresh = {bound.name}, {bound.name}
        while fresh:
            places = [use.start for name in fresh for use in self.names.uses[name] if not use.binds]
            within = {where for place in places if (where := _around(place, inside))}
            fresh = {name for name, where in siblings.items() if where in within} - reaching
            reaching |= fresh
        return any(
            use.start < self._ready() and not use.binds and not _around(use.start, inside)
            for name in reaching - {bound.name}
            for use in self.names.uses[name]
        )


def _around(place: int, spans: Sequence[Span]) -> Span | None:
    """Give the one of some sorted spans, none of which overlap, that a place is in."""
    number = bisect.bisect_right(spans, (place, sys.maxsize)) - 1
    return spans[number] if number >= 0 and place < spans[number][1] else None


def _result(files: Sequence[FileResult]) -> Result:
    changed = sum(file.outcome is Outcome.CHANGED for file in files)
    return Result(tuple(files), f"used const and let in {changed} of {len(files)} files")
