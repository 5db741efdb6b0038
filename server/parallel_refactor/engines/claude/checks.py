"""Whether a changed file still parses: what does not is never handed in."""

from __future__ import annotations

from pathlib import PurePosixPath

from ast_grep_py import SgNode

from parallel_refactor.engines.claude.document import PYTHON
from parallel_refactor.engines.interface import Left
from parallel_refactor.engines.recipes.python_source import PythonSourceError, parse
from parallel_refactor.engines.recipes.rewrite_syntax import LANGUAGES, errors, tree


def find_damage(path: str, before: bytes | None, after: bytes) -> Left | None:
    """Find out where a file no longer parses; None where it is no worse than it was.

    Python is parsed as its declared encoding says, by the interpreter itself; of the other languages that ast-grep
    knows, the places that do not parse are counted. What nobody can parse passes.
    """
    if path.endswith(PYTHON):
        broken = _python_error(after)
        return broken if broken and (before is None or not _python_error(before)) else None
    suffix = PurePosixPath(path).suffix.lower()
    languages = [language for language, suffixes in LANGUAGES.items() if suffix in suffixes]
    found = [_other_damage(language, before or b"", after) for language in languages]
    return found[0] if found and all(found) else None


def _python_error(data: bytes) -> Left | None:
    try:
        parse(data)
    except PythonSourceError as error:
        return Left(f"the result does not parse: {error}", error.line)
    return None


def _other_damage(language: str, before: bytes, after: bytes) -> Left | None:
    text = after.decode("utf-8", "replace").removeprefix("\ufeff")
    old = errors(tree(before.decode("utf-8", "replace").removeprefix("\ufeff"), language))
    new = errors(tree(text, language))
    if len(new) <= len(old):
        return None
    place = _first_new(old, new).range().start
    line = text.split("\n")[place.line].strip()
    return Left(f"the result does not parse as {language}: {line[:80]!r}", place.line + 1)


def _first_new(old: list[SgNode], new: list[SgNode]) -> SgNode:
    """Give the first error that was not there before: with a text that no earlier one had."""
    known = {(node.text(), _around(node)) for node in old}
    return next((node for node in new if (node.text(), _around(node)) not in known), new[0])


def _around(node: SgNode) -> str:
    parent = node.parent()
    return parent.text() if parent else ""
