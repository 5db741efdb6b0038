"""The Python files of a workspace, read only where a name leads to them, and which module each import means."""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property

from attrs import Factory, define

from parallel_refactor.engines.interface import Reader
from parallel_refactor.engines.recipes.python_index import index
from parallel_refactor.engines.recipes.python_source import PythonSource, PythonSourceError
from parallel_refactor.engines.recipes.python_words import FileIndex

# Patterns begin with letters to be found fast; what must stand before those is looked at afterwards.
ANYWHERE = rb"%(name)b(?<!\w%(name)b)\b"
DEFINED = rb"def(?:\s|\\)+%(name)b\b"
STORED = (
    rb"%(name)b(?<=[.:\"']%(name)b)(?:[\"']|[\s\\]*(?:=(?!=)|:|(?:[-+*/%%@&|^]|//|\*\*|<<|>>)=|in\b"
    rb"|[,)\]](?:[^=\r\n]*=(?!=)|[^\r\n]*(?::|\bin\b|[,(\[{\\]\s*(?:#.*)?$)|\s*(?:#.*)?$)))"
)
"""Where the text of a file has a name: anywhere, as that of a function, as an attribute that may be given a value."""

_IMPORT = re.compile(rb"import(?:\s*\([^)]*\)|\b(?:[^\n\\]|\\\r?\n)*)")
_ALIAS = re.compile(rb"(\w+)\s+as\s+(\w+)")
_CLASS = re.compile(rb"class\s+(\w+)[^(:]*\((.*?)\)\s*:", re.DOTALL)
_WORD = re.compile(rb"\w+")
_STORED = re.compile(rb"\.(?<!\Wself\.)(\w+)[ \t]*(?::[^=\n]*)?=(?!=)")
_STORED_TOGETHER = re.compile(rb"(?m)^[ \t]*[\w.]+(?:[ \t]*,[ \t]*[\w.]+)+[ \t]*=(?!=)")


class UnsureImportError(Exception):
    """An import may mean a file of the workspace, or several, or none."""


@define(slots=False, eq=False)
class Workspace:
    """`paths` are its Python files, stubs too. A file that Python cannot read is in `broken`, with the reason."""

    paths: Sequence[str]
    reader: Reader
    broken: dict[str, str] = Factory(dict)
    _files: dict[str, FileIndex | None] = Factory(dict)
    _texts: dict[str, bytes] = Factory(dict)
    _found: dict[tuple[str, bytes], list[str]] = Factory(dict)

    @cached_property
    def sources(self) -> list[str]:
        """The files with code."""
        return [path for path in self.paths if path.endswith(".py")]

    def text(self, path: str) -> bytes:
        """Give a file's bytes, none where it cannot be read."""
        if path not in self._texts:
            try:
                self._texts[path] = self.reader.read(path)
            except OSError:
                self._texts[path] = b""
        return self._texts[path]

    def files_with(self, name: str, pattern: bytes = ANYWHERE) -> list[str]:
        """Give the files whose text has a name in it, as a pattern of this module has it."""
        if (name, pattern) not in self._found:
            matches = re.compile(pattern % {b"name": name.encode()}, re.MULTILINE)
            candidates = self.sources if pattern == ANYWHERE else self.files_with(name)
            self._found[name, pattern] = [path for path in candidates if matches.search(self.text(path))]
        return self._found[name, pattern]

    def file(self, path: str) -> FileIndex | None:
        """Look through a file; None where Python cannot read it."""
        if path not in self._files:
            try:
                self._files[path] = index(path, PythonSource.read(self.text(path)))
            except PythonSourceError as error:
                self.broken[path] = f"line {error.line}: {error}" if error.line else str(error)
                self._files[path] = None
            except RecursionError:
                self.broken[path] = "its code is nested too deeply to be looked at"
                self._files[path] = None
        return self._files[path]

    def indexed_with(self, name: str, pattern: bytes = ANYWHERE) -> list[FileIndex]:
        """Look through all files that have a name in them, but for those that Python cannot read."""
        return [found for path in self.files_with(name, pattern) if (found := self.file(path)) is not None]

    @cached_property
    def aliases(self) -> Mapping[str, frozenset[str]]:
        """The other names that imports give to something, by its own name, whatever it is."""
        found: defaultdict[str, set[str]] = defaultdict(set)
        for path in self.sources:
            for statement in _IMPORT.findall(self.text(path)):
                for name, other in _ALIAS.findall(statement) if b" as " in statement else ():
                    found[name.decode(errors="replace")].add(other.decode(errors="replace"))
        return {name: frozenset(others) for name, others in found.items()}

    @cached_property
    def derived(self) -> Mapping[str, Sequence[tuple[str, str]]]:
        """Where a name stands among the bases of a class: by that name the file, and the name of the class."""
        found: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for path in self.sources:
            for name, bases in _CLASS.findall(self.text(path)):
                for word in set(_WORD.findall(bases)):
                    found[word.decode(errors="replace")].append((path, name.decode(errors="replace")))
        return found

    @cached_property
    def stored(self) -> frozenset[str]:
        """The names of attributes that code of the workspace gives to something other than `self`."""
        found: set[bytes] = set()
        for path in self.sources:
            text = self.text(path)
            found.update(_STORED.findall(text))
            for targets in _STORED_TOGETHER.findall(text):
                found.update(_WORD.findall(targets))
        return frozenset(name.decode(errors="replace") for name in found)

    # ---- modules

    def module(self, dotted: str, importer: str) -> str | None:
        """Find the file that an import means; None for one outside of the workspace. Raises UnsureImportError.

        Relative names begin with dots. A folder without `__init__.py` is no file, so for `None` a name below it may
        still be one.
        """
        if dotted.startswith("."):
            return self._relative(dotted, importer)
        candidates = self._candidates.get(dotted, [])
        if not candidates or self._is_standard(dotted, importer, candidates):
            return None
        likely = [(path, root) for path, root in candidates if not self._is_package(root)]
        if len(likely) > 1:
            likely = [(path, root) for path, root in likely if not root or importer.startswith(f"{root}/")]
        if len(likely) != 1:
            raise UnsureImportError
        return likely[0][0]

    def submodule(self, path: str, name: str) -> str | None:
        """Find a module in the package whose `__init__.py` this is."""
        folder, _, file = path.rpartition("/")
        return self._at(f"{folder}/{name}" if folder else name) if file == "__init__.py" else None

    def _relative(self, dotted: str, importer: str) -> str | None:
        name = dotted.lstrip(".")
        folder = importer.split("/")[:-1]
        up = len(dotted) - len(name) - 1
        if up > len(folder):
            raise UnsureImportError
        parts = folder[: len(folder) - up] + [part for part in name.split(".") if part]
        return self._at("/".join(parts))

    def _at(self, place: str) -> str | None:
        files = (f"{place}.py", f"{place}/__init__.py") if place else ("__init__.py",)
        return next((path for path in reversed(files) if path in self._known), None)

    def _is_package(self, folder: str) -> bool:
        return bool(folder) and f"{folder}/__init__.py" in self._known

    def _is_standard(self, dotted: str, importer: str, candidates: Sequence[tuple[str, str]]) -> bool:
        if dotted.partition(".")[0] not in sys.stdlib_module_names:
            return False
        beside = importer.rpartition("/")[0]
        return not any(root == beside and not self._is_package(root) for _, root in candidates)

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.paths)

    @cached_property
    def _candidates(self) -> defaultdict[str, list[tuple[str, str]]]:
        """Each dotted name that a file could be imported by, with the file and the folder that it would be below."""
        found: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for path in self.sources:
            parts = path.removesuffix(".py").split("/")
            if parts[-1] == "__init__":
                parts.pop()
            for first in range(len(parts) - 1, -1, -1):
                if not parts[first].isidentifier():
                    break
                found[".".join(parts[first:])].append((path, "/".join(parts[:first])))
        return found
