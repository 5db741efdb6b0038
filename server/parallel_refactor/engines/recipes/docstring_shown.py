"""Classes and modules that are better off without a docstring, and why: programs show or read it.

Some frameworks show the docstring of each class of a kind to the users of the program, or send it to a model; what the
workspace's own code reads is found by a survey of it, with the classes that are derived from those.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from attrs import frozen

from parallel_refactor.engines.interface import Reader
from parallel_refactor.engines.recipes.docstring_harm import Harm
from parallel_refactor.engines.recipes.docstring_words import word_set
from parallel_refactor.engines.recipes.python_module import PythonModule, last_name
from parallel_refactor.engines.recipes.python_workspace import Workspace

_SHOWN_KINDS = word_set(
    """
    APIView BaseModel BaseSettings BaseTool Cog GenericAPIView GenericViewSet InputObjectType Interface
    ModelSerializer ModelViewSet Mutation ObjectType ReadOnlyModelViewSet RootModel SQLModel Schema Serializer Signature
    Struct Task ViewSet
    """
)
"""Classes of packages that show, as a description, the docstrings of those that are derived from them."""

_CLASS = re.compile(rb"\bclass[ \t]+(\w+)[^(:\n]*\(([\w.,\s]*)")
_BASE = re.compile(rb"(?:^|,)\s*(?:\w+\s*\.\s*)*(\w+)\s*(?=,|$)")
_SHOWN_MODULES = word_set("docopt fabric fire invoke nox plac")
_OWN = word_set("self cls klass mcs metacls type __class__ )")
_READ = re.compile(r"(\w+|\))\s*\.\s*__doc__|getdoc\(\s*(?:\w+\.)*(\w+)|getattr\(\s*(?:\w+\.)*(\w+)\s*,\s*[\"']__doc__")


@frozen
class Shown:
    """The names of classes and modules whose docstrings the workspace's code reads, and of bases of such classes."""

    read: frozenset[str] = frozenset()
    bases: frozenset[str] = frozenset()

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Shown:
        """Take from a task's options what `survey` put there."""
        return cls(frozenset(options.get("read", ())), frozenset(options.get("bases", ())))


def survey(paths: Sequence[str], reader: Reader) -> Mapping[str, list[str]]:
    """Find out what `Shown` says, for the options of tasks."""
    workspace = Workspace([path for path in paths if path.endswith(".py")], reader)
    read = set[str]()
    for path in dict.fromkeys(workspace.files_with("__doc__") + workspace.files_with("getdoc")):
        names = {name for found in _READ.findall(workspace.text(path).decode(errors="replace")) for name in found}
        read |= names - {""} - _OWN
        if names & _OWN and (index := workspace.file(path)) is not None:
            read |= set(_reading_their_own(index.source.tree))
    derived: defaultdict[str, set[str]] = defaultdict(set)
    for path in workspace.sources:
        for name, bases in _CLASS.findall(workspace.text(path)):
            for base in _BASE.findall(bases):
                derived[base.decode()].add(name.decode())
    waiting, bases = [*read, *_SHOWN_KINDS], read | _SHOWN_KINDS
    while waiting:
        more = derived[waiting.pop()] - bases
        bases |= more
        waiting += more
    return {"read": sorted(read), "bases": sorted(name for name in bases if derived[name])}


@frozen
class OuterHarm:
    """Judges the classes of one file, and the file itself."""

    module: PythonModule
    path: str
    shown: Shown
    functions: Harm

    def reason(self, node: ast.ClassDef | ast.Module) -> str:
        """Tell why a class or the module is better left without a docstring, "" if it is not."""
        return self._of_module() if isinstance(node, ast.Module) else self._of_class(node)

    def _of_module(self) -> str:
        if any(isinstance(node, ast.Name) and node.id == "__doc__" for node in self.module.nodes):
            return "the file uses or sets it"
        if packages := sorted(self.module.packages & _SHOWN_MODULES):
            return f"`{packages[0]}` may show it to users"
        pure = PurePosixPath(self.path)
        name = pure.parent.name if pure.stem == "__init__" else pure.stem
        return "code of the workspace reads it" if name in self.shown.read else ""

    def _of_class(self, node: ast.ClassDef) -> str:
        if node.name in self.shown.read:
            return "code of the workspace reads it"
        if any(isinstance(one, ast.Name) and one.id == "__doc__" for part in node.body for one in ast.walk(part)):
            return "the class uses or sets it"
        if base := next((base for base in map(last_name, node.bases) if base in self.shown.bases), ""):
            return f"docstrings of a `{base}` may be shown or read"
        return self.functions.shown_by_decorator(node)


def _reading_their_own(tree: ast.Module) -> Iterator[str]:
    """Give the classes that look at the docstring of their instances' class."""
    for owner in [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]:
        for node in ast.walk(owner):
            if isinstance(node, ast.Attribute) and node.attr == "__doc__" and isinstance(node.ctx, ast.Load):
                value = node.value.func if isinstance(node.value, ast.Call) else node.value
                if last_name(value) in _OWN:
                    yield owner.name
                    break
