"""The question that a model may be asked before a run, which files need the change: what is sent, and the answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import frozen

from parallel_refactor.engines.claude.calls import ToolError, text
from parallel_refactor.engines.claude.secrets import has_secret_name
from parallel_refactor.engines.claude.shared import LEAST_NAMES, names_in, public_names
from parallel_refactor.engines.claude.tools import DONE
from parallel_refactor.engines.interface import EngineError, Reader

_MOST_LISTED = 400_000  # characters: with what all requests share it is half of what models have room for
_MOST_NAMES = 60_000
_LONGEST = 300
_NEEDING = ("changed", "left")
_QUESTION = f"""\
No worker has begun yet, and you have no files of your own. First say which of the files below need the change: only \
they are given to workers, so name each in which something may have to change, and leave out all others.

Call {DONE} now, with those files and no other, each with the outcome `changed` and, in a few words, what has to \
change there. Do not call anything else.
"""


@frozen
class Question:
    """What is asked: about which files, and as whose request."""

    instructions: str
    context: str
    files: frozenset[str]
    listed: str

    def message(self) -> str:
        """Give it in words; what all requests of a run share comes before it."""
        return f"{_QUESTION}\n<candidates>\n{self.listed}\n</candidates>"


@frozen
class Answer:
    """The files that need the change, with what the model says of them, and the names that it made up."""

    files: Mapping[str, str]
    unknown: tuple[str, ...] = ()


def make_question(
    instructions: str, context: str, sizes: Mapping[str, int], reader: Reader, denied: Callable[[str], bool]
) -> Question:
    """Ask about files of so many bytes, without those that no model may see; raises EngineError for too many."""
    files = sorted(path for path in sizes if not (denied(path) or has_secret_name(path)))
    lines = {path: f"{path}, {sizes[path]:,} bytes" for path in files}
    if sum(len(line) + 1 for line in lines.values()) > _MOST_LISTED:
        raise EngineError(
            f"{len(files):,} files are too many to ask a model about at once: name a folder, or --include"
        )
    each = _MOST_NAMES // max(1, len(files))
    if each >= LEAST_NAMES:
        lines = {path: line + names_in(public_names(reader, denied, path), each) for path, line in lines.items()}
    return Question(instructions, context, frozenset(files), "\n".join(lines.values()))


def read_answer(call: object, candidates: frozenset[str]) -> Answer:
    """Read the input of `done` as an answer; raises ToolError where it is none."""
    listed = call.get("files") if isinstance(call, Mapping) else None
    if not isinstance(listed, list):
        raise ToolError("files must be a list of objects with path, outcome and reason.")
    named: dict[str, str] = {}
    for entry in listed:
        if not isinstance(entry, Mapping):
            raise ToolError("Each of files must be an object with path, outcome and reason.")
        if _needs_change(entry):
            named[text(entry, "path").removeprefix("./")] = text(entry, "reason", "")[:_LONGEST]
    files = {path: reason for path, reason in named.items() if path in candidates}
    return Answer(files, tuple(path[:_LONGEST] for path in named if path not in candidates))


def _needs_change(entry: Mapping[str, Any]) -> bool:
    outcome = text(entry, "outcome", "changed")
    if outcome not in (*_NEEDING, "unchanged"):
        raise ToolError(f"outcome must be `changed`, not {outcome!r}.")
    return outcome in _NEEDING
