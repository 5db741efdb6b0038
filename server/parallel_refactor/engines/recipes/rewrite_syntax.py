"""The languages that ast-grep brings, and what their syntax trees tell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from ast_grep_py import SgNode, SgRoot

LANGUAGES = {
    "bash": (".sh", ".bash"),
    "c": (".c", ".h"),
    "cpp": (".cc", ".cpp", ".cxx", ".hh", ".hpp", ".hxx", ".h"),
    "csharp": (".cs",),
    "css": (".css",),
    "dart": (".dart",),
    "elixir": (".ex", ".exs"),
    "go": (".go",),
    "haskell": (".hs",),
    "hcl": (".hcl", ".tf"),
    "html": (".html", ".htm"),
    "java": (".java",),
    "javascript": (".js", ".cjs", ".mjs", ".jsx"),
    "json": (".json",),
    "kotlin": (".kt", ".kts"),
    "lua": (".lua",),
    "markdown": (".md",),
    "nix": (".nix",),
    "php": (".php",),
    "python": (".py", ".pyi"),
    "ruby": (".rb",),
    "rust": (".rs",),
    "scala": (".scala", ".sc"),
    "solidity": (".sol",),
    "swift": (".swift",),
    "typescript": (".ts", ".cts", ".mts"),
    "tsx": (".tsx",),
    "yaml": (".yml", ".yaml"),
    "zig": (".zig",),
}
"""Language -> file name endings. An unknown language makes ast-grep panic, so nothing else is ever handed to it."""


def language_of(path: str, wanted: str = "") -> str:
    """Give the language that a file's ending stands for, or "" where it is none or not the wanted one."""
    suffix = PurePosixPath(path).suffix.lower()
    languages = (language for language, suffixes in LANGUAGES.items() if suffix in suffixes)
    return next((language for language in languages if wanted in ("", language)), "")


def tree(text: str, language: str) -> SgNode:
    """Parse text in one of LANGUAGES. Positions are counted in characters."""
    return SgRoot(text, language).root()


def span(node: SgNode) -> tuple[int, int]:
    """Give where a node begins and ends, in characters."""
    where = node.range()
    return where.start.index, where.end.index


def descend(node: SgNode) -> Iterator[SgNode]:
    """Give a node and all nodes below it, in order of the text."""
    waiting = [node]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(reversed(node.children()))


def leaves(node: SgNode) -> list[str]:
    """Give the texts of a node's leaves: equal for nodes that differ only in space."""
    return [leaf.text() for leaf in descend(node) if leaf.is_leaf()]


def comment_nodes(node: SgNode) -> list[SgNode]:
    """Give the comments in a node."""
    return [inner for inner in descend(node) if "comment" in inner.kind()]


def comments(node: SgNode) -> set[str]:
    """Give what the comments in a node say, however they are indented."""
    return {" ".join(comment.text().split()) for comment in comment_nodes(node)}


def errors(root: SgNode) -> list[SgNode]:
    """Give the places where the text does not parse: error nodes, and empty ones put where something is missing."""
    return [*root.find_all(kind="ERROR"), *(node for node in root.find_all(regex="^$") if node.parent() is not None)]
