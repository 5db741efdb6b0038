"""What processes saw of a board, kept outside of it, and whether all of that can be true together.

Each process appends to a diary of its own what it did and what it was told, with the time of the system's monotonic
clock, which all processes of a machine share. `violations` reads the diaries of all and knows nothing of the log.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import Any

from attrs import frozen

Owner = tuple[str, int]
"""A run and a token: one claim."""


class What(StrEnum):
    """What a process writes into its diary, at `at` or, for what takes time, between `since` and `at`.

    `planned`: a task with its files, in a group or none. `claimed`: this process got the task. `owns`: it looked, and
    the claim was still its own at `since`. `accepted`, `given-up`, `refused`: what became of handing the task in, or of
    releasing it. `departed`: this process declared another (`other`) dead, or too long without a sign of life.
    `landed`: the task's files came in under this token. `ended`: these files of a task will not be changed. `quiet`:
    nothing of a group was landing, and `files` had the run's mark. `held`: a person had the file all the time, with one
    text at the beginning (`text`) and another at the end (`later`). `typing`: a person saves a line; `typed`: it is
    saved. `found`: in the end the file has these lines more than in the beginning, with a newline between them.
    """

    PLANNED = "planned"
    CLAIMED = "claimed"
    OWNS = "owns"
    ACCEPTED = "accepted"
    GIVEN_UP = "given-up"
    REFUSED = "refused"
    DEPARTED = "departed"
    LANDED = "landed"
    ENDED = "ended"
    QUIET = "quiet"
    HELD = "held"
    TYPING = "typing"
    TYPED = "typed"
    FOUND = "found"


@frozen
class Event:
    """One line of a diary. Times are nanoseconds."""

    who: str
    what: What
    at: int
    since: int = 0
    run: str = ""
    task: str = ""
    token: int = 0
    files: tuple[str, ...] = ()
    group: str = ""
    other: str = ""
    text: str = ""
    later: str = ""

    @property
    def owner(self) -> Owner:
        """The claim that this is about."""
        return self.run, self.token


class Diary:
    """One process's own file. What is written stays when the process is killed the next moment."""

    def __init__(self, folder: Path, who: str) -> None:
        self.who = who
        self._fd = os.open(folder / f"{who}.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def write(self, what: What, *, since: int = 0, **facts: str | int | tuple[str, ...]) -> None:
        """Note something that is so now, or was so at some time between `since` and now."""
        line = {"who": self.who, "what": what, "at": time.monotonic_ns(), "since": since, **facts}
        os.write(self._fd, json.dumps(line).encode() + b"\n")


def read(folder: Path) -> list[Event]:
    """Read the diaries of all processes, in the order of time."""
    lines = [line for diary in folder.glob("*.jsonl") for line in diary.read_text().split("\n") if line]
    events = [_event(json.loads(line)) for line in lines]
    return sorted(events, key=lambda event: event.at)


def violations(events: Sequence[Event]) -> list[str]:
    """Say in words what of a history must not be."""
    checks = (_two_owners, _tokens, _after_departure, _final, _refused, _held, _groups, _lines)
    return list(chain.from_iterable(check(events) for check in checks))


def mark(run: str, token: int) -> str:
    """Give the line that a claim's result has in each of its files."""
    return f"{run} {token}"


def _event(line: dict[str, Any]) -> Event:
    return Event(**line | {"what": What(line["what"]), "files": tuple(line.get("files", ()))})


def _of(events: Sequence[Event], *wanted: What) -> list[Event]:
    return [event for event in events if event.what in wanted]


# ---- the checks


def _two_owners(events: Sequence[Event]) -> Iterator[str]:
    """Find claims on one file that both were current for certain: from the answer to the last sure sign."""
    last: dict[Owner, int] = {}
    for event in _of(events, What.OWNS, What.ACCEPTED, What.GIVEN_UP, What.LANDED):
        last[event.owner] = max(last.get(event.owner, 0), event.since)
    units = _unit_files(events)
    spans = defaultdict(list)
    for claim in _of(events, What.CLAIMED):
        for path in {*claim.files, *units[claim.run, claim.group]}:
            if last.get(claim.owner, 0) > claim.at:
                spans[path].append(claim)
    for path, claims in spans.items():
        for number, first in enumerate(claims):
            for second in claims[number + 1 :]:  # in the order of time
                if second.at >= last[first.owner]:
                    continue
                together = first.group and (first.run, first.group) == (second.run, second.group)
                if not together or first.task == second.task:
                    yield f"{path} had two owners: {first.who} (token {first.token}), {second.who} ({second.token})"


def _tokens(events: Sequence[Event]) -> Iterator[str]:
    """Find tokens that were given twice, or that are not larger than one that somebody had before."""
    claims = _of(events, What.CLAIMED)
    for owner, count in Counter(claim.owner for claim in claims).items():
        if count > 1:
            yield f"token {owner[1]} was given {count} times"
    had, answered = 0, iter(claims)
    earlier = next(answered, None)
    for claim in sorted(claims, key=lambda claim: claim.since):
        while earlier and earlier.at < claim.since:
            had, earlier = max(had, earlier.token), next(answered, None)
        if claim.token < had:
            yield f"token {claim.token} of {claim.who} was given after token {had}"


def _after_departure(events: Sequence[Event]) -> Iterator[str]:
    """Find what processes were allowed to do after somebody had declared them dead."""
    departed = {event.other: event.at for event in reversed(_of(events, What.DEPARTED))}
    for event in _of(events, What.CLAIMED, What.ACCEPTED, What.GIVEN_UP):
        if event.since > departed.get(event.who, event.since):
            yield f"{event.who} {event.what} task {event.task} of {event.run} after it was declared dead"


def _final(events: Sequence[Event]) -> Iterator[str]:
    """Find tasks that landed twice, or were claimed or landed after they had ended."""
    ends: dict[tuple[str, str], int] = {}
    for event in events:
        task = event.run, event.task
        if event.what in (What.CLAIMED, What.LANDED) and event.since > ends.get(task, event.since):
            yield f"task {event.task} of {event.run} was {event.what} after it had ended"
        if event.what in (What.LANDED, What.ENDED):
            ends.setdefault(task, event.at)
    for (run, name), count in Counter((event.run, event.task) for event in _of(events, What.LANDED)).items():
        if count > 1:
            yield f"task {name} of {run} landed {count} times"


def _refused(events: Sequence[Event]) -> Iterator[str]:
    """Find what landed although its claim had come to nothing."""
    void = {event.owner: event for event in _of(events, What.REFUSED, What.GIVEN_UP)}
    for event in _of(events, What.LANDED):
        if event.owner in void:
            yield f"task {event.task} of {event.run} landed with token {event.token}: {void[event.owner].what} before"


def _held(events: Sequence[Event]) -> Iterator[str]:
    """Find files that changed, or were claimed, while a person had them."""
    claims = _of(events, What.CLAIMED)
    for hold in _of(events, What.HELD):
        [path] = hold.files
        if hold.text != hold.later:
            yield f"{path} was changed while {hold.who} held it"
        for claim in claims:
            if path in claim.files and hold.since < claim.since and claim.at < hold.at:
                yield f"{path} was claimed by {claim.who} while {hold.who} held it"


def _groups(events: Sequence[Event]) -> Iterator[str]:
    """Find groups that were in the workspace in part while nothing of them was landing."""
    units = _unit_files(events)
    for event in _of(events, What.QUIET):
        missing = units[event.run, event.group] - set(event.files)
        if event.files and missing:
            yield f"group {event.group} of {event.run} was in without {', '.join(sorted(missing))}"


def _lines(events: Sequence[Event]) -> Iterator[str]:
    """Find changes and people's lines that are lost, that are there twice, or that nobody may have made."""
    found = {event.files[0]: Counter(event.text.split("\n") if event.text else ()) for event in _of(events, What.FOUND)}
    wanted: dict[tuple[str, str], int] = {}
    for event in _of(events, What.PLANNED, What.ENDED):
        wanted |= dict.fromkeys(((path, event.run) for path in event.files), int(event.what is What.PLANNED))
    typed = {(event.files[0], event.text) for event in _of(events, What.TYPED)}
    for event in _of(events, What.TYPING):
        count = found[event.files[0]].pop(event.text, 0)
        if count > 1 or count < ((event.files[0], event.text) in typed):
            yield f"{event.files[0]} has {event.text!r} {count} times"
    void = {mark(*event.owner) for event in _of(events, What.REFUSED, What.GIVEN_UP)}
    for path, lines in found.items():
        runs = Counter(line.split(" ")[0] for line in lines.elements())
        for run in {run for file, run in wanted if file == path} | runs.keys():
            if runs[run] != wanted.get((path, run), 0):
                yield f"{path} was changed {runs[run]} times by {run}, not {wanted.get((path, run), 0)} times"
        for line in lines.keys() & void:
            yield f"{path} has {line!r}, which was not accepted"


def _unit_files(events: Sequence[Event]) -> dict[tuple[str, str], set[str]]:
    """Give the files of each group."""
    units = defaultdict[tuple[str, str], set[str]](set)
    for event in _of(events, What.PLANNED):
        if event.group:
            units[event.run, event.group] |= set(event.files)
    return units
