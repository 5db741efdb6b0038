"""Modernise Python code: newer and simpler syntax, imports sorted, unused imports removed. All by ruff's safe fixes.

The Python version to write for is the project's (see `modernise_projects`) or the option `target`. In `__init__.py`
imports are neither sorted nor removed: their order decides what is there when modules import each other, and what is
imported there is imported for others. Annotations that programs may read as they run keep their old syntax where the
new one would not evaluate. What ruff could only change with some risk stays, and is told.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, Literal

from attrs import define

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
from parallel_refactor.engines.recipes.modernise_check import broken_promise
from parallel_refactor.engines.recipes.modernise_projects import (
    TARGET,
    Project,
    checked_target,
    find_projects,
    project_of,
    tried,
)
from parallel_refactor.engines.recipes.modernise_reexports import survey
from parallel_refactor.engines.recipes.modernise_shadow import Copy, Shadow
from parallel_refactor.engines.recipes.modernise_unused import remove_unused
from parallel_refactor.engines.recipes.python_source import PythonSource, PythonSourceError

RULES = (
    "--select=UP,SIM,C4,I,F401",
    "--ignore=SIM300",  # `1 == x` asks another object whether they are equal than `x == 1`
    "--per-file-ignores=__init__.py:I",
    "--per-file-ignores=__init__.py:F401",
    "--per-file-ignores=*.pyi:F401",
    "--config=lint.pyupgrade.keep-runtime-typing=true",
    # Ruff reports how it would remove unused imports, and leaves it to us which.
    '--config=lint.extend-unsafe-fixes=["F401"]',
)
"""What ruff is asked to do."""


class Modernise:
    """The recipe `modernise`."""

    name = "modernise"
    title = "Modernise Python code"
    description = "Write newer, simpler syntax that the project's oldest Python has. Sort imports, remove unused ones."
    version = 2
    suffixes = (".py", ".pyi")
    order: Literal["none"] = "none"
    tools = ("ruff",)
    options = (TARGET,)

    def prepare(self, options: Mapping[str, Any], paths: Sequence[str], reader: Reader) -> Mapping[str, Any]:
        """Read the projects' settings, and who imports what from whom; raises EngineError where ruff refuses them."""
        projects = [tried(project) for project in find_projects(paths, reader, checked_target(options))]
        if projects[-1].problem:
            raise EngineError(projects[-1].problem)
        return {**options, "projects": [project.dump() for project in projects], "reexports": survey(paths, reader)}

    def apply(self, job: Job, reader: Reader, stop: Stop) -> Result:
        """Modernise the job's files; raises EngineError where ruff fails, StoppedError (with nothing) when stopped."""
        if "projects" not in job.options:
            raise EngineError("recipe modernise: its options are not prepared")
        projects = [Project.load(text) for text in job.options["projects"]]
        drafts: list[_Draft] = []
        results: dict[str, FileResult] = {}
        for path, data in job.files.items():
            begun = _begin(path, data or b"", project_of(path, projects), reader)
            if isinstance(begun, FileResult):
                results[path] = begun
            else:
                drafts.append(begun)
        with Shadow([draft.copy() for draft in drafts]) as shadow:
            _fix(shadow, drafts, frozenset(job.options["reexports"]), reader, stop)
            results |= {draft.path: draft.result(shadow.read(key)) for key, draft in enumerate(drafts)}
        changed = sum(result.outcome is Outcome.CHANGED for result in results.values())
        return Result(
            tuple(results[path] for path in job.files),
            summary=f"modernised {changed} of {len(job.files)} files",
            counts={"unused imports removed": sum(draft.removed for draft in drafts)},
        )

    def check(self, before: bytes, after: FileResult, options: Mapping[str, Any]) -> str:  # noqa: ARG002
        """Tell how a changed file is more than newer syntax and other imports, or ""."""
        new = after.new or b""
        return _changed_form(before, new) or broken_promise(before, new)


_PASSES = 50


@define
class _Draft:
    """A file on its way. Ruff's copy of it is UTF-8 without a byte order mark, whatever the file is."""

    path: str
    data: bytes
    source: PythonSource
    project: Project
    package: str
    removed: int = 0
    kept: tuple[Left, ...] = ()

    def copy(self) -> Copy:
        """Give what ruff gets to see."""
        return Copy(PurePosixPath(self.path).name, self.source.data, self.package, self.project.settings)

    def result(self, copied: bytes) -> FileResult:
        """Turn the copy's contents at the end into those of the file."""
        new = self.source.encode(copied)
        if new != self.data:
            return FileResult(self.path, Outcome.CHANGED, new, left=self.kept)
        return FileResult(self.path, Outcome.LEFT if self.kept else Outcome.UNCHANGED, left=self.kept)


def _begin(path: str, data: bytes, project: Project, reader: Reader) -> _Draft | FileResult:
    if not data:
        return FileResult(path, Outcome.UNCHANGED)
    if project.problem:
        return FileResult(path, Outcome.LEFT, left=(Left(project.problem),))
    try:
        return _Draft(path, data, PythonSource.read(data), project, _package(path, reader))
    except PythonSourceError as error:
        return FileResult(path, Outcome.FAILED, left=(Left(str(error), error.line),))


def _fix(shadow: Shadow, drafts: Sequence[_Draft], reexports: frozenset[str], reader: Reader, stop: Stop) -> None:
    """Let ruff fix, take out unused imports, and again, until nothing more can go."""

    def is_module(path: str) -> bool:
        return any(_exists(f"{path}{ending}", reader) for ending in (".py", "/__init__.py", ".pyi"))

    findings = None
    for _ in range(_PASSES):
        findings = shadow.fix(RULES, stop) if drafts else []
        if findings is None:
            raise StoppedError(Result(()))
        removed = 0
        for key, draft in enumerate(drafts):
            unused = [finding for finding in findings if finding.key == key and finding.rule == "F401"]
            if not unused:
                continue
            removal = remove_unused(shadow.read(key).decode(), draft.path, unused, reexports, is_module)
            draft.kept = removal.kept
            draft.removed += removal.removed
            removed += removal.removed
            shadow.write(key, removal.text.encode())
        if not removed:
            break
    for finding in findings or ():
        if finding.rule != "F401":
            drafts[finding.key].kept += (Left(finding.reason, finding.at[0]),)


def _package(path: str, reader: Reader) -> str:
    """Give the name of the outermost package that a file is in, or ""."""
    parts = path.split("/")[:-1]
    name = ""
    while parts and _exists("/".join([*parts, "__init__.py"]), reader):
        name = parts.pop()
    return name


def _exists(path: str, reader: Reader) -> bool:
    try:
        reader.read(path)
    except OSError:
        return False
    return True


def _changed_form(before: bytes, after: bytes) -> str:
    if before.startswith(codecs.BOM_UTF8) != after.startswith(codecs.BOM_UTF8):
        return "the result has lost or gained a byte order mark"
    if after and _line_ends(after) - (_line_ends(before) or {b"\n"}):
        return "the result has other line endings"
    return ""


def _line_ends(data: bytes) -> set[bytes]:
    return set(re.findall(rb"\r\n|\r|\n", data))
