"""The recipes that give functions, and modules and classes, without a docstring one, from what their code shows."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Literal

from attrs import frozen

from parallel_refactor.engines.interface import FileResult, Job, Left, Outcome, Reader, Result, Stop, StoppedError
from parallel_refactor.engines.recipes.docstring_facts import Facts
from parallel_refactor.engines.recipes.docstring_harm import Harm, harm_to_file
from parallel_refactor.engines.recipes.docstring_insert import (
    Edit,
    NoPlaceError,
    Place,
    Placer,
    apply_edits,
    docstring_edit,
)
from parallel_refactor.engines.recipes.docstring_outer import write_outer
from parallel_refactor.engines.recipes.docstring_shown import OuterHarm, Shown, survey
from parallel_refactor.engines.recipes.docstring_style import Style, choose_style
from parallel_refactor.engines.recipes.docstring_text import Written, write
from parallel_refactor.engines.recipes.python_module import (
    Documentable,
    Function,
    PythonModule,
    documentable,
    is_documented,
)
from parallel_refactor.engines.recipes.python_source import PythonSource, PythonSourceError, parse
from parallel_refactor.engines.recipes.recipe import Option

_SUFFIXES = (".py", ".pyw")


_ALL = ("modules", "classes", "functions")


@frozen
class AddDocstrings:
    """Adds a docstring to each function and method that has none: private, nested and asynchronous ones too.

    `of` says of what else: all of `modules`, `classes` and `functions`. Figures of the report: how many of each were
    seen, `documented_before`, `added`, of these `name_only` (nothing beyond the name could be told), and `left` with a
    reason. Files without any code are not counted.
    """

    name: str = "docstrings"
    title: str = "Add docstrings to all functions"
    of: tuple[str, ...] = ("functions",)
    version: ClassVar[int] = 3
    suffixes: ClassVar[tuple[str, ...]] = _SUFFIXES
    order: ClassVar[Literal["none", "after", "needs"]] = "none"
    tools: ClassVar[tuple[str, ...]] = ()
    options: ClassVar[tuple[Option, ...]] = (
        Option("style", "google, numpy or rest; else the one that the project is set to, or mostly writes"),
    )

    @property
    def description(self) -> str:
        """What it is for."""
        each = "function" if len(self.of) == 1 else "module, class and function"
        return f"Say in each {each} without a docstring what its code shows. Nothing else changes."

    def prepare(self, options: Mapping[str, Any], paths: Sequence[str], reader: Reader) -> Mapping[str, Any]:
        """Choose the style of all docstrings; raises EngineError for one that there is not."""
        shown = survey(paths, reader) if "classes" in self.of else {}
        return {**options, **shown, "style": choose_style(options.get("style"), paths, reader)}

    def apply(self, job: Job, reader: Reader, stop: Stop) -> Result:  # noqa: ARG002 - files are told by themselves
        """Document what there is in each file of the job; raises StoppedError."""
        files: list[FileResult] = []
        counts: Counter[str] = Counter()
        for path, raw in job.files.items():
            if stop():
                raise StoppedError(_result(files, counts))
            files.append(_document(path, raw, self.of, job.options, counts))
        return _result(files, counts)

    def check(self, before: bytes, after: FileResult, options: Mapping[str, Any]) -> str:  # noqa: ARG002
        """Tell where a file differs in more than added docstrings, "" if it does not."""
        if after.new is None:
            return "the file would be deleted"
        try:
            old, new = parse(before), parse(after.new)
        except PythonSourceError as error:
            return f"line {error.line}: {error}"
        # The same code compiles as well as before: that need not be tried.
        if not _drop_added(old, new, self.of) or not _same(old, new):
            return "the code differs in more than added docstrings"
        return ""


ADD_DOCSTRINGS = (AddDocstrings(), AddDocstrings("all-docstrings", "Add docstrings", of=_ALL))
"""The recipe for functions, as its title says, and the one for modules and classes, too."""


def _result(files: list[FileResult], counts: Counter[str]) -> Result:
    changed = sum(file.outcome is Outcome.CHANGED for file in files)
    summary = f"Added {counts['added']} docstrings in {changed} files"
    return Result(tuple(files), summary, dict(counts))


def _document(
    path: str, raw: bytes | None, of: Sequence[str], options: Mapping[str, Any], counts: Counter[str]
) -> FileResult:
    """Document what one file has, and count it."""
    if raw is None:
        return FileResult(path, Outcome.UNCHANGED)
    if not path.endswith(_SUFFIXES):
        reason = "a stub file: docstrings belong to the source" if path.endswith(".pyi") else "not a Python source file"
        return FileResult(path, Outcome.LEFT, left=(Left(reason),))
    try:
        module = PythonModule(PythonSource.read(raw))
        edits, left = _Plan(module, path, options, counts).edits(of)
    except PythonSourceError as error:
        return FileResult(path, Outcome.FAILED, left=(Left(str(error), error.line),))
    except RecursionError:
        return FileResult(path, Outcome.LEFT, left=(Left("its code is nested too deeply to be looked at"),))
    if edits:
        new = module.source.encode(apply_edits(module.source.data, edits))
        return FileResult(path, Outcome.CHANGED, new, left=tuple(left))
    return FileResult(path, Outcome.LEFT if left else Outcome.UNCHANGED, left=tuple(left))


class _Plan:
    """Writes the docstrings that a file lacks, and says where none is added: nowhere if there is a reason for all."""

    def __init__(self, module: PythonModule, path: str, options: Mapping[str, Any], counts: Counter[str]) -> None:
        self._module, self._path, self._counts = module, path, counts
        self._style: Style = options["style"]
        self._functions = {definition.node: definition for definition in module.definitions}
        self._harm = Harm(module)
        self._outer_harm = OuterHarm(module, path, Shown.of(options), self._harm)

    def edits(self, of: Sequence[str]) -> tuple[list[Edit], list[Left]]:
        edits: list[Edit] = []
        left: list[Left] = []
        placer, reason_for_all, found = Placer(self._module.source), harm_to_file(self._path), Counter[str]()
        for node in documentable(self._module.source.tree):
            if (kind := _kind(node)) not in of or not node.body:
                continue
            found[kind] += 1
            if is_documented(node):
                found["documented_before"] += 1
                continue
            try:
                place = None if (reason := reason_for_all or self._reason(node)) else placer.place(node)
            except NoPlaceError as error:
                place, reason = None, str(error)
            if place is None:
                left.append(_left(node, reason))
                continue
            written = self._written(node, place)
            edits.append(docstring_edit(place, written.text, self._module.source.encoding))
            found["name_only"] += written.name_only
        self._counts.update(found, added=len(edits), left=len(left))
        return edits, left

    def _reason(self, node: Documentable) -> str:
        if isinstance(node, Function):
            return self._harm.reason(self._functions[node])
        return self._outer_harm.reason(node)

    def _written(self, node: Documentable, place: Place) -> Written:
        if isinstance(node, Function):
            return write(Facts(self._module, self._functions[node]), place.column, place.unit, self._style)
        return write_outer(self._module, node, self._path, place.column)


def _kind(node: Documentable) -> str:
    return _ALL[0] if isinstance(node, ast.Module) else _ALL[1] if isinstance(node, ast.ClassDef) else _ALL[2]


def _left(node: Documentable, reason: str) -> Left:
    if isinstance(node, ast.Module):
        return Left(f"the module has no docstring: {reason}", 1)
    return Left(f"`{node.name}` has no docstring: {reason}", node.lineno)


def _drop_added(old: ast.Module, new: ast.Module, of: Sequence[str]) -> bool:
    """Take the docstrings out of `new` that are lacking in `old`; tell whether both have as much to document."""
    before, after = list(documentable(old)), list(documentable(new))
    for was, now in zip(before, after, strict=False):
        if _kind(now) in of and is_documented(now) and not is_documented(was):
            del now.body[0]
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
