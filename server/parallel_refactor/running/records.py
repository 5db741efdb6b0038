"""A task's transcript: one file of JSON lines for each claim of it, written while its engine works."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import frozen

from lockboard.board import Board
from lockboard.errors import DamagedBoardError, disk_error
from lockboard.model import Claim
from parallel_refactor.engines.claude.secrets import masked
from parallel_refactor.engines.interface import Engine, Job, Reader, Result, Stop, StoppedError
from parallel_refactor.running.chosen import PLAN

_NAME = re.compile(r"(.+)\.(\d+)\.jsonl")


class FileRecord:
    """Writes a transcript, each line at once and whole. Raises OSError where the disk does not take it.

    Secrets are masked in every text, and nothing is written before there is something to say.
    """

    def __init__(self, board: Board, run: str, task: str, token: int, worker: str) -> None:
        self._file = _folder(board, run) / f"{task}.{token}.jsonl"
        self._first = {"run": run, "task": task, "token": token, "worker": worker}
        self._begun = False

    def add(self, kind: str, **facts: Any) -> None:
        """Write a line."""
        if not self._begun:
            self._begun = True
            self._file.parent.mkdir(exist_ok=True)
            self._write({"kind": "claim", **self._first})
        self._write({"kind": kind, **facts})

    def _write(self, facts: Mapping[str, Any]) -> None:
        line = json.dumps({"at": round(time.time(), 3), **_masked(facts)}, ensure_ascii=False) + "\n"
        with self._file.open("ab") as file:
            file.write(line.encode("utf-8", "surrogatepass"))


def claim_record(board: Board, claim: Claim, worker: str) -> FileRecord:
    """Give the transcript of one claim."""
    return FileRecord(board, claim.run, claim.task.id, claim.token, worker)


def plan_record(board: Board, run: str) -> FileRecord:
    """Give the transcript of the question which files need the change; each time that it is asked has its own."""
    return FileRecord(board, run, PLAN, len(transcripts(board, run, PLAN)) + 1, PLAN)


def run_recorded(engine: Engine, job: Job, reader: Reader, stop: Stop) -> Result:
    """Have an engine do a task, and write down how that ended; raises what the engine raises."""
    try:
        result = engine.run(job, reader, stop)
    except StoppedError as error:
        job.record.add("end", outcome="given back", reason=str(error))
        raise
    except Exception as error:
        job.record.add("end", outcome="failed", reason=f"{error}" or type(error).__name__)
        raise
    files = [
        {
            "path": file.path,
            "outcome": file.outcome,
            "left": [{"line": at.line, "reason": at.reason} for at in file.left],
        }
        for file in result.files
    ]
    job.record.add("end", outcome="finished", summary=result.summary, files=files)
    return result


@frozen
class Transcript:
    """What one claim's record says: the claim's token, and its lines as they were written."""

    token: int
    lines: tuple[Mapping[str, Any], ...]


def transcripts(board: Board, run: str, task: str) -> tuple[Transcript, ...]:
    """Read all records of a task, in the order of its claims; raises BoardError for one that is damaged."""
    found = []
    for file in _folder(board, run).glob("*.jsonl"):
        name = _NAME.fullmatch(file.name)
        if name and name[1] == task:
            found.append(Transcript(int(name[2]), _read(file)))
    return tuple(sorted(found, key=lambda transcript: transcript.token))


def _folder(board: Board, run: str) -> Path:
    return board.layout.run(run) / "records"


def _read(file: Path) -> tuple[Mapping[str, Any], ...]:
    """Read whole lines; what a killed worker did not write to its end is left out."""
    try:
        whole, _, _ = file.read_bytes().rpartition(b"\n")
    except OSError as error:
        raise disk_error(file, "read", error) from error
    lines = []
    for number, line in enumerate(whole.split(b"\n") if whole else (), 1):
        try:
            facts = json.loads(line.decode("utf-8", "surrogatepass"))
        except ValueError as error:
            raise DamagedBoardError(f"{file}:{number} is damaged: {error}.") from error
        if not isinstance(facts, dict) or not isinstance(facts.get("kind"), str):
            raise DamagedBoardError(f"{file}:{number} is damaged: it is not an object with a kind.")
        lines.append(facts)
    return tuple(lines)


def _masked(value: Any) -> Any:  # noqa: ANN401  all that JSON has
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, Mapping):
        return {masked(str(name)): _masked(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(one) for one in value]
    return value
