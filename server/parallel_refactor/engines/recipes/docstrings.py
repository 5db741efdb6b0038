"""The recipe that gives every function without a docstring one, written from what its code shows."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from parallel_refactor.engines.interface import FileResult, Job, Left, Outcome, Reader, Result, Stop, StoppedError
from parallel_refactor.engines.recipes.docstring_facts import Facts
from parallel_refactor.engines.recipes.docstring_harm import Harm, harm_to_file
from parallel_refactor.engines.recipes.docstring_insert import Edit, NoPlaceError, Placer, apply_edits, docstring_edit
from parallel_refactor.engines.recipes.docstring_style import Style, choose_style
from parallel_refactor.engines.recipes.docstring_text import write
from parallel_refactor.engines.recipes.python_module import PythonModule, definitions
from parallel_refactor.engines.recipes.python_source import PythonSource, PythonSourceError, compile_problem, parse
from parallel_refactor.engines.recipes.recipe import Option

_SUFFIXES = (".py", ".pyw")


class AddDocstrings:
    """Adds a docstring to every function and method that has none: private, nested and asynchronous ones too.

    Figures of the report: `functions` seen, `documented_before`, `added`, of these `name_only` (nothing beyond the
    function's name could be told), and `left` with a reason.
    """

    name = "docstrings"
    title = "Add docstrings to all functions"
    description = "Say in each function without a docstring what its code shows. Nothing else changes."
    version = 2
    suffixes = _SUFFIXES
    order: Literal["none", "after", "needs"] = "none"
    tools: tuple[str, ...] = ()
    options = (Option("style", "google, numpy or rest; else the one that the project is set to, or mostly writes"),)

    def prepare(self, options: Mapping[str, Any], paths: Sequence[str], reader: Reader) -> Mapping[str, Any]:
        """Choose the style of all docstrings; raises EngineError for one that there is not."""
        return {**options, "style": choose_style(options.get("style"), paths, reader)}

    def apply(self, job: Job, reader: Reader, stop: Stop) -> Result:  # noqa: ARG002 - files are told by themselves
        """Document the functions of each file of the job; raises StoppedError."""
        files: list[FileResult] = []
        counts: Counter[str] = Counter()
        for path, raw in job.files.items():
            if stop():
                raise StoppedError(_result(files, counts))
            files.append(_document(path, raw, job.options["style"], counts))
        return _result(files, counts)

    def check(self, before: bytes, after: FileResult, options: Mapping[str, Any]) -> str:  # noqa: ARG002
        """Tell where a file differs in more than added docstrings, "" if it does not."""
        if after.new is None:
            return "the file would be deleted"
        try:
            old, new = parse(before), parse(after.new)
        except PythonSourceError as error:
            return f"line {error.line}: {error}"
        problem = compile_problem(new)
        if problem and not compile_problem(old):
            return problem
        if not _drop_added(old, new) or not _same(old, new):
            return "the code differs in more than added docstrings"
        return ""


def _result(files: list[FileResult], counts: Counter[str]) -> Result:
    changed = sum(file.outcome is Outcome.CHANGED for file in files)
    summary = f"Added {counts['added']} docstrings in {changed} files"
    return Result(tuple(files), summary, dict(counts))


def _document(path: str, raw: bytes | None, style: Style, counts: Counter[str]) -> FileResult:
    """Document one file's functions and count them."""
    if raw is None:
        return FileResult(path, Outcome.UNCHANGED)
    if not path.endswith(_SUFFIXES):
        reason = "a stub file: docstrings belong to the source" if path.endswith(".pyi") else "not a Python source file"
        return FileResult(path, Outcome.LEFT, left=(Left(reason),))
    try:
        source = PythonSource.read(raw)
        edits, left = _plan_edits(PythonModule(source), harm_to_file(path), style, counts)
    except PythonSourceError as error:
        return FileResult(path, Outcome.FAILED, left=(Left(str(error), error.line),))
    except RecursionError:
        return FileResult(path, Outcome.LEFT, left=(Left("its code is nested too deeply to be looked at"),))
    if edits:
        return FileResult(path, Outcome.CHANGED, source.encode(apply_edits(source.data, edits)), left=tuple(left))
    return FileResult(path, Outcome.LEFT if left else Outcome.UNCHANGED, left=tuple(left))


def _plan_edits(
    module: PythonModule, reason_for_all: str, style: Style, counts: Counter[str]
) -> tuple[list[Edit], list[Left]]:
    """Write the docstrings that a file lacks, and say where none is added: nowhere if there is a reason for all."""
    harm, placer = Harm(module), Placer(module.source)
    edits: list[Edit] = []
    left: list[Left] = []
    found = Counter(functions=len(module.definitions))
    for definition in module.definitions:
        if definition.documented:
            found["documented_before"] += 1
            continue
        reason, place = reason_for_all or harm.reason(definition), None
        if not reason:
            try:
                place = placer.place(definition.node)
            except NoPlaceError as error:
                reason = str(error)
        if place is None:
            left.append(Left(f"`{definition.node.name}` has no docstring: {reason}", definition.node.lineno))
            continue
        written = write(Facts(module, definition), place.column, place.unit, style)
        edits.append(docstring_edit(place, written.text, module.source.encoding))
        found["name_only"] += written.name_only
    counts.update(found, added=len(edits), left=len(left))
    return edits, left


def _drop_added(old: ast.Module, new: ast.Module) -> bool:
    """Take the docstrings out of `new` whose functions have none in `old`; tell whether the functions are the same."""
    before, after = list(definitions(old)), list(definitions(new))
    for was, now in zip(before, after, strict=False):
        if now.documented and not was.documented:
            del now.node.body[0]
    return len(before) == len(after)


def _same(old: ast.Module, new: ast.Module) -> bool:
    """Compare two trees without their positions."""
    stack: list[tuple[Any, Any]] = [(old, new)]
    while stack:
        a, b = stack.pop()
        if a is b:
            continue
        if type(a) is not type(b):
            return False
        if isinstance(a, ast.AST):
            stack += [(getattr(a, field, None), getattr(b, field, None)) for field in a._fields]
        elif isinstance(a, list):
            if len(a) != len(b):
                return False
            stack += zip(a, b, strict=True)
        elif a != b and repr(a) != repr(b):
            return False
    return True
