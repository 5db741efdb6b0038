"""Rename a function, class, variable or method wherever the workspace uses it."""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal

from parallel_refactor.engines.interface import (
    EngineError,
    FileResult,
    Job,
    Left,
    Reader,
    Result,
    Stop,
    StoppedError,
)
from parallel_refactor.engines.recipes.modernise_check import undefined_names
from parallel_refactor.engines.recipes.planned_edits import FilePlan, carry_out, digest
from parallel_refactor.engines.recipes.python_classes import Classes
from parallel_refactor.engines.recipes.python_source import PythonSource, PythonSourceError, compile_problem
from parallel_refactor.engines.recipes.python_workspace import Workspace
from parallel_refactor.engines.recipes.recipe import Option
from parallel_refactor.engines.recipes.rename_clashes import mentions_in_words, refuse_clashes
from parallel_refactor.engines.recipes.rename_edits import Found, Renamer
from parallel_refactor.engines.recipes.rename_target import Meaning, find_target


class Rename:
    """The recipe `rename`: all uses that surely are of it change together; all that mention the name else are told."""

    name = "rename"
    title = "Rename a symbol"
    description = "Give a function, class, variable or method another name wherever it is used."
    version = 1
    suffixes = (".py", ".pyi")
    order: Literal["needs"] = "needs"
    tools: tuple[str, ...] = ()
    options = (
        Option("old", "what to rename, as package.module.function or package.module.Class.method", required=True),
        Option("new", "its new name alone", required=True),
    )

    def prepare(self, options: Mapping[str, Any], paths: Sequence[str], reader: Reader) -> Mapping[str, Any]:
        """Plan as for a run that visits all files; raises EngineError."""
        return self.prepare_run(options, paths, paths, reader)

    def prepare_run(
        self, options: Mapping[str, Any], paths: Sequence[str], visited: Collection[str], reader: Reader
    ) -> Mapping[str, Any]:
        """Find all uses; raises EngineError where the new name is taken, or where a file is not in the run."""
        old, new = (str(options.get(name, "")).strip() for name in ("old", "new"))
        if not new.isidentifier() or keyword.iskeyword(new):
            raise EngineError(f"option new: {new!r} is not a name")
        values = Classes(Workspace(paths, reader))
        target = find_target(values, old)
        if new == target.name:
            raise EngineError(f"{old} is called {new} already")
        meaning = Meaning(values, target)
        found = Renamer(meaning, new).look()
        refuse_clashes(meaning, new, found)
        if outside := sorted(set(found.edits) - set(visited)):
            raise EngineError(f"{outside[0]} uses it too, and is not in the run")
        _tell(meaning, found)
        plans = [_plan(path, values.workspace, found) for path in sorted({*found.edits, *found.left} & {*visited})]
        return {**options, "plans": plans, "target": target.path}

    def joints(self, options: Mapping[str, Any]) -> Sequence[tuple[str, str]]:
        """Give the pairs of files that land together: each user and the file that has it."""
        plans = map(FilePlan.load, options["plans"])
        return [(plan.path, options["target"]) for plan in plans if plan.edits and plan.path != options["target"]]

    def apply(self, job: Job, reader: Reader, stop: Stop) -> Result:  # noqa: ARG002
        """Change the job's files as planned; raises EngineError without a plan, StoppedError (with nothing)."""
        if "plans" not in job.options:
            raise EngineError("recipe rename: its options are not prepared")
        plans = {plan.path: plan for plan in map(FilePlan.load, job.options["plans"])}
        files: list[FileResult] = []
        for path, data in job.files.items():
            if stop():
                raise StoppedError(Result(()))
            files.append(carry_out(plans.get(path), path, data or b""))
        places = sum(len(plans[path].edits) for path in job.files if path in plans)
        return Result(tuple(files), f"renamed {places} places", {"places renamed": places})

    def check(self, before: bytes, after: FileResult, options: Mapping[str, Any]) -> str:
        """Tell where a file differs in more than the name, or uses names that are not there; or ""."""
        old, new = str(options["old"]).rpartition(".")[2], str(options["new"]).strip()
        word = re.compile(rf"\b{re.escape(old)}\b")
        try:
            was, now = PythonSource.read(before), PythonSource.read(after.new or b"")
            if word.sub(new, was.data.decode()) != word.sub(new, now.data.decode()):
                return f"the result differs in more than {old} and {new}"
            problem = compile_problem(now.tree)
            if problem:
                return "" if compile_problem(was.tree) else problem
            undefined = undefined_names(now) - {new if name == old else name for name in undefined_names(was)}
        except (PythonSourceError, SyntaxError) as error:
            return f"the result does not parse: {error}"
        return f"the result uses undefined names: {', '.join(sorted(undefined))}" if undefined else ""


def _tell(meaning: Meaning, found: Found) -> None:
    """Add what is left to what is found."""
    for path, left in mentions_in_words(meaning, found):
        found.left[path].add(left)
    owner = meaning.target.methods[0].owner if meaning.target.methods else None
    if owner is not None and (base := meaning.values.strange_base(owner)):
        reason = (
            f"`{base}` is not of this workspace: if it has a `{meaning.target.name}`, nothing overrides it any more"
        )
        found.left[owner.path].add(Left(reason, owner.node.lineno))


def _plan(path: str, workspace: Workspace, found: Found) -> str:
    edits = tuple(sorted(found.edits.get(path, ()), key=lambda edit: edit.start))
    left = tuple(sorted(found.left.get(path, ()), key=lambda one: (one.line, one.reason)))
    return FilePlan(path, digest(workspace.text(path)), edits, left).dump()
