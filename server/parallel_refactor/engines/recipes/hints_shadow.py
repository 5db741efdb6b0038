"""Pyrefly over a copy of the workspace's Python files, in a private folder: it never sees the workspace.

No environment is asked for installed packages: what is found out depends on the workspace's files alone. What they
import from elsewhere is of unknown type.
"""

from __future__ import annotations

import json
import os
import shutil
import sysconfig
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from attrs import frozen

from parallel_refactor.engines.children import run_child
from parallel_refactor.engines.interface import EngineError


@frozen
class Finding:
    """An error that pyrefly reports: the file, the line, its kind, and what it says."""

    path: str
    line: int
    kind: str
    message: str


class TypeShadow:
    """A private folder with copies of files. Use it as a context manager; afterwards the folder is gone.

    `python` is the version to check for, as (3, 11).
    """

    def __init__(self, python: tuple[int, int], paths: Sequence[str]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="parallel-refactor-", ignore_cleanup_errors=True)
        top = Path(self._folder.name).resolve()
        self._root, self._config = top / "workspace", top / "workspace" / "pyrefly.toml"
        self._inferred = top / "inferred"
        self._root.mkdir()
        settings = {
            "project-includes": ["**/*.py", "**/*.pyi"],
            "project-excludes": [],
            "disable-project-excludes-heuristics": True,
            "use-ignore-files": False,
            "python-version": "{}.{}".format(*max(python, _OLDEST)),
            "python-platform": "linux",
            "search-path": _roots(paths),
            "skip-interpreter-query": True,
        }
        lines = [f"{name} = {json.dumps(value)}\n" for name, value in settings.items()]
        self._config.write_text("".join(lines), "utf-8", newline="\n")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._folder.cleanup()

    def read(self, path: str) -> bytes:
        """Give the present bytes of a copy; raises FileNotFoundError."""
        return (self._root / path).read_bytes()

    def write(self, path: str, data: bytes) -> None:
        """Make or replace a copy."""
        target = self._root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)

    def check(self) -> list[Finding]:
        """Check all copies; raises EngineError where pyrefly fails."""
        return [_finding(error) for error in self._report() if error["severity"] == "error"]

    def reveal(self, texts: Mapping[str, bytes]) -> Mapping[str, Mapping[int, Sequence[str]]]:
        """Give what `reveal_type` says in these texts, by file and line; raises EngineError. No copy changes."""
        kept = {path: self.read(path) for path in texts}
        found: dict[str, dict[int, list[str]]] = {path: {} for path in texts}
        try:
            for path, text in texts.items():
                self.write(path, text)
            for finding in [_finding(error) for error in self._report() if error["name"] == "reveal-type"]:
                if finding.path in texts:
                    revealed = finding.message.removeprefix("revealed type: ")
                    found[finding.path].setdefault(finding.line, []).append(revealed)
        finally:
            for path, text in kept.items():
                self.write(path, text)
        return found

    def _report(self) -> list[dict[str, Any]]:
        report = self._run(self._root, "check", "--output-format=json", "--summary=none", accepted=(0, 1))
        try:
            errors: list[dict[str, Any]] = json.loads(report)["errors"]
        except (ValueError, KeyError) as error:
            raise EngineError(f"pyrefly's report cannot be read: {error}") from error
        return errors

    def infer(self) -> Mapping[str, Path]:
        """Have pyrefly annotate results in a copy of all; gives the files that it changed; raises EngineError."""
        shutil.rmtree(self._inferred, ignore_errors=True)
        shutil.copytree(self._root, self._inferred)
        # What it says of parameters it guesses from calls, otherwise each time.
        self._run(self._inferred, "infer", "--containers=false", "--parameter-types=false", accepted=(0,))
        found = {}
        for path in self._inferred.rglob("*.py"):
            relative = path.relative_to(self._inferred)
            if path.read_bytes() != (self._root / relative).read_bytes():
                found[relative.as_posix()] = path
        return found

    # With several threads what pyrefly tells differs from time to time.
    def _run(self, folder: Path, action: str, *arguments: str, accepted: Iterable[int]) -> str:
        command = [
            _pyrefly(),
            action,
            f"--config={folder / self._config.name}",
            "--color=never",
            "--threads=1",
            *arguments,
        ]
        done = run_child(command, folder=folder, environment=_environment(), stop=lambda: False, seconds=_DEADLINE)
        if done is None or done.status not in accepted:
            said = " ".join((done.stderr if done else "").split())[-_QUOTED:]
            raise EngineError(f"pyrefly {action} failed: {said or 'it said nothing'}")
        return done.stdout


_OLDEST = (3, 9)  # that pyrefly's own descriptions of the standard library know
_DEADLINE = 1800.0
_QUOTED = 500
_MOST_ROOTS = 20


def _roots(paths: Sequence[str]) -> list[str]:
    """Give the folders from which files may be imported: those that packages lie in, the outermost first."""
    packages = {path.rpartition("/")[0] for path in paths if path.rpartition("/")[2] == "__init__.py"}
    parents = {folder.rpartition("/")[0] for folder in packages if folder}
    roots = sorted(parents - packages, key=lambda folder: (folder.count("/"), folder != "src", folder))
    return [".", *(folder for folder in roots[:_MOST_ROOTS] if folder)]


def _pyrefly() -> str:
    name = "pyrefly.exe" if os.name == "nt" else "pyrefly"
    found = shutil.which(name, path=sysconfig.get_path("scripts")) or shutil.which(name)
    if found is None:
        raise EngineError("pyrefly, which this needs, is not installed beside parallel-refactor")
    return found


def _environment() -> Mapping[str, str]:
    return {name: value for name, value in os.environ.items() if not name.upper().startswith("PYREFLY_")}


def _finding(error: Mapping[str, Any]) -> Finding:
    return Finding(Path(error["path"]).as_posix(), error["line"], error["name"], error["description"])
