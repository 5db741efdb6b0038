"""The workspace's own settings: `parallel-refactor.toml`, or `[tool.parallel-refactor]` of `pyproject.toml`.

They are defaults: what a person says for one run goes before them.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from attrs import Factory, frozen

from parallel_refactor.engines.claude.settings import KEY
from parallel_refactor.engines.claude.settings import read_settings as read_options
from parallel_refactor.engines.interface import EngineError
from parallel_refactor.planning.globs import globs_filter
from parallel_refactor.planning.interface import PlanError
from parallel_refactor.running.request import ENGINES, RequestError, RunRequest

OWN, SHARED = "parallel-refactor.toml", "pyproject.toml"
_TABLE = "tool.parallel-refactor"


@frozen
class Settings:
    """What the file says: `values` by name, with the right types. `file` is None where there are none."""

    file: Path | None = None
    values: Mapping[str, Any] = Factory(dict)


def read_settings(root: Path) -> Settings:
    """Read a workspace's settings; raises RequestError, which names file and line, for what is none."""
    own = _Table.read(root / OWN, "")
    shared = _Table.read(root / SHARED, _TABLE)
    if own and shared:
        raise RequestError(f"{own.file} and [{_TABLE}] in {shared.file} both have settings: keep one of them.")
    found = own or shared
    return found.settings() if found else Settings()


def with_settings(given: Mapping[str, Any], settings: Settings) -> RunRequest:
    """Make a request of what a person gave (fields of RunRequest), and of the settings where they gave nothing.

    A recipe that is named keeps its engine, and what only a model needs goes to runs of a model. Globs of `deny` add
    up. Raises RequestError.
    """
    values = dict(settings.values)
    if given.get("recipe"):
        values.pop("engine", None)
    if (given.get("engine") or values.get("engine")) != "claude":
        values = {name: value for name, value in values.items() if name not in _MODEL_ONLY}
    if (given.get("engine") or values.get("engine")) != "command":
        values = {name: value for name, value in values.items() if name not in ("command", "command_timeout")}
    options = {name: values.pop(name) for name in _OPTIONS if name in values}
    deny = (*values.pop("deny", ()), *given.get("deny", ()))
    return RunRequest(**{**values, **given, "deny": deny, "options": {**options, **given.get("options", {})}})


# ---- what can be set

_Kind = tuple[str, Callable[[Any], bool]]

_TEXT: _Kind = ("a string", lambda value: isinstance(value, str) and bool(value.strip()))
_TRUTH: _Kind = ("true or false", lambda value: isinstance(value, bool))
_WHOLE: _Kind = ("a whole number", lambda value: type(value) is int)
_NUMBER: _Kind = ("a number", lambda value: type(value) in (int, float))
_TEXTS: _Kind = (
    "a list of strings",
    lambda value: isinstance(value, list) and all(isinstance(one, str) for one in value),
)

_OPTIONS: Mapping[str, _Kind] = {
    "model": _TEXT,
    "effort": _TEXT,
    "base_url": _TEXT,
    "repairs": _WHOLE,
    "timeout": _NUMBER,
    "order": _TEXT,
}
"""Settings that are options of the engine `claude`."""

_MODEL_FIELDS: Mapping[str, _Kind] = {
    "max_cost": _NUMBER,
    "max_tokens": _WHOLE,
    "choose": _TRUTH,
    "interface": _TEXTS,
    "deny": _TEXTS,
    "check": _TEXT,
    "check_timeout": _NUMBER,
}
_KINDS: Mapping[str, _Kind] = {
    "engine": _TEXT,
    **_OPTIONS,
    "workers": _WHOLE,
    "include": _TEXTS,
    "exclude": _TEXTS,
    "held": _TEXT,
    "review": _TRUTH,
    "attempts": _WHOLE,
    "deadline": _NUMBER,
    "command": _TEXT,
    "command_timeout": _NUMBER,
    "gate": _TEXT,
    "gate_timeout": _NUMBER,
    **_MODEL_FIELDS,
}
_GLOBS = ("include", "exclude", "interface", "deny")
_MODEL_ONLY = (*_OPTIONS, *_MODEL_FIELDS)


@frozen
class _Table:
    """A table of a file, and the lines that its names are in."""

    file: Path
    values: Mapping[str, Any]
    lines: Mapping[str, int]

    @classmethod
    def read(cls, file: Path, name: str) -> _Table | None:
        """Read a file's table, "" for the whole file; None where there is none."""
        try:
            text = file.read_bytes().decode("utf-8-sig")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise RequestError(f"{file} cannot be read: {error.strerror or error}.") from error
        except UnicodeDecodeError as error:
            raise RequestError(f"{file} is not UTF-8: {error}.") from error
        if name and "parallel-refactor" not in text:
            return None  # whatever else is wrong there is not for us to say
        try:
            table: Any = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            line = re.search(r"at line (\d+)", str(error))
            raise RequestError(f"{file}:{line[1] if line else text.count(chr(10)) + 1}: {error}.") from error
        for part in filter(None, name.split(".")):
            table = table.get(part) if isinstance(table, dict) else None
        if table is None:
            return None
        if not isinstance(table, dict):
            raise RequestError(f"{file}: {name} must be a table.")
        return cls(file, table, _lines(text, name))

    def settings(self) -> Settings:
        """Check every value by itself; raises RequestError."""
        values = {}
        for name, value in self.values.items():
            try:
                values[name] = _checked(name, value)
            except (RequestError, EngineError, PlanError) as error:
                raise RequestError(f"{self.file}:{self.lines.get(name, self.lines.get('', 1))}: {error}") from error
        return Settings(self.file, values)


def _checked(name: str, value: object) -> object:
    if name not in _KINDS:
        raise RequestError(_unknown(name))
    kind, fits = _KINDS[name]
    if not fits(value):
        raise RequestError(f"{name} must be {kind}, and is {value!r}.")
    if name in _OPTIONS:
        read_options({name: value})
        return value
    if name == "engine" and value not in ENGINES:
        raise RequestError(f"engine must be one of {', '.join(ENGINES)}, and is {value!r}.")
    if name in _GLOBS and isinstance(value, list):
        globs_filter(value)
    found = tuple(value) if isinstance(value, list) else value
    RunRequest(**{name: found})  # type: ignore[arg-type]
    return found


def _unknown(name: str) -> str:
    if re.search(r"key|secret|password", name, re.IGNORECASE):
        return f"{name}: a key is never read from a file. Set {KEY} in the environment, and take it out of here."
    near = difflib.get_close_matches(name.replace("-", "_").lower(), _KINDS, n=1)
    meant = f" Is it {near[0]}?" if near else ""
    return f"there is no setting {name!r}.{meant} There are: {', '.join(_KINDS)}."


def _lines(text: str, table: str) -> dict[str, int]:
    """Find the line of each name in a table; "" is the table's own. tomllib does not tell."""
    found = {"": 1} if not table else {}
    here = not table
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[+\s*([^\[\]]+?)\s*\]", line):
            here = header[1].replace('"', "").replace("'", "") == table
            if here:
                found.setdefault("", number)
        elif here and (name := re.match(r"""\s*["']?([\w-]+)["']?\s*[=.]""", line)):
            found.setdefault(name[1], number)
    return found
