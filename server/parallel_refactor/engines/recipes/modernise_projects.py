"""The projects of a workspace: which Python they support, how they sort imports, what they contain.

A file belongs to the nearest `pyproject.toml` above it. From that are taken `requires-python`, and of `[tool.ruff]`
the target version, line length, `src` and the isort table; or else `[tool.isort]`, as far as ruff has the setting.
Where nothing tells the Python version it is 3.9: the oldest that a project which does not say is likely to run on.
"""

from __future__ import annotations

import json
import re
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from attrs import asdict, evolve, frozen

from parallel_refactor.engines.interface import EngineError, Reader
from parallel_refactor.engines.recipes.modernise_shadow import Copy, Shadow
from parallel_refactor.engines.recipes.recipe import Option

DEFAULT_TARGET = "py39"
TARGET = Option("target", 'the oldest Python to write for, as "py311"; else the project\'s own requires-python')


@frozen
class Project:
    """A folder with a pyproject.toml ("" is the workspace itself), and ruff's settings for the files below it.

    `problem` says why the settings cannot be had, and so its files not be changed.
    """

    folder: str
    settings: str
    problem: str = ""

    @property
    def oldest_python(self) -> tuple[int, int]:
        """The oldest Python that the project says it supports."""
        settings = tomllib.loads(self.settings) if self.settings else {}
        target = str(_table(settings, "tool", "ruff").get("target-version", ""))
        said = re.search(r"py3(\d+)$", target) or re.search(
            r">=?\s*3\.(\d+)|[~=]=\s*3\.(\d+)", str(_table(settings, "project").get("requires-python", ""))
        )
        return (3, int(next(filter(None, said.groups())))) if said else (3, 0)

    def dump(self) -> str:
        """Give the project as a string, for a run's options."""
        return json.dumps(asdict(self))

    @classmethod
    def load(cls, text: str) -> Project:
        """Read what `dump` gave."""
        return cls(**json.loads(text))


def checked_target(options: Mapping[str, Any]) -> str:
    """Give the value of the option `TARGET`, "" without one; raises EngineError where it is no version of Python."""
    target = str(options.get(TARGET.name, ""))
    if target and not re.fullmatch(r"py3\d{1,2}", target):
        raise EngineError(f'option target: {target!r} is not a Python version as "py311"')
    return target


def find_projects(paths: Sequence[str], reader: Reader, target: str) -> tuple[Project, ...]:
    """Find the projects that these Python files belong to, innermost first.

    `target` (as "py311", or "") overrides the Python version of all of them.
    """
    folders = sorted({folder for path in paths for folder in _folders_above(path)} | {""}, key=len, reverse=True)
    projects = []
    for folder in folders:
        try:
            content = _read(folder, reader)
        except ValueError as error:
            projects.append(Project(folder, "", f"{_name(folder)} is not valid TOML: {error}"))
            continue
        if content is not None or not folder:
            settings = _settings(content or {}, target, _own_modules(folder, content or {}, paths))
            projects.append(Project(folder, _toml(settings)))
    return tuple(projects)


def tried(project: Project) -> Project:
    """Let ruff have a look at the settings: gives the project, with a problem where ruff does not accept them."""
    if project.problem:
        return project
    try:
        with Shadow([Copy("empty.py", b"", "", project.settings)]) as shadow:
            shadow.fix((), lambda: False)
    except EngineError as error:
        return evolve(project, problem=f"ruff does not accept the settings of {_name(project.folder)}: {error}")
    return project


def project_of(path: str, projects: Iterable[Project]) -> Project:
    """Give the project that a file belongs to."""
    return next(project for project in projects if not project.folder or path.startswith(f"{project.folder}/"))


# Settings that isort and ruff both have, with the same values.
_SHARED = frozenset(
    {
        "case-sensitive",
        "classes",
        "combine-as-imports",
        "constants",
        "extra-standard-library",
        "force-single-line",
        "force-sort-within-sections",
        "force-to-top",
        "forced-separate",
        "from-first",
        "known-first-party",
        "known-local-folder",
        "known-third-party",
        "length-sort",
        "length-sort-straight",
        "lines-after-imports",
        "lines-between-types",
        "no-lines-before",
        "no-sections",
        "order-by-type",
        "single-line-exclusions",
        "split-on-trailing-comma",
        "variables",
    }
)


def _folders_above(path: str) -> list[str]:
    parts = path.split("/")[:-1]
    return ["/".join(parts[:count]) for count in range(len(parts) + 1)]


def _name(folder: str) -> str:
    return f"{folder}/pyproject.toml" if folder else "pyproject.toml"


def _read(folder: str, reader: Reader) -> Mapping[str, Any] | None:
    """Read a folder's pyproject.toml; None if it has none. Raises ValueError where it is not TOML."""
    try:
        return tomllib.loads(reader.read(_name(folder)).decode())
    except OSError:
        return None


def _settings(content: Mapping[str, Any], target: str, own: Sequence[str]) -> dict[str, Any]:
    ruff, requires = _table(content, "tool", "ruff"), _table(content, "project").get("requires-python")
    isort = _table(ruff, "lint", "isort") or _table(ruff, "isort") or _from_isort(_table(content, "tool", "isort"))
    chosen: dict[str, Any] = {
        "line-length": ruff.get("line-length", _table(content, "tool", "isort").get("line_length"))
    }
    if version := target or ruff.get("target-version") or ("" if requires else DEFAULT_TARGET):
        chosen["target-version"] = version
    placed = {name for key in ("known-third-party", "known-local-folder") for name in isort.get(key, ())}
    known = {*isort.get("known-first-party", ()), *own} - placed
    chosen["lint"] = {"isort": {**isort, "known-first-party": sorted(known)}}
    project = {"project": {"name": "copy", "version": "0", "requires-python": requires}} if requires else {}
    return project | {"tool": {"ruff": {key: value for key, value in chosen.items() if value is not None}}}


def _table(content: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    for key in keys:
        inner = content.get(key)
        content = inner if isinstance(inner, dict) else {}
    return content


def _from_isort(table: Mapping[str, Any]) -> dict[str, Any]:
    """Take what isort's own table has in common with ruff's."""
    named = {key.replace("_", "-"): value for key, value in table.items()}
    lists = {
        key: [value] if isinstance(value, str) else value for key, value in named.items() if key.startswith("known-")
    }
    return {key: value for key, value in (named | lists).items() if key in _SHARED}


def _own_modules(folder: str, content: Mapping[str, Any], paths: Iterable[str]) -> list[str]:
    """Name the modules and packages that lie in the project's source roots, as ruff would find them on disk."""
    roots = _table(content, "tool", "ruff").get("src", [".", "src"])
    names = set()
    for root in cast("list[str]", roots):
        whole = "/".join(part for part in (*folder.split("/"), *root.split("/")) if part not in ("", "."))
        start = len(whole) + 1 if whole else 0
        below = (path[start:] for path in paths if not whole or path.startswith(f"{whole}/"))
        names |= {path.split("/")[0].removesuffix(".pyi").removesuffix(".py") for path in below}
    return sorted(name for name in names if name.isidentifier() and name not in sys.stdlib_module_names)


def _toml(tables: Mapping[str, Any], head: str = "") -> str:
    """Write nested tables of plain values. JSON's strings, numbers, booleans and lists of them are TOML's as well."""
    lines = [f"[{head}]"] if head else []
    deeper = []
    for key, value in tables.items():
        name = json.dumps(key, ensure_ascii=False)
        if isinstance(value, Mapping):
            deeper.append(_toml(value, f"{head}.{name}" if head else name))
        else:
            lines.append(f"{name} = {json.dumps(value, ensure_ascii=False)}")
    return "\n".join([*lines, *deeper, ""])
