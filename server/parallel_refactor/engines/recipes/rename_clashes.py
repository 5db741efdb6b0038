"""Where a new name is in use already, and what mentions the old one in words."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator

from parallel_refactor.engines.interface import EngineError, Left
from parallel_refactor.engines.recipes.python_words import Class, FileIndex, Instance
from parallel_refactor.engines.recipes.rename_edits import Found
from parallel_refactor.engines.recipes.rename_target import Meaning

_KINDS = ("COMMENT", "STRING", "FSTRING_MIDDLE", "TSTRING_MIDDLE")
_WORDS = {getattr(tokenize, name) for name in _KINDS if hasattr(tokenize, name)}  # the last two are newer than 3.11


def refuse_clashes(meaning: Meaning, new: str, found: Found) -> None:
    """Raise EngineError, with the place, where something else goes by the new name and would be taken for the old."""
    if meaning.target.methods:
        _refuse_members(meaning, new)
        return
    for path in sorted({meaning.target.path, *found.names}):
        file = meaning.values.workspace.file(path)
        if file is not None and (line := _line_of_name(file, new)):
            raise EngineError(f"{path}:{line}: {new} is in use there already")


def _line_of_name(file: FileIndex, new: str) -> int:
    """Give a line where something goes by a name alone, 0 if nothing does."""
    if bindings := file.scope.bindings.get(new):
        return getattr(bindings[0].node, "lineno", 1)
    used = [mention.line for mention in file.mentions.get(new, ()) if isinstance(mention.node, ast.Name)]
    arguments = [node.lineno for node in ast.walk(file.source.tree) if isinstance(node, ast.arg) and node.arg == new]
    return min([*used, *arguments], default=0)


def _refuse_members(meaning: Meaning, new: str) -> None:
    family = {
        relative for one in meaning.target.methods if one.owner for relative in meaning.values.relatives(one.owner)
    }
    for cls in sorted(family, key=lambda one: (one.path, one.node.lineno)):
        if bindings := cls.scope.bindings.get(new):
            line = getattr(bindings[0].node, "lineno", 0)
            raise EngineError(f"{cls.path}:{line}: the class {cls.node.name} has a {new} already")
    for file in meaning.values.workspace.indexed_with(new):
        for mention in file.mentions.get(new, ()):
            if isinstance(mention.node, ast.Attribute):
                owner = meaning.values.of(mention.node.value, mention.scope)
                cls_ = owner.cls if isinstance(owner, Instance) else owner
                if isinstance(cls_, Class) and cls_ in family:
                    raise EngineError(f"{file.path}:{mention.line}: {cls_.node.name} has a {new} already")


def mentions_in_words(meaning: Meaning, found: Found) -> Iterator[tuple[str, Left]]:
    """Give the comments and texts that have the old name in them and are not renamed, and files that none can read."""
    name = meaning.target.name
    word = re.compile(rf"\b{re.escape(name)}\b")
    for path in meaning.values.workspace.paths:
        text = meaning.values.workspace.text(path)
        if name.encode() not in text:
            continue
        if path.endswith(".pyi"):
            for number in _lines(text.decode("utf-8", "replace"), word):
                yield path, Left(f"a stub has `{name}`", number)
            continue
        file = meaning.values.workspace.file(path)
        if file is None:
            yield path, Left(f"it has `{name}`, and cannot be read: {meaning.values.workspace.broken[path]}")
            continue
        done = {file.source.data.count(b"\n", 0, edit.start) + 1 for edit in found.edits.get(path, ())}
        for token in _tokens(file.source.data.decode()):
            kind = "comment" if token.type == tokenize.COMMENT else "text"
            for number in _lines(token.string, word):
                line = token.start[0] + number - 1
                if kind == "comment" or line not in done:
                    yield path, Left(f"a {kind} mentions `{name}`", line)


def _tokens(text: str) -> Iterator[tokenize.TokenInfo]:
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type in _WORDS:
                yield token
    except (tokenize.TokenError, SyntaxError):
        return


def _lines(text: str, word: re.Pattern[str]) -> Iterator[int]:
    return (number for number, line in enumerate(text.splitlines(), 1) if word.search(line))
