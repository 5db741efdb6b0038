"""How a model answers that is asked which files need the change: the instruction says it.

"[needs: a.py b.py]" names the files, and what else is to be named; without it all candidates are. "[choose: NAME]" is
how it behaves, of CHOICES.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tests.doubles.player import Step
from tests.doubles.talk import Reply, Talk, calling


def choose(talk: Talk) -> Reply | None:
    """Answer the question; None for a request that is another one."""
    asked = str(talk.body["messages"][0]["content"])
    if "<candidates>" not in asked:
        return None
    named = re.search(r"\[choose: ([\w-]+)\]", talk.instruction)
    return (CHOICES[named[1]] if named else _name)(talk)


def candidates(talk: Talk) -> list[str]:
    """Give the files that the question is about."""
    listed = str(talk.body["messages"][0]["content"]).partition("<candidates>\n")[2].partition("\n</candidates>")[0]
    return [line.rpartition(" bytes")[0].rpartition(", ")[0] for line in listed.split("\n")]


def _answer(files: Any) -> Reply:  # noqa: ANN401  also what is no list of files
    return calling({"summary": "", "files": files}, name="done")


def _name(talk: Talk) -> Reply:
    needs = re.search(r"\[needs:([^\]]*)\]", talk.instruction)
    paths = needs[1].split() if needs else candidates(talk)
    return _answer([{"path": path, "outcome": "changed", "reason": f"it uses what {path} uses"} for path in paths])


def _later(reply: Callable[[Talk], Reply]) -> Step:
    """Answer in this way first, and as asked for when it is asked again."""
    return lambda talk: reply(talk) if talk.turn == 0 else _name(talk)


_MALFORMED = ("all", ["a.py"], [{"path": "a.py", "outcome": "yes"}])

CHOICES: dict[str, Step] = {
    "malformed": lambda talk: _answer(_MALFORMED[talk.turn]),
    "malformed-once": _later(lambda _talk: _answer("all")),
    "curious": _later(lambda _talk: calling({"path": "notes.py"}, name="read_file")),
    "talkative": _later(lambda _talk: Reply(({"type": "text", "text": "All of them."},))),
    "silent": lambda _talk: Reply(()),
    "refuse": lambda _talk: Reply((), "refusal"),
    "overflow": lambda _talk: Reply((), "model_context_window_exceeded"),
    "cut": lambda talk: calling({"files": candidates(talk)}, name="done", stop_reason="max_tokens", cut=20),
}
"""Behaviours."""
