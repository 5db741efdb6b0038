"""Which imported names of a module other files take from that module: those are no unused imports.

A survey of text, not of meaning: it would rather keep a name too many. Modules are known by the last part of their
name, so `compat:urlparse` stands for that name in any `compat.py`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from pathlib import PurePosixPath

from attrs import Factory, frozen

from parallel_refactor.engines.interface import Reader


def survey(paths: Sequence[str], reader: Reader) -> list[str]:
    """Look through all Python files for names that they take from imports of other files: "module:name", sorted."""
    seen = _Seen()
    for path in paths:
        try:
            text = reader.read(path)
        except OSError:
            continue
        _look(module_of(path).encode(), text, seen)
    _follow_stars(seen)
    pairs = [(module, name) for module, names in seen.imported.items() for name in names & seen.taken[module]]
    return sorted(f"{module.decode()}:{name.decode('utf-8', 'replace')}" for module, name in pairs)


def module_of(path: str) -> str:
    """Give the last part of the name of the module in a file."""
    pure = PurePosixPath(path)
    return pure.parent.name if pure.stem == "__init__" else pure.stem


def _names() -> defaultdict[bytes, set[bytes]]:
    return defaultdict(set)


@frozen
class _Seen:
    """Per module: the names that its imports bind, the names that others take from it, and who star-imports it."""

    imported: defaultdict[bytes, set[bytes]] = Factory(_names)
    taken: defaultdict[bytes, set[bytes]] = Factory(_names)
    stars: defaultdict[bytes, set[bytes]] = Factory(_names)


# Bytes, plain text first in each pattern, and no pattern for what `split` does: that makes it four times as fast.
_CHAR = rb"[\w\x80-\xff]"
_WORD = re.compile(_CHAR + rb"+")
_ALIAS = re.compile(rb"(%b+)[ \t]+as[ \t]+(%b+)" % (_CHAR, _CHAR))
_LIST = rb"import\b[ \t]*(\([^)]*\)|(?:[^\n\\]|\\\r?\n)*)"
_IMPORT = re.compile(_LIST)
_FROM = re.compile(rb"from[ \t]+([.\w\x80-\xff]+)[ \t]+" + _LIST)
_QUOTED = [  # getattr(module, "name"), patch.object(module, "name")
    re.compile(call + rb"""\(\s*([.\w\x80-\xff]+)\s*,\s*["'](%b+)""" % _CHAR) for call in (b"attr", b"object")
]
_SPACES = bytes(code if code > 127 or chr(code).isalnum() or chr(code) in "_." else 32 for code in range(256))


def _look(module: bytes, text: bytes, seen: _Seen) -> None:
    meant: dict[bytes, bytes] = {}
    for names in _IMPORT.findall(text):
        seen.imported[module].update(_WORD.findall(names))
        meant.update((alias, name) for name, alias in _ALIAS.findall(names))
    for source, names in _FROM.findall(text):
        last = source.rpartition(b".")[2]
        seen.taken[last].update(_WORD.findall(names))
        if b"*" in names:
            seen.stars[last].add(module)
            seen.taken[last].update(_WORD.findall(text))
    chains = {word for word in text.translate(_SPACES).split() if b"." in word}
    pairs = {pair for chain in chains for pair in pairwise(chain.split(b"."))}
    pairs.update((holder.rpartition(b".")[2], name) for pattern in _QUOTED for holder, name in pattern.findall(text))
    for holder, name in pairs:
        seen.taken[meant.get(holder, holder)].add(name)


def _follow_stars(seen: _Seen) -> None:
    """Count what is taken from a module as taken from those that it star-imports too."""
    grown = True
    while grown:
        grown = False
        for source, modules in seen.stars.items():
            more = set().union(*(seen.taken[module] for module in modules)) - seen.taken[source]
            seen.taken[source] |= more
            grown = grown or bool(more)
