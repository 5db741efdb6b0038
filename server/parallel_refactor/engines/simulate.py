"""The `simulate` engine, for tests and benchmarks: waits, makes a visible edit, and fails on demand.

Options (lists may also be strings with commas):

- `seconds`: how long each file takes, 0 by default; `spread`: sigma of a lognormal distribution with that mean. The
  length is a function of `seed` and the path, so that every run and every attempt takes as long.
- `seed`: with it the faults below are a function of seed and path too; without it each attempt throws anew.
- a fault, at the end of the file's wait, for a list of paths or with a probability from 0 to 1: `fail` (the file is
  reported as failed), `refuse` (EngineError), `raise` (an unforeseen exception), `exit` (the process ends with status
  70), `kill` (it ends by SIGKILL), `hang` (it never comes back, whatever it is asked).
- `ignore_stop`: the same, for files whose wait does not end when asked to.
- `write`: absolute paths that the engine opens for writing, as no engine may.
"""

from __future__ import annotations

import math
import os
import random
import signal
import time
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Never

from parallel_refactor.engines.interface import (
    EngineError,
    FileResult,
    Job,
    Left,
    Outcome,
    Reader,
    Result,
    Stop,
    StoppedError,
)

MARK = "simulated by parallel-refactor"
"""The text of the comment that the engine appends; a file that has it is unchanged."""


class SimulateEngine:
    """Waits for each file, then appends a comment to it."""

    @property
    def name(self) -> str:
        """The word that `--engine` takes."""
        return "simulate"

    def run(self, job: Job, reader: Reader, stop: Stop) -> Result:  # noqa: ARG002
        """Wait for and edit each file; raises EngineError where an option says so or makes no sense, StoppedError."""
        options = job.options
        done: list[FileResult] = []
        for path, data in job.files.items():
            deaf = _hit(options, "ignore_stop", path)
            if not _wait(seconds_for(path, options), (lambda: False) if deaf else stop):
                raise StoppedError(_result(done))
            _fault(path, options)
            if _hit(options, "fail", path):
                done.append(FileResult(path, Outcome.FAILED, left=(Left("failed on demand"),)))
            else:
                done.append(_edited(path, data))
        for target in _names(options.get("write", ())):
            with Path(target).open("ab") as stream:
                stream.write(b"written by an engine\n")
        return _result(done)


def seconds_for(path: str, options: Mapping[str, Any]) -> float:
    """Tell how long the engine takes for a file, in seconds."""
    mean, sigma = _number(options, "seconds"), _number(options, "spread")
    if not sigma:
        return mean
    factor = random.Random(f"seconds {options.get('seed', '')} {path}").lognormvariate(-sigma * sigma / 2, sigma)  # noqa: S311
    return mean * factor


_POLL = 0.1
_LINE_COMMENTS = {
    "#": ".py .pyi .sh .bash .rb .yaml .yml .toml .pl .r .jl .cfg .ini .txt .nix .ex .exs .hcl .tf",
    "//": ".js .cjs .mjs .jsx .ts .cts .mts .tsx .c .h .cc .cpp .cxx .hpp .cs .go .java .kt .rs .scala .swift .dart",
    "--": ".sql .lua .hs",
}
_COMMENT = {suffix: mark for mark, suffixes in _LINE_COMMENTS.items() for suffix in suffixes.split()}
_BLOCK_COMMENTS = {
    ".html": ("<!-- ", " -->"),
    ".xml": ("<!-- ", " -->"),
    ".md": ("<!-- ", " -->"),
    ".css": ("/* ", " */"),
}


def _wait(seconds: float, stop: Stop) -> bool:
    """Sleep for some time; False when asked to stop before or during it."""
    end = time.monotonic() + seconds
    while not stop():
        left = end - time.monotonic()
        if left <= 0:
            return True
        time.sleep(min(left, _POLL))
    return False


def _fault(path: str, options: Mapping[str, Any]) -> None:
    if _hit(options, "hang", path):
        _wait(math.inf, lambda: False)
    if _hit(options, "exit", path):
        os._exit(70)
    if _hit(options, "kill", path):
        _kill()
    if _hit(options, "raise", path):
        raise RuntimeError(f"raised on demand at {path}")
    if _hit(options, "refuse", path):
        raise EngineError(f"{path}: refused on demand")


def _kill() -> Never:
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
    raise AssertionError("unreachable: killed")


def _edited(path: str, data: bytes | None) -> FileResult:
    if data is None or MARK.encode() in data:
        return FileResult(path, Outcome.UNCHANGED)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return FileResult(path, Outcome.LEFT, left=(Left("text in UTF-16: no comment is appended"),))
    suffix = PurePosixPath(path).suffix.lower()
    if suffix in (".json", ".ipynb"):
        return FileResult(path, Outcome.LEFT, left=(Left("JSON has no comments"),))
    before, after = _BLOCK_COMMENTS.get(suffix, (f"{_COMMENT.get(suffix, '#')} ", ""))
    line_end = b"\r\n" if b"\r\n" in data else b"\n"
    gap = line_end if data and not data.endswith((b"\n", b"\r")) else b""
    return FileResult(path, Outcome.CHANGED, data + gap + f"{before}{MARK}{after}".encode() + line_end)


def _result(files: list[FileResult]) -> Result:
    changed = sum(file.outcome is Outcome.CHANGED for file in files)
    return Result(tuple(files), summary=f"simulated an edit of {changed} of {len(files)} files")


def _hit(options: Mapping[str, Any], fault: str, path: str) -> bool:
    wanted = options.get(fault, ())
    chance = _chance(wanted)
    if chance is None:
        return path in _names(wanted)
    if not 0 <= chance <= 1:
        raise EngineError(f"option {fault}: {wanted} is not a probability from 0 to 1")
    seed = options.get("seed")
    generator = random.SystemRandom() if seed is None else random.Random(f"{fault} {seed} {path}")  # noqa: S311
    return generator.random() < chance


def _chance(wanted: object) -> float | None:
    if isinstance(wanted, bool | int | float):
        return float(wanted)
    try:
        return float(wanted) if isinstance(wanted, str) else None
    except ValueError:
        return None


def _names(wanted: str | Iterable[str]) -> list[str]:
    return [name for name in wanted.split(",") if name] if isinstance(wanted, str) else list(wanted)


def _number(options: Mapping[str, Any], name: str) -> float:
    try:
        value = float(options.get(name, 0))
    except (TypeError, ValueError):
        value = math.nan
    if not 0 <= value < math.inf:
        raise EngineError(f"option {name}: {options[name]!r} is not a number of at least 0")
    return value
