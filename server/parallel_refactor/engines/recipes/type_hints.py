"""Add type hints: what pyrefly finds out about the whole workspace, as far as it can be written safely.

Everything is found out and checked once, before the run is planned; the tasks only write it. No annotation that is
there is touched, nothing new is imported as the program runs, and pyrefly reports no error that it did not before.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import tomllib
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal

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
from parallel_refactor.engines.recipes.hints_check import broken_hints
from parallel_refactor.engines.recipes.hints_judge import Hint
from parallel_refactor.engines.recipes.hints_plan import FilePlan, plan_hints
from parallel_refactor.engines.recipes.hints_shadow import TypeShadow
from parallel_refactor.engines.recipes.hints_slots import RESULT, Slot
from parallel_refactor.engines.recipes.hints_write import file_bytes, hint_text, write_hints
from parallel_refactor.engines.recipes.modernise_projects import TARGET, checked_target, find_projects, project_of
from parallel_refactor.engines.recipes.python_module import PythonModule
from parallel_refactor.engines.recipes.python_source import PythonSource, PythonSourceError


class AddTypeHints:
    """The recipe `types`. Figures of the report: `results` and `parameters` that got a type."""

    name = "types"
    title = "Add type hints to all Python files"
    description = "Write types of parameters and results that pyrefly can tell and check. Nothing else changes."
    version = 2
    suffixes = (".py", ".pyi")
    order: Literal["none"] = "none"
    tools = ("pyrefly",)
    options = (TARGET,)

    def prepare(self, options: Mapping[str, Any], paths: Sequence[str], reader: Reader) -> Mapping[str, Any]:
        """Find out the types of all files; raises EngineError where pyrefly fails or the options make no sense."""
        projects = find_projects(paths, reader, checked_target(options))
        pythons = {project.folder: _oldest_python(project.settings) for project in projects}
        stubs = {path.removesuffix("i") for path in paths if path.endswith(".pyi")}
        plans: list[FilePlan] = []
        digests: dict[str, str] = {}
        with TypeShadow(min(pythons.values()), paths) as shadow:
            for path in paths:
                try:
                    raw = reader.read(path)
                    source = PythonSource.read(raw)
                except (OSError, PythonSourceError):
                    continue
                shadow.write(path, hint_text(source))
                if path.endswith(".py") and path not in stubs:
                    plans.append(FilePlan(path, pythons[project_of(path, projects).folder]))
                    digests[path] = _digest(raw)
            plan_hints(shadow, plans)
        return {**options, "found": _packed({plan.path: [digests[plan.path], *_dump(plan)] for plan in plans})}

    def apply(self, job: Job, reader: Reader, stop: Stop) -> Result:  # noqa: ARG002 - all was read in `prepare`
        """Write what was found into the job's files; raises StoppedError."""
        if "found" not in job.options:
            raise EngineError("recipe types: its options are not prepared")
        found = _unpacked(job.options["found"])
        counts: Counter[str] = Counter()
        files: list[FileResult] = []
        for path, raw in job.files.items():
            if stop():
                raise StoppedError(_result(files, counts))
            files.append(_annotate(path, raw or b"", found.get(path), counts))
        return _result(files, counts)

    def check(self, before: bytes, after: FileResult, options: Mapping[str, Any]) -> str:  # noqa: ARG002
        """Tell where a changed file differs in more than hints, or ""."""
        return broken_hints(before, after.new or b"")


def _result(files: Sequence[FileResult], counts: Counter[str]) -> Result:
    changed = sum(file.outcome is Outcome.CHANGED for file in files)
    summary = f"Added {counts['results'] + counts['parameters']} type hints in {changed} files"
    return Result(tuple(files), summary, dict(counts))


def _annotate(path: str, raw: bytes, found: Sequence[Any] | None, counts: Counter[str]) -> FileResult:
    if not raw or path.endswith(".pyi"):
        return FileResult(path, Outcome.UNCHANGED)
    try:
        source = PythonSource.read(raw)
    except PythonSourceError as error:
        return FileResult(path, Outcome.FAILED, left=(Left(str(error), error.line),))
    if found is None:
        return FileResult(path, Outcome.LEFT, left=(Left("its types are in the stub beside it"),))
    if found[0] != _digest(raw):
        return FileResult(path, Outcome.LEFT, left=(Left("it has changed since the run began: run again"),))
    return _write(path, source, found, counts)


def _write(path: str, source: PythonSource, found: Sequence[Any], counts: Counter[str]) -> FileResult:
    _, rounds, reasons = found
    left = tuple(Left(reason, line) for line, reason in reasons)
    data = before = hint_text(source)
    for entries in rounds:
        hints = {
            Slot(function, name): Hint(text, frozenset((module, imported) for module, imported in imports))
            for function, name, text, imports in entries
        }
        data = write_hints(PythonModule(PythonSource.read(data)), path, hints).data
        counts["results"] += sum(slot.name == RESULT for slot in hints)
        counts["parameters"] += sum(slot.name != RESULT for slot in hints)
    if data == before:
        return FileResult(path, Outcome.LEFT if left else Outcome.UNCHANGED, left=left)
    return FileResult(path, Outcome.CHANGED, file_bytes(source, data), left=left)


def _oldest_python(settings: str) -> tuple[int, int]:
    """Read the oldest Python version from a project's settings."""
    content = tomllib.loads(settings or "")
    target = content.get("tool", {}).get("ruff", {}).get("target-version", "")
    requires = content.get("project", {}).get("requires-python", "")
    minors = [int(minor) for minor in re.findall(r"(?:>=|~=|==|>)\s*3\.(\d+)", requires)]
    if match := re.fullmatch(r"py3(\d+)", target):
        return 3, int(match.group(1))
    return 3, min(minors, default=9)


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()[:32]


def _dump(plan: FilePlan) -> list[Any]:
    rounds = [
        [[slot.function, slot.name, hint.text, sorted(hint.imports)] for slot, hint in hints.items()]
        for hints in plan.rounds
    ]
    return [rounds, plan.left]


def _packed(found: Mapping[str, Any]) -> str:
    """Write what was found as one short string: the board keeps the options of a run in one line."""
    return base64.b85encode(zlib.compress(json.dumps(found, separators=(",", ":")).encode(), 9)).decode()


@lru_cache(maxsize=1)
def _unpacked(packed: str) -> Mapping[str, Any]:
    found: dict[str, Any] = json.loads(zlib.decompress(base64.b85decode(packed)))
    return found
