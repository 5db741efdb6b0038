"""Plays a model that does what it is asked, and others that do not: the answer is a function of the request.

The instruction says what to do: "Replace `old` by `new`.", "Append `line`." (once), or as in `signatures`; and how the
model behaves: "[play: NAME]", of PLAYS, else it is competent; "[refuse: PATH]": not this file. "[propose: PATH: OLD ->
NEW]", as often as wanted, proposes that edit first; {name} is the name of the task's file. It also obeys its files: it
makes the calls that stand there after "MODEL: ", as JSON with name and input.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from tests.doubles.talk import Reply, Talk, calling, calls_of

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
    if talk.turn == 0 and (proposals := _proposals(talk)):
        return calling(*proposals, name="propose_edit")
    calls = [] if any(map(_is_edit, calls_of(talk))) else _edits(talk)
    return calling(*calls) if calls else finish(talk)


def finish(talk: Talk, outcome: str = "") -> Reply:
    """Hand in all files."""
    files = []
    for path in talk.paths:
        said = outcome or ("changed" if talk.changed(path) != talk.files.get(path, "") else "unchanged")
        files.append({"path": path, "outcome": said, "reason": f"as asked for: {said}"})
    return calling({"summary": "Done as asked for.", "files": files}, name="done")


def _is_edit(block: Mapping[str, Any]) -> bool:
    """Whether a call is one that a competent model makes: not a look, and not what breaks a file or mends that."""
    return block["input"].get("command") in ("str_replace", "create", "insert") and "broken(" not in str(block)


def _proposals(talk: Talk) -> list[dict[str, Any]]:
    """Give the edits that the instruction wants in files of others."""
    name = PurePosixPath(talk.paths[0]).stem
    found = re.findall(r"\[propose: ([^:\]]+): (.+?) -> (.+?)\]", talk.instruction)
    return [
        {
            "path": path,
            "old_str": old,
            "new_str": new.replace("{name}", name).replace("\\n", "\n"),
            "why": f"for {name}",
        }
        for path, old, new in found
    ]


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
    paths = [*talk.paths, *(call["input"]["path"] for call in calls_of(talk) if call["name"] == "ask_for_file")]
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
