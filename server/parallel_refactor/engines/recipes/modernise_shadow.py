"""Ruff over copies of a task's files, in a private folder: it never sees the workspace.

Each copy lies in an empty stand-in of its top-level package, under the settings of its project, and has a number for a
name. So what ruff makes of a file does not depend on the files beside it.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath
from types import TracebackType
from typing import Any, Self

import ruff  # type: ignore[import-untyped]
from attrs import frozen

from parallel_refactor.engines.children import run_child
from parallel_refactor.engines.interface import EngineError, Stop


@frozen
class Copy:
    """A file for ruff. `package` is its top-level package, or "". `settings` is the text of its pyproject.toml.

    Of the name only what it means to ruff counts: the ending, and whether it is `__init__`.
    """

    name: str
    data: bytes
    package: str
    settings: str


@frozen
class Edit:
    """Text to put between two places. Rows and columns count from 1, columns in characters."""

    start: tuple[int, int]
    end: tuple[int, int]
    text: str


@frozen
class Finding:
    """What ruff reports and did not fix: the copy's key, the rule, where, and the edits that would fix it."""

    key: int
    rule: str
    name: str
    message: str
    at: tuple[int, int]
    edits: tuple[Edit, ...]

    @property
    def reason(self) -> str:
        """Why it stays."""
        why = "ruff's fix could change what the code does" if self.edits else "ruff has no fix for it"
        return f"{self.name} ({self.rule}) stays: {why}"


class Shadow:
    """A private folder with copies of files. Use it as a context manager; afterwards the folder is gone."""

    def __init__(self, copies: Sequence[Copy]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="parallel-refactor-", ignore_cleanup_errors=True)
        self._root = Path(self._folder.name).resolve()
        groups = {settings: str(n) for n, settings in enumerate(dict.fromkeys(copy.settings for copy in copies))}
        for settings, group in groups.items():
            (self._root / group).mkdir()
            (self._root / group / "pyproject.toml").write_text(settings, "utf-8", newline="\n")
        self._paths = [self._put(key, copy, groups[copy.settings]) for key, copy in enumerate(copies)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._folder.cleanup()

    def read(self, key: int) -> bytes:
        """Give the present bytes of the copy with this place in the list."""
        return self._paths[key].read_bytes()

    def write(self, key: int, data: bytes) -> None:
        """Replace the copy with this place in the list."""
        self._paths[key].write_bytes(data)

    def fix(self, arguments: Sequence[str], stop: Stop) -> list[Finding] | None:
        """Let ruff check and fix all copies; None when asked to stop. Raises EngineError where ruff fails."""
        command = [_ruff(), "check", "--fix", "--output-format=json", *_ALWAYS, *arguments, "."]
        done = run_child(command, folder=self._root, environment=_environment(), stop=stop, seconds=_DEADLINE)
        if done is None:
            return None
        if done.status != 0:
            said = (done.stderr or done.stdout).replace(f"{self._root}{os.sep}", "").removeprefix("ruff failed")
            raise EngineError(f"ruff failed: {' '.join(said.split())}")
        keys = {path: key for key, path in enumerate(self._paths)}
        return [_finding(item, keys) for item in json.loads(done.stdout) if Path(item["filename"]) in keys]

    def _put(self, key: int, copy: Copy, group: str) -> Path:
        folder = self._root / group / _NO_MODULE / copy.package
        folder.mkdir(parents=True, exist_ok=True)
        if copy.package:
            (folder / "__init__.py").touch()
        if copy.name.startswith("__init__."):
            folder /= str(key)
            folder.mkdir()
        path = folder / (copy.name if copy.name.startswith("__init__.") else f"{key}{PurePath(copy.name).suffix}")
        path.write_bytes(copy.data)
        return path


_NO_MODULE = "not-a-module"  # else a package would be importable, as ruff sees it, from those that share its settings
_DEADLINE = 300.0
_ALWAYS = ("--no-cache", "--exit-zero", "--quiet", "--no-respect-gitignore", "--no-preview", "--config=exclude=[]")


def _ruff() -> str:
    try:
        return str(ruff.find_ruff_bin())
    except FileNotFoundError as error:
        raise EngineError(f"ruff, which this needs, is not installed beside parallel-refactor: {error}") from error


def _environment() -> Mapping[str, str]:
    """Give the present one without ruff's own variables, and with one thread: the other workers want the cores too."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith("RUFF_")}
    return kept | {"RAYON_NUM_THREADS": "1"}


def _finding(item: Mapping[str, Any], keys: Mapping[Path, int]) -> Finding:
    edits = item["fix"]["edits"] if item["fix"] else ()
    return Finding(
        key=keys[Path(item["filename"])],
        rule=item["code"],
        name=item["name"],
        message=item["message"],
        at=_place(item["location"]),
        edits=tuple(Edit(_place(edit["location"]), _place(edit["end_location"]), edit["content"]) for edit in edits),
    )


def _place(location: Mapping[str, int]) -> tuple[int, int]:
    return location["row"], location["column"]
