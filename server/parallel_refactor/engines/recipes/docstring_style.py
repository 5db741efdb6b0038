"""The styles of docstrings with sections: what they look like, and which one a project writes in.

Google: https://google.github.io/styleguide/pyguide.html#38-comments-and-docstrings. NumPy:
https://numpydoc.readthedocs.io/en/latest/format.html. reST: Sphinx' field lists,
https://www.sphinx-doc.org/en/master/usage/domains/python.html#info-field-lists.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, get_args

from parallel_refactor.engines.interface import EngineError, Reader

Style = Literal["google", "numpy", "rest"]

NAMED = ("Args", "Raises")
"""The sections whose entries have a name, as `name: Text.`; those of the others are text."""

_FIELDS = {"Returns": "returns", "Yields": "yields"}
_NUMPY_TITLES = {"Args": "Parameters"}
_MARKS: Mapping[Style, re.Pattern[bytes]] = {
    "google": re.compile(rb"^[ \t]+(?:Args|Returns|Raises|Yields):[ \t]*\r?$", re.MULTILINE),
    "numpy": re.compile(rb"^[ \t]+(?:Parameters|Returns|Raises|Yields)[ \t]*\r?\n[ \t]+-{4,}[ \t]*\r?$", re.MULTILINE),
    "rest": re.compile(rb"^[ \t]+:(?:param|returns?|raises)\b", re.MULTILINE),
}


def choose_style(wanted: object, paths: Sequence[str], reader: Reader) -> Style:
    """Take the style that is wanted, else the one that the project is set to, else the one that it mostly writes.

    Raises EngineError for a word that is no style.
    """
    match wanted:
        case "google" | "numpy" | "rest":
            return wanted
        case None | "":
            return _set(reader) or _written(paths, reader)
    raise EngineError(f"option style: {wanted!r} is none of {', '.join(get_args(Style))}")


def lay_out(style: Style, sections: Mapping[str, Sequence[str]]) -> Iterator[list[tuple[str, str, str]]]:
    """Give the blocks that say what the sections say: lines to wrap, as text and its first and other indentations.

    An indentation is in units, as many as the string is long.
    """
    if style == "rest":
        yield [line for title, entries in sections.items() for line in _fields(title, entries)]
        return
    for title, entries in sections.items():
        if style == "google":
            rest = ">>" if title in NAMED else ">"
            yield [(f"{title}:", "", ""), *((entry, ">", rest) for entry in entries)]
        else:
            name = _NUMPY_TITLES.get(title, title)
            yield [(name, "", ""), ("-" * len(name), "", ""), *_definitions(title, entries)]


def _fields(title: str, entries: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    for entry in entries:
        name, _, text = entry.partition(": ") if title in NAMED else ("", "", entry)
        field = f"{'param' if title == 'Args' else 'raises'} {name}" if name else _FIELDS[title]
        yield f":{field.replace('*', chr(92) + '*')}: {text}", "", ">"


def _definitions(title: str, entries: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    for entry in entries:
        name, _, text = entry.partition(": ") if title in NAMED else ("", "", entry)
        if name:
            yield name, "", ""
        yield text, ">" if name else "", ">"


def _set(reader: Reader) -> Style | None:
    """Give the style that the linters' settings name."""
    try:
        settings: dict[str, Any] = tomllib.loads(reader.read("pyproject.toml").decode()).get("tool", {})
    except (OSError, ValueError):
        return None
    for path in ("ruff.lint.pydocstyle", "ruff.pydocstyle", "pydocstyle"):
        table: Any = settings
        for key in path.split("."):
            table = table.get(key) if isinstance(table, dict) else None
        match table:
            case {"convention": "google"}:
                return "google"
            case {"convention": "numpy"}:
                return "numpy"
    return None


def _written(paths: Sequence[str], reader: Reader) -> Style:
    found: Counter[Style] = Counter()
    for path in paths:
        try:
            data = reader.read(path)
        except OSError:
            continue
        found.update({style: len(mark.findall(data)) for style, mark in _MARKS.items()})
    return max(_MARKS, key=lambda style: found[style])
