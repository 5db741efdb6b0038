"""From what the model says at the end, and what it really changed, to the task's result."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import Factory, frozen

from parallel_refactor.engines.claude.calls import ToolError, text
from parallel_refactor.engines.claude.checks import find_damage
from parallel_refactor.engines.claude.drafts import Drafts
from parallel_refactor.engines.interface import FileResult, Left, Outcome, Result

_OUTCOMES = ("changed", "unchanged", "left")
_LONGEST = 500


@frozen
class Report:
    """What a model says of its files: outcome and reason of each, and of the task in one sentence."""

    summary: str = ""
    files: Mapping[str, tuple[str, str]] = Factory(dict)


def read_report(call: object, drafts: Drafts) -> Report:
    """Read the input of `done`; raises ToolError where it is none, or does not agree with what was changed."""
    listed = call.get("files") if isinstance(call, Mapping) else None
    if not isinstance(call, Mapping) or not isinstance(listed, list):
        raise ToolError("files must be a list of objects with path, outcome and reason.")
    files: dict[str, tuple[str, str]] = {}
    for entry in listed:
        if not isinstance(entry, Mapping):
            raise ToolError("Each of files must be an object with path, outcome and reason.")
        path, outcome = text(entry, "path").removeprefix("./"), text(entry, "outcome")
        if path not in drafts.paths:
            raise ToolError(f"{path} is not one of your files: {', '.join(drafts.paths)}.")
        if outcome not in _OUTCOMES:
            raise ToolError(f"outcome must be one of {', '.join(_OUTCOMES)}, not {outcome!r}.")
        files[path] = (outcome, text(entry, "reason", "")[:_LONGEST])
    changed = drafts.changed()
    if missing := [path for path in drafts.paths if path not in files and path not in changed]:
        raise ToolError(f"Say what became of {', '.join(missing)}.")
    if claimed := [path for path, (outcome, _) in files.items() if outcome == "changed" and path not in changed]:
        raise ToolError(f"You say that you changed {', '.join(claimed)}, and it is as it was.")
    if denied := [path for path, (outcome, _) in files.items() if outcome == "unchanged" and path in changed]:
        raise ToolError(f"You say that {', '.join(denied)} is unchanged, and you edited it.")
    return Report(text(call, "summary", "")[:_LONGEST], files)


def result_of(drafts: Drafts, report: Report) -> tuple[Result, str]:
    """Give the task's result as it stands, and what the model must mend first, "" for nothing.

    What was changed is what the drafts say, whatever the model says; but where it says that it leaves a file, its edits
    there are dropped. A changed file that does not parse has failed.
    """
    changed = drafts.changed()
    files, problems = [], []
    for path, before in drafts.originals.items():
        if path in drafts.left:
            file = FileResult(path, Outcome.LEFT, left=(Left(drafts.left[path]),))
        elif path not in changed or report.files.get(path, ("",))[0] == "left":
            file = _untouched(path, report)
        elif damage := find_damage(path, before, changed[path]):
            file = FileResult(path, Outcome.FAILED, left=(damage,))
            problems.append(f"{path}:{damage.line}: {damage.reason}" if damage.line else f"{path}: {damage.reason}")
        else:
            file = FileResult(path, Outcome.CHANGED, changed[path])
        files.append(file)
    return Result(tuple(files), report.summary), "\n".join(problems)


def _untouched(path: str, report: Report) -> FileResult:
    outcome, reason = report.files.get(path, ("left", ""))
    if outcome == "unchanged":
        return FileResult(path, Outcome.UNCHANGED)
    reason = reason.strip() or "the model ended without a change, and did not say why"
    return FileResult(path, Outcome.LEFT, left=(Left(reason),))
