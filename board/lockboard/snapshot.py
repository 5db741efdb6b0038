"""The state at some line of the log, so that nobody reads an old log again. Only a short cut: the log is the truth."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

from attrs import evolve

from lockboard.durable import write_whole
from lockboard.entries import UNREADABLE, converter
from lockboard.errors import disk_error
from lockboard.model import Hold, Process, Run
from lockboard.paths import folded
from lockboard.state import Schedule, State

_TAIL = 256


def load(board: Path, *, ignores_case: bool) -> tuple[State, int]:
    """Give the state of the snapshot, and where in the log to read on; an unusable one counts as none."""
    state = State(fold=folded if ignores_case else str)
    try:
        checksum, text = (board / "snapshot.json").read_text(encoding="utf-8").split(" ", 1)
        data: dict[str, Any] = json.loads(text)
        offset, seq = int(data["offset"]), int(data["seq"])
        runs = converter.structure(data["runs"], dict[str, Run])
        processes = converter.structure(data["processes"], dict[str, Process])
        holds = converter.structure(data["holds"], dict[str, dict[str, Hold]])
        left_behind = converter.structure(data["left_behind"], dict[str, dict[str, str]])
        fits = checksum == _checksum(text.encode()) and data["tail"] == _tail(board, offset)
    except (OSError, *UNREADABLE):
        return state, 0
    if not fits:
        return state, 0
    state.seq, state.runs, state.processes, state.holds = seq, runs, processes, holds
    state.left_behind = left_behind
    state.schedules = {name: Schedule() for name in runs}
    return state, offset


def save(board: Path, state: State, offset: int) -> None:
    """Write the state at `offset` of the log, if no run is going. Only under the mutex; raises BoardError.

    `tail` shows later whether the log is still the one that it was made of: a power loss may take lines away.
    """
    if not all(run.state.ended for run in state.runs.values()):
        return
    data = {
        "seq": state.seq,
        "offset": offset,
        "tail": _tail(board, offset),
        "runs": converter.unstructure({name: evolve(run, tasks={}) for name, run in state.runs.items()}),
        "processes": converter.unstructure(state.processes),
        "holds": converter.unstructure(state.holds),
        "left_behind": state.left_behind,
    }
    text = json.dumps(data) + "\n"
    try:
        write_whole(board / "snapshot.json", f"{_checksum(text.encode())} {text}")
    except OSError as error:
        raise disk_error(board / "snapshot.json", "write", error) from error


def _tail(board: Path, offset: int) -> str:
    """Name the last bytes of the log before `offset`."""
    with (board / "log.jsonl").open("rb") as log:
        log.seek(max(0, offset - _TAIL))
        return _checksum(log.read(min(offset, _TAIL)))


def _checksum(data: bytes) -> str:
    return f"{zlib.crc32(data):08x}"
