"""Recipes that are rule files: the packs that come with the program, and those that a workspace has of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from attrs import field, frozen

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
from parallel_refactor.engines.recipes.modernise_check import undefined_names
from parallel_refactor.engines.recipes.modernise_projects import Project, find_projects, project_of
from parallel_refactor.engines.recipes.python_source import PythonSource, PythonSourceError
from parallel_refactor.engines.recipes.recipe import Option
from parallel_refactor.engines.recipes.rewrite import compile_for, rewritten
from parallel_refactor.engines.recipes.rewrite_syntax import LANGUAGES, language_of
from parallel_refactor.engines.recipes.rewrite_text import is_broken
from parallel_refactor.engines.recipes.rule_file import RuleFile, read_rule_file
from parallel_refactor.engines.recipes.rule_python import RuleLeftError, apply_rules

OWN = ".parallel-refactor"
"""The folder of a workspace that has its own rule files."""


@frozen
class RuleRecipe:
    """The recipe that a rule file describes."""

    file: RuleFile
    version: int = 1
    order: Literal["none"] = "none"
    tools: tuple[str, ...] = ("ast-grep-py",)
    options: tuple[Option, ...] = field(default=(), init=False)

    @property
    def name(self) -> str:
        """The file's name without its ending."""
        return self.file.name

    @property
    def title(self) -> str:
        """What the file says."""
        return self.file.title

    @property
    def description(self) -> str:
        """What the file says, or else how many rules it has."""
        count = len(self.file.rules)
        return self.file.description or f"{count} rule{'s' * (count > 1)} of {self.name}.yml."

    @property
    def suffixes(self) -> tuple[str, ...]:
        """The endings of its language, or of all."""
        chosen = [self.file.language] if self.file.language else list(LANGUAGES)
        return tuple(suffix for language in chosen for suffix in LANGUAGES[language])

    def prepare(self, options: Mapping[str, Any], paths: Sequence[str], reader: Reader) -> Mapping[str, Any]:
        """Try the rules, and find out which Python each project supports; raises EngineError for a rule that is none.

        The tasks get the file's text: what it says later is for later runs.
        """
        languages = sorted({language_of(path, self.file.language) for path in paths} - {""})
        for rule in self.file.rules:
            place = f"{self.name}.yml:{rule.line}"
            try:
                compiled = [compile_for(rule.pattern, rule.replace, language) for language in languages]
            except EngineError as error:
                raise EngineError(f"{place}: {error}") from None
            if languages and not any(compiled):
                raise EngineError(f"{place}: the pattern {rule.pattern!r} does not parse as {', '.join(languages)}")
        projects = find_projects(paths, reader, "") if self.file.python > (3, 0) else ()
        return {**options, "rules": self.file.text, "projects": [project.dump() for project in projects]}

    def apply(self, job: Job, reader: Reader, stop: Stop) -> Result:  # noqa: ARG002 - files are told by themselves
        """Apply the rules to the job's files; raises EngineError where they are not prepared, StoppedError."""
        file = self._prepared(job.options)
        projects = [Project.load(text) for text in job.options.get("projects", ())]
        results: list[FileResult] = []
        places = 0
        for path, data in job.files.items():
            if stop():
                raise StoppedError(_result(results, places))
            result, changed = _changed(path, data or b"", file, projects)
            results.append(result)
            places += changed
        return _result(results, places)

    def check(self, before: bytes, after: FileResult, options: Mapping[str, Any]) -> str:
        """Tell whether a changed file parses worse than before, uses new undefined names, or is not done; or ""."""
        file, new = self._prepared(options), after.new or b""
        language = language_of(after.path, file.language)
        try:
            if language == "python":
                undefined = undefined_names(PythonSource.read(new)) - undefined_names(PythonSource.read(before))
                if undefined:
                    return f"the result uses undefined names: {', '.join(sorted(undefined))}"
            elif is_broken(new.decode(), language, than=before.decode()):
                return "the result does not parse"
        except (PythonSourceError, SyntaxError, UnicodeDecodeError) as error:
            return f"the result does not parse: {error}"
        again, places = _changed(after.path, new, file, [])
        return "the result has something to be changed again" if places or again.new not in (None, new) else ""

    def _prepared(self, options: Mapping[str, Any]) -> RuleFile:
        if "rules" not in options:
            raise EngineError(f"recipe {self.name}: its options are not prepared")
        return _read(options["rules"], f"{self.name}.yml")


def packs() -> tuple[RuleRecipe, ...]:
    """Give the rule files that come with the program."""
    folder = resources.files(__package__) / "packs"
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".yml")), key=lambda entry: entry.name)
    return tuple(RuleRecipe(read_rule_file(entry.read_text("utf-8"), entry.name)) for entry in files)


def own_recipes(root: Path) -> tuple[RuleRecipe, ...]:
    """Read the rule files of a workspace; raises EngineError, with file and line, for one that is none."""
    return tuple(recipe_in(file, f"{OWN}/{file.name}") for file in sorted((root / OWN).glob("*.yml")))


def recipe_in(file: Path, place: str) -> RuleRecipe:
    """Read a rule file, which errors call `place`; raises EngineError, with file and line."""
    try:
        return RuleRecipe(read_rule_file(file.read_text("utf-8-sig"), place))
    except (OSError, UnicodeDecodeError) as error:
        raise EngineError(f"{place} cannot be read: {error}") from error


@cache
def _read(text: str, name: str) -> RuleFile:
    return read_rule_file(text, name)


def _changed(path: str, data: bytes, file: RuleFile, projects: Sequence[Project]) -> tuple[FileResult, int]:
    """Apply the rules to one file; gives its result and how many places changed."""
    language = language_of(path, file.language)
    if not data or not language:
        return FileResult(path, Outcome.UNCHANGED), 0
    if file.imports or file.retires:
        result, places = _changed_python(path, data, file)
    else:
        result, places = _changed_text(path, data, file, language)
    if places and projects and (oldest := project_of(path, projects).oldest_python) < file.python:
        reason = f"its project supports Python {_dotted(oldest)}, and the result needs {_dotted(file.python)}"
        return FileResult(path, Outcome.LEFT, left=(Left(reason),)), 0
    return result, places


def _changed_python(path: str, data: bytes, file: RuleFile) -> tuple[FileResult, int]:
    try:
        source = PythonSource.read(data)
        done = apply_rules(source, file)
        new = source.encode(done.text.encode())
    except PythonSourceError as error:
        return FileResult(path, Outcome.FAILED, left=(Left(str(error), error.line),)), 0
    except RuleLeftError as left:
        return FileResult(path, Outcome.LEFT, left=(left.place,)), 0
    except UnicodeEncodeError as error:
        reason = f"{error.object[error.start : error.end]!r} of a replacement is not in the file's {error.encoding}"
        return FileResult(path, Outcome.LEFT, left=(Left(reason),)), 0
    if new != data:
        return FileResult(path, Outcome.CHANGED, new, left=done.left), done.places
    return FileResult(path, Outcome.LEFT if done.left else Outcome.UNCHANGED, left=done.left), 0


def _changed_text(path: str, data: bytes, file: RuleFile, language: str) -> tuple[FileResult, int]:
    new, places, left = data, 0, list[Left]()
    for rule in file.rules:
        result, changed = rewritten(path, new, compile_for(rule.pattern, rule.replace, language))
        if result.outcome is Outcome.FAILED:
            return result, 0
        new = result.new if result.new is not None else new
        places += changed
        left += result.left
    if new != data:
        return FileResult(path, Outcome.CHANGED, new, left=tuple(left)), places
    return FileResult(path, Outcome.LEFT if left else Outcome.UNCHANGED, left=tuple(left)), 0


def _dotted(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))


def _result(files: Sequence[FileResult], places: int) -> Result:
    changed = sum(file.outcome is Outcome.CHANGED for file in files)
    summary = f"changed {places} places in {changed} of {len(files)} files"
    return Result(tuple(files), summary, counts={"places changed": places})
