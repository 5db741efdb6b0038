"""Plays a model that does what it is asked, and others that do not: the answer is a function of the request.

The instruction says what to do: "Replace `old` by `new`.", "Append `line`." (once), or as in `signatures`; and how the
model behaves: "[play: NAME]", of PLAYS, else it is competent; "[refuse: PATH]": not this file. It also obeys its files:
it makes the calls that stand there after "MODEL: ", as JSON with name and input.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from attrs import frozen

from tests.doubles.signatures import with_required_keywords

EDIT = "str_replace_based_edit_tool"


@frozen
class Reply:
    """What a model says. `cut`: so many characters of the last tool call's input arrive, and no more."""

    content: tuple[dict[str, Any], ...]
    stop_reason: str = "end_turn"
    cut: int | None = None


@frozen(slots=False)
class Talk:
    """A request, as a model reads it."""

    body: Mapping[str, Any]

    @cached_property
    def files(self) -> dict[str, str]:
        """The files that the model was shown, at the beginning or when it viewed them."""
        return _files(self.body["messages"])

    @property
    def instruction(self) -> str:
        """What the person wants: the end of the system prompt."""
        text = "".join(block["text"] for block in self.body["system"])
        return text.rpartition("request:")[2]

    @property
    def turn(self) -> int:
        """How many answers the model has given."""
        return sum(message["role"] == "assistant" for message in self.body["messages"])

    @property
    def paths(self) -> list[str]:
        """The model's files."""
        listed = str(self.body["messages"][0]["content"]).partition("\n\n")[0]
        return re.findall(r"^- (.+)$", listed, re.MULTILINE)

    def changed(self, path: str) -> str:
        """Give a file's text as it should become."""
        text = self.files.get(path, "")
        for old, new in re.findall(r"Replace `([^`]+)` by `([^`]*)`", self.instruction):
            text = text.replace(old, new)
        for line in re.findall(r"Append `([^`]+)`", self.instruction):
            text = text if line in text else f"{text}{line}\n"
        return with_required_keywords(text, self.instruction, str(self.body["messages"][0]["content"]))


Step = Callable[[Talk], Reply]


def play(body: Mapping[str, Any]) -> Reply:
    """Answer a request."""
    talk = Talk(body)
    if any(f"[refuse: {path}]" in talk.instruction for path in talk.paths):
        return Reply((), "refusal")
    named = re.search(r"\[play: ([\w-]+)\]", talk.instruction)
    steps = PLAYS[named[1]] if named else ()
    if talk.turn < len(steps):
        return steps[talk.turn](talk)
    if not all(path in talk.files for path in talk.paths):
        return _view(talk)
    if talk.turn == 0 and (hidden := re.findall(r"MODEL: (\{.+\})$", "\n".join(talk.files.values()), re.MULTILINE)):
        return Reply(tuple({"type": "tool_use", **json.loads(call)} for call in hidden), "tool_use")
    calls = [] if any(map(_is_edit, _calls(talk))) else _edits(talk)
    return calling(*calls) if calls else finish(talk)


def calling(*inputs: dict[str, Any], name: str = EDIT, stop_reason: str = "tool_use", cut: int | None = None) -> Reply:
    """Give an answer that calls a tool, once with each input."""
    blocks = tuple({"type": "tool_use", "name": name, "input": call} for call in inputs)
    return Reply(({"type": "text", "text": "I go on."}, *blocks), stop_reason, cut)


def finish(talk: Talk, outcome: str = "") -> Reply:
    """Hand in all files."""
    files = []
    for path in talk.paths:
        said = outcome or ("changed" if talk.changed(path) != talk.files.get(path, "") else "unchanged")
        files.append({"path": path, "outcome": said, "reason": f"as asked for: {said}"})
    return calling({"summary": "Done as asked for.", "files": files}, name="done")


def _files(messages: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    shown = dict(re.findall(r'^<file path="(.+?)">\n(.*?)\n</file>$', str(messages[0]["content"]), re.M | re.S))
    shown |= dict.fromkeys(re.findall(r"^(.+) does not exist yet\.$", str(messages[0]["content"]), re.M), "")
    viewed: dict[str, str] = {}
    for message in messages[1:]:
        for block in message["content"]:
            if block["type"] == "tool_use" and block["input"].get("command") == "view":
                viewed[block["id"]] = block["input"]["path"]
            elif block["type"] == "tool_result" and block["tool_use_id"] in viewed and not block.get("is_error"):
                shown.setdefault(viewed[block["tool_use_id"]], block["content"])
    return {path: _without_numbers(text) for path, text in shown.items()}


def _without_numbers(text: str) -> str:
    return "".join(f"{line.partition(chr(9))[2]}\n" for line in text.split("\n") if "\t" in line)


def _calls(talk: Talk) -> list[dict[str, Any]]:
    """Give the calls that were carried out."""
    blocks = [block for message in talk.body["messages"][1:] for block in message["content"]]
    failed = {block["tool_use_id"] for block in blocks if block.get("is_error")}
    return [block for block in blocks if block["type"] == "tool_use" and block["id"] not in failed]


def _is_edit(block: Mapping[str, Any]) -> bool:
    """Whether a call is one that a competent model makes: not a look, and not what breaks a file or mends that."""
    return block["input"].get("command") in ("str_replace", "create", "insert") and "broken(" not in str(block)


def _view(talk: Talk) -> Reply:
    return calling(*({"command": "view", "path": path} for path in talk.paths))


def _edits(talk: Talk) -> list[dict[str, Any]]:
    calls = []
    for path in talk.paths:
        before, after = talk.files[path].split("\n"), talk.changed(path).split("\n")
        text = talk.files[path]
        for number, (old, new) in enumerate(zip(before, after, strict=False)):
            if old != new and number < len(before) - 1:
                calls.append(_replacement(path, text, [*after[:number], *before[number:]], number, new))
                text = text.replace(calls[-1]["old_str"], calls[-1]["new_str"])
        if len(after) > len(before):
            lines = after[len(before) - 1 : -1]
            call = {"command": "insert", "path": path, "insert_line": len(before) - 1, "insert_text": "\n".join(lines)}
            calls.append(call)
    return calls


def _replacement(path: str, text: str, lines: list[str], number: int, new: str) -> dict[str, Any]:
    """Replace one line, with so many lines around it that the place is the only one."""
    for around in range(len(lines)):
        first, last = max(0, number - around), min(len(lines) - 1, number + around + 1)
        old = "".join(f"{line}\n" for line in lines[first:last])
        if len(re.findall(f"(?={re.escape(old)})", text)) == 1:
            wanted = [*lines[first:number], new, *lines[number + 1 : last]]
            return {
                "command": "str_replace",
                "path": path,
                "old_str": old,
                "new_str": "".join(f"{line}\n" for line in wanted),
            }
    raise AssertionError("a whole file is in itself once")


def _rewrite(talk: Talk) -> Reply:
    return calling(*({"command": "create", "path": path, "file_text": talk.changed(path)} for path in talk.paths))


def _drop(end: str) -> Step:
    def step(talk: Talk) -> Reply:
        path = talk.paths[0]
        lines = talk.changed(path).splitlines(keepends=True)
        return calling({"command": "create", "path": path, "file_text": "".join(lines[: len(lines) // 2]) + end})

    return step


def _break(talk: Talk) -> Reply:
    return calling({"command": "insert", "path": talk.paths[0], "insert_line": 0, "insert_text": "def broken(:"})


def _spoil(talk: Talk) -> Reply:
    """Add what parses, and a check may not like."""
    text = "def spoiled(): ...  # broken("
    return calling({"command": "insert", "path": talk.paths[0], "insert_line": 0, "insert_text": text})


def _cut(talk: Talk) -> Reply:
    """Be cut off within `new_str`: what is left would be a deletion."""
    path = talk.paths[0]
    line = talk.files[path].split("\n")[0]
    whole = {"command": "str_replace", "path": path, "old_str": line, "new_str": f"{line}  # and more"}
    return calling(whole, stop_reason="max_tokens", cut=len(json.dumps(whole)) - 5)


def _outside(talk: Talk) -> Reply:
    wanted = ("../outside.txt", "/etc/hostname", ".env", "notes.py", ".git/config")
    return calling(
        *({"command": "create", "path": path, "file_text": "owned\n"} for path in wanted),
        *({"command": "view", "path": path} for path in wanted if path != "notes.py"),
    )


def _malformed(talk: Talk) -> Reply:
    path = talk.paths[0]
    return calling(
        {"command": "fly", "path": path},
        {"path": path},
        {"command": "str_replace", "path": path, "old_str": 7},
        {"command": "view", "path": path, "view_range": "all"},
        {"command": "insert", "path": path, "insert_line": "1", "insert_text": "x"},
        {"command": "insert", "path": path, "insert_line": 10_000, "insert_text": "x"},
        {"command": "view", "path": path, "view_range": [5, 2]},
    )


def _replacing(old: str, new: str) -> Step:
    return lambda talk: calling({"command": "str_replace", "path": talk.paths[0], "old_str": old, "new_str": new})


def _crowded(talk: Talk) -> Reply:
    """Have no room for more than one file."""
    many = len(talk.paths) > 1
    return _say("", "model_context_window_exceeded")(talk) if many else calling(*_edits(talk))


def _blank(talk: Talk) -> Reply:
    reply = _view(talk)
    thought = {"type": "thinking", "thinking": "hm", "signature": ""}
    return Reply((thought, {"type": "text", "text": ""}, *reply.content[1:]), reply.stop_reason)


def _pause(talk: Talk) -> Reply:
    return Reply(({"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {}},), "pause_turn")


def _say(text: str, stop_reason: str = "end_turn") -> Step:
    return lambda _talk: Reply(({"type": "text", "text": text},) if text else (), stop_reason)


def _ask_for(talk: Talk) -> Reply:
    """Ask for the files that the instruction names in [more: a b]."""
    named = "".join(re.findall(r"\[more: ([^\]]+)\]", talk.instruction))
    return calling(*({"path": path} for path in named.split()), name="ask_for_file")


def _use_what_was_granted(talk: Talk) -> Reply:
    """Append a line to each file that was granted, or make it; then hand in all files."""
    results = [block for block in talk.body["messages"][-1]["content"] if block["type"] == "tool_result"]
    paths = [str(block["content"]).split()[0] for block in results if not block.get("is_error")]
    return calling(*({"command": "create", "path": path, "file_text": "made = 1\n"} for path in paths))


def _hand_in_all(talk: Talk) -> Reply:
    paths = [*talk.paths, *(call["input"]["path"] for call in _calls(talk) if call["name"] == "ask_for_file")]
    return calling({"summary": "", "files": [{"path": path, "outcome": "changed"} for path in paths]}, name="done")


_FOR_EVER = 100

PLAYS: dict[str, Sequence[Step]] = {
    "nothing": (_say("I think that all is well."),) * _FOR_EVER,
    "silent": (_say(""),) * _FOR_EVER,
    "forgetful": (_rewrite, *(_say("All done."),) * _FOR_EVER),
    "unchanged": (lambda talk: finish(talk, "unchanged"),),
    "left": (lambda talk: finish(talk, "left"),),
    "half": (_rewrite, lambda talk: finish(talk, "left")),
    "deny": (_rewrite, lambda talk: finish(talk, "unchanged")),
    "blank": (_blank,),
    "lie": (lambda talk: finish(talk, "changed"),) * _FOR_EVER,
    "rewrite": (_rewrite,),
    "drop": (_drop("\n# ... rest of the file unchanged ...\n"),),
    "drop-silently": (_drop(""),),
    "break-once": (_break, lambda talk: finish(talk, "changed"), _replacing("def broken(:\n", "")),
    "break-always": (_break, *(lambda talk: finish(talk, "changed"),) * _FOR_EVER),
    "spoil-once": (_spoil, lambda talk: finish(talk, "changed"), _replacing("def spoiled(): ...  # broken(\n", "")),
    "insist": (_rewrite, *(lambda talk: finish(talk, "changed"),) * _FOR_EVER),
    "refuse": (_say("", "refusal"),),
    "crowded": (_crowded,),
    "overflow": (_say("", "model_context_window_exceeded"),),
    "cut": (_cut,),
    "cut-always": (_cut,) * _FOR_EVER,
    "pause": (_pause,),
    "outside": (_outside,),
    "malformed": (_malformed, lambda _: calling({}, name="shell"), lambda _: calling({"files": 3}, name="done")),
    "more": (_rewrite, _ask_for, _use_what_was_granted, _hand_in_all),
    "stubborn": (_replacing("never there", "x"),) * _FOR_EVER,
    "thorough": (_view,) * 4,
    "look": (
        lambda _: calling({"path": "notes.py", "view_range": [2, 3]}, name="read_file"),
        lambda _: calling({"text": "needle"}, name="search"),
        lambda _: calling({"text": "needle", "path": "pkg"}, name="search"),
    ),
}
"""Behaviours: the first answers; afterwards the model is competent."""
