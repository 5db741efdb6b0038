"""The state at some line of the log, so that nobody reads an old log again. Only a short cut: the log is the truth."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

import msgspec
from msgspec.structs import replace

from lockboard.durable import write_whole
from lockboard.entries import to_json
from lockboard.errors import disk_error
from lockboard.model import Hold, Process, Run
from lockboard.paths import folded
from lockboard.state import Schedule, State

_TAIL = 256


class _Saved(msgspec.Struct):
    """What the file says, after its checksum."""

    seq: int
    offset: int
    tail: str
    runs: dict[str, Run]
    processes: dict[str, Process]
    holds: dict[str, dict[str, Hold]]


_SAVED = msgspec.json.Decoder(_Saved)


def load(board: Path, *, ignores_case: bool) -> tuple[State, int]:
    """Give the state of the snapshot, and where in the log to read on; an unusable one counts as none."""
    state = State(fold=folded if ignores_case else str)
    try:
        checksum, text = (board / "snapshot.json").read_bytes().split(b" ", 1)
        saved = _decode(text)
        fits = checksum.decode() == _checksum(text) and saved.tail == _tail(board, saved.offset)
    except (OSError, ValueError):
        return state, 0
    if not fits:
        return state, 0
    state.seq, state.runs, state.processes, state.holds = saved.seq, saved.runs, saved.processes, saved.holds
    state.schedules = {name: Schedule() for name in saved.runs}
    return state, saved.offset


def save(board: Path, state: State, offset: int) -> None:
    """Write the state at `offset` of the log, if no run is going. Only under the mutex; raises BoardError.

    `tail` shows later whether the log is still the one that it was made of: a power loss may take lines away.
    """
    if not all(run.state.ended for run in state.runs.values()):
        return
    runs = {name: replace(run, tasks={}) for name, run in state.runs.items()}
    text = to_json(_Saved(state.seq, offset, _tail(board, offset), runs, state.processes, state.holds)).decode() + "\n"
    try:
        write_whole(board / "snapshot.json", f"{_checksum(text.encode())} {text}")
    except OSError as error:
        raise disk_error(board / "snapshot.json", "write", error) from error


def _decode(text: bytes) -> _Saved:
    try:
        return _SAVED.decode(text)
    except msgspec.DecodeError:  # rare: a name that is no text
        return msgspec.convert(json.loads(text), _Saved)


def _tail(board: Path, offset: int) -> str:
    """Name the last bytes of the log before `offset`."""
    with (board / "log.jsonl").open("rb") as log:
        log.seek(max(0, offset - _TAIL))
        return _checksum(log.read(min(offset, _TAIL)))


def _checksum(data: bytes) -> str:
    return f"{zlib.crc32(data):08x}"
