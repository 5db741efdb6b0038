"""A recipe that is a file: YAML with patterns and their replacements, as the packs are and as people write their own.

```yaml
title: Replace datetime.utcnow
language: python
imports:
  - from datetime import datetime, timezone
rules:
  - pattern: datetime.utcnow()
    replace: datetime.now(timezone.utc).replace(tzinfo=None)
```

Patterns are those of the recipe `rewrite`. What `imports` say is what names in the rules mean: they are found in a
Python file however it imports them, and imported where a replacement needs them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

import yaml
from attrs import frozen

from parallel_refactor.engines.interface import EngineError
from parallel_refactor.engines.recipes.rewrite_syntax import LANGUAGES


@frozen
class Replacement:
    """One pattern and what takes its place; `line` is where the file says so."""

    pattern: str
    replace: str
    line: int


@frozen
class Meaning:
    """What a name of the rules stands for: a dotted name, and the import statement that binds it."""

    dotted: str
    statement: str


@frozen
class RuleFile:
    """What a file says. `text` is the whole file, which is all that a worker needs to do the same.

    `imports` maps names that the rules use, with dots where a module is imported as `a.b`, to what they stand for.
    `retires` is a Python module of which nothing may be left in a file that is changed, and whose import then goes.
    `python`: the oldest version of Python in which the result runs.
    """

    text: str
    name: str
    title: str
    description: str
    language: str
    rules: tuple[Replacement, ...]
    imports: Mapping[str, Meaning]
    retires: str = ""
    python: tuple[int, int] = (3, 0)


def read_rule_file(text: str, path: str) -> RuleFile:
    """Read a rule file; `path` names it in errors, and its stem is its name. Raises EngineError, with the line."""
    found, lines = _mapping(text, path)

    def refuse(key: str, problem: str) -> EngineError:
        return EngineError(f"{path}:{lines.get(key, 1)}: {problem}")

    for key in found:
        if key not in _KEYS:
            raise refuse(key, f"there is no {key!r} in a rule file; there are {', '.join(_KEYS)}")
    for key, needed in _KEYS.items():
        value = found.get(key, "")
        if key not in ("imports", "rules") and not (isinstance(value, str) and (value.strip() or not needed)):
            raise refuse(key, f"{key} must be a text")
    language = found.get("language", "")
    if language and language not in LANGUAGES:
        raise refuse("language", f"language {language!r} is none of {', '.join(LANGUAGES)}")
    if language != "python" and (only := next((key for key in _PYTHON_ONLY if key in found), "")):
        raise refuse(only, f"{only} is for rules with `language: python`")
    if not re.fullmatch(r"3\.\d{1,2}|", version := found.get("python", "")):
        raise refuse("python", f"python {version!r} is not a version in quotes, such as '3.9'")
    try:
        imports = _names(found.get("imports", []))
    except ValueError as error:
        raise refuse("imports", str(error)) from None
    return RuleFile(
        text=text,
        name=PurePosixPath(path).stem,
        title=found["title"].strip(),
        description=" ".join(found.get("description", "").split()),
        language=language,
        rules=_rules(found["rules"], path, lines["rules"]),
        imports=imports,
        retires=found.get("retires", "").strip(),
        python=(3, int(version[2:] or 0)),
    )


_KEYS = {
    "title": True,
    "description": False,
    "language": False,
    "imports": False,
    "rules": True,
    "retires": False,
    "python": False,
}
"""What a rule file may say, and whether it must."""

_PYTHON_ONLY = ("imports", "retires", "python")


class _Lined(dict[str, Any]):
    """A mapping that knows the lines of its keys."""

    lines: Mapping[str, int]


class _Loader(yaml.SafeLoader):
    """Reads YAML with the line of each key, and refuses a key that comes twice."""


def _construct(loader: _Loader, node: yaml.MappingNode) -> _Lined:
    loader.flatten_mapping(node)
    found = _Lined()
    lines: dict[str, int] = {}
    for key_node, value_node in node.value:
        key = str(loader.construct_object(key_node))
        if key in lines:
            raise yaml.MarkedYAMLError(problem=f"{key!r} is there twice", problem_mark=key_node.start_mark)
        lines[key] = key_node.start_mark.line + 1
        found[key] = loader.construct_object(value_node, deep=True)
    found.lines = lines
    return found


_Loader.add_constructor("tag:yaml.org,2002:map", _construct)


def _mapping(text: str, path: str) -> tuple[Mapping[str, Any], Mapping[str, int]]:
    try:
        found = yaml.load(text, _Loader)  # noqa: S506  it is a safe one
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise EngineError(f"{path}:{line}: {error.problem or error.context}") from None
    except yaml.YAMLError as error:
        raise EngineError(f"{path}: {error}") from None
    if not isinstance(found, _Lined):
        raise EngineError(f"{path}: a rule file has keys and values, as `title: ...` and `rules: ...`")
    if missing := [key for key, needed in _KEYS.items() if needed and key not in found]:
        raise EngineError(f"{path}: it needs {' and '.join(missing)}")
    return found, found.lines


def _rules(found: object, path: str, line: int) -> tuple[Replacement, ...]:
    if not isinstance(found, list) or not found:
        raise EngineError(f"{path}:{line}: rules must be a list, each with pattern and replace")
    rules = []
    for rule in found:
        if not isinstance(rule, _Lined) or set(rule) != {"pattern", "replace"}:
            where = next(iter(rule.lines.values()), line) if isinstance(rule, _Lined) else line
            raise EngineError(f"{path}:{where}: each of the rules must have pattern and replace, and nothing else")
        wrong = [key for key, value in rule.items() if not isinstance(value, str)]
        if wrong or not rule["pattern"].strip():
            key = wrong[0] if wrong else "pattern"
            raise EngineError(f"{path}:{rule.lines[key]}: {key} must be code: put it in quotes")
        rules.append(Replacement(rule["pattern"], rule["replace"], rule.lines["pattern"]))
    return tuple(rules)


def _names(statements: object) -> dict[str, Meaning]:
    """Read import statements; raises ValueError."""
    found: dict[str, Meaning] = {}
    for text in statements if isinstance(statements, list) else [statements]:
        try:
            body = ast.parse(text).body if isinstance(text, str) else []
        except SyntaxError:
            body = []
        match body:
            case [ast.Import(names=names)]:
                beginning, module = "import", ""
            case [ast.ImportFrom(module=str(module), names=names, level=0)]:
                beginning, module = f"from {module} import", f"{module}."
            case _:
                raise ValueError(f"{text!r} is not an import statement, as `from datetime import timezone`")
        for alias in names:
            renaming = f" as {alias.asname}" if alias.asname else ""
            found[alias.asname or alias.name] = Meaning(module + alias.name, f"{beginning} {alias.name}{renaming}")
    return found
