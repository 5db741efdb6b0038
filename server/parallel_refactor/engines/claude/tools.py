"""The tools that the model has: no shell, no network, no file that is not its own to write."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final

from parallel_refactor.engines.claude.calls import ToolError, lines_asked_for, number, text
from parallel_refactor.engines.claude.drafts import Drafts
from parallel_refactor.engines.claude.looking import Looking
from parallel_refactor.engines.claude.proposing import Proposing
from parallel_refactor.engines.interface import EngineError, NotGrantedError

EDIT: Final = "str_replace_based_edit_tool"
DONE: Final = "done"

_PATH = {"type": "string", "description": "a path relative to the workspace, such as pkg/module.py"}

TOOLS: tuple[dict[str, Any], ...] = (
    {"type": "text_editor_20250728", "name": EDIT},
    {
        "name": "read_file",
        "description": "Read a file of the workspace that is not yours to edit. Gives numbered lines.",
        "input_schema": {
            "type": "object",
            "properties": {
                "path": _PATH,
                "view_range": {
                    "type": "array",
                    "items": {"type": "integer"},
                    "description": "the first line and the last, from 1; -1 for the end. All lines without it",
                },
            },
            "required": ["path"],
        },
    },
    {
        "name": "search",
        "description": "List the lines of the workspace's files that contain a text, as path:line: text.",
        "input_schema": {
            "type": "object",
            "properties": {
                "text": {"type": "string", "description": "a part of one line, taken literally"},
                "path": {"type": "string", "description": "only below this folder, or in this file"},
            },
            "required": ["text"],
        },
    },
    {
        "name": "ask_for_file",
        "description": "Ask for one more file that your change needs, also for a new one. You get it at once, or not.",
        "input_schema": {"type": "object", "properties": {"path": _PATH}, "required": ["path"]},
    },
    {
        "name": "propose_edit",
        "description": (
            "Propose an edit in a file that is not yours and that others may want to edit too, such as a package's "
            "__init__.py, a registry or a list of dependencies. It is made when all other work is done."
        ),
        "input_schema": {
            "type": "object",
            "properties": {
                "path": _PATH,
                "old_str": {"type": "string", "description": "the text to replace, which is in the file exactly once"},
                "new_str": {"type": "string", "description": "what takes its place"},
                "why": {"type": "string", "description": "what for, in a few words"},
            },
            "required": ["path", "old_str", "new_str", "why"],
        },
    },
    {
        "name": DONE,
        "description": "Hand in your files. Call it once, at the end, with every one of your files.",
        "input_schema": {
            "type": "object",
            "properties": {
                "summary": {"type": "string", "description": "what you did, in one sentence"},
                "files": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {
                            "path": _PATH,
                            "outcome": {
                                "type": "string",
                                "enum": ["changed", "unchanged", "left"],
                                "description": "unchanged: nothing to do there. left: it should change and does not",
                            },
                            "reason": {"type": "string", "description": "what changed, or why it did not"},
                        },
                        "required": ["path", "outcome", "reason"],
                    },
                },
            },
            "required": ["summary", "files"],
        },
    },
)
"""What every request offers, always in the same words."""

_SAME_FAILURES = 3
_MOST_MORE = 10


class Toolbox:
    """Carries out all calls but `done`, and ends a task whose model makes the same failing call again and again.

    `proposing` has what the model proposes for files that are not its own.
    """

    def __init__(self, drafts: Drafts, looking: Looking, ask_for: Callable[[str], bytes | None]) -> None:
        self._drafts = drafts
        self._looking = looking
        self.proposing = Proposing(drafts, looking)
        self._ask_for = ask_for
        self._more = 0
        self._failures: Counter[str] = Counter()
        self._tools: dict[str, Callable[[Mapping[str, Any]], str]] = {
            EDIT: self._edit,
            "read_file": lambda call: looking.read(text(call, "path"), *lines_asked_for(call)),
            "search": lambda call: looking.search(text(call, "text"), text(call, "path", "")),
            "ask_for_file": lambda call: self._take_in(text(call, "path").removeprefix("./")),
            "propose_edit": lambda call: self.proposing.propose(
                text(call, "path").removeprefix("./"),
                text(call, "old_str"),
                text(call, "new_str"),
                text(call, "why", ""),
            ),
        }

    def use(self, name: str, call: object) -> str:
        """Carry out a call and give its result; raises ToolError, and EngineError at the third same failure."""
        try:
            return self._carry_out(name, call)
        except ToolError as error:
            self.failed(name, call, str(error))
            raise

    def failed(self, name: str, call: object, reason: str) -> None:
        """Take note of a call that failed; raises EngineError where it failed so often that it always will."""
        key = f"{name} {json.dumps(call, sort_keys=True, default=str)}"
        self._failures[key] += 1
        if self._failures[key] >= _SAME_FAILURES:
            raise EngineError(f"the model made the same failing call {_SAME_FAILURES} times ({name}): {reason}")

    def _carry_out(self, name: str, call: object) -> str:
        if name not in self._tools:
            raise ToolError(f"There is no tool {name!r}. There are: {', '.join((*self._tools, DONE))}.")
        if not isinstance(call, Mapping):
            raise ToolError("The input must be an object.")
        return self._tools[name](call)

    def _edit(self, call: Mapping[str, Any]) -> str:
        command, path = text(call, "command"), text(call, "path")
        if command == "view":
            return self._view(path, call)
        if command == "create":
            return self._drafts.create(path, text(call, "file_text"))
        if command == "str_replace":
            return self._drafts.str_replace(path, text(call, "old_str"), text(call, "new_str"))
        if command == "insert":
            return self._drafts.insert(path, number(call, "insert_line"), text(call, "insert_text"))
        raise ToolError(f"There is no command {command!r}. There are: view, create, str_replace, insert.")

    def _take_in(self, path: str) -> str:
        if path in self._drafts.paths:
            raise ToolError(f"{path} is yours already.")
        if path in self.proposing.paths:
            raise ToolError(f"You have proposed an edit in {path}: propose the others too.")
        if self._more >= _MOST_MORE:
            raise ToolError(f"You have {_MOST_MORE} more files already: do without {path}.")
        self._looking.require_open(path)
        try:
            data = self._ask_for(path)
        except NotGrantedError as error:
            raise ToolError(f"You do not get {path}: {error}. Do without it, or say in done what is left.") from None
        self._more += 1
        self._drafts.add(path, data)
        shown = "It does not exist yet: create it." if data is None else self._drafts.view(path, 1, -1)
        return f"{path} is yours now; hand it in with the others.\n{shown}"

    def _view(self, path: str, call: Mapping[str, Any]) -> str:
        return self._looking.read(path, *lines_asked_for(call))
