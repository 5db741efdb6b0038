"""Where the target of a renaming is mentioned: the bytes to replace, and the places that may be it or not."""

from __future__ import annotations

import ast
import re
from collections import defaultdict

from attrs import Factory, define

from parallel_refactor.engines.interface import EngineError, Left
from parallel_refactor.engines.recipes.docstring_insert import Edit
from parallel_refactor.engines.recipes.python_source import PythonSource
from parallel_refactor.engines.recipes.python_values import lookup
from parallel_refactor.engines.recipes.python_words import Class, FileIndex, Func, Instance, Mention, ModuleValue
from parallel_refactor.engines.recipes.rename_target import Meaning, is_renamed

_HEADER = re.compile(rb"(?:async(?:\s|\\\r?\n)+)?(?:def|class)(?:\s|\\\r?\n)+")


@define(eq=False)
class Found:
    """What there is to do in each file. `names` are the files that have it as a name of their own."""

    edits: defaultdict[str, set[Edit]] = Factory(lambda: defaultdict(set))
    left: defaultdict[str, set[Left]] = Factory(lambda: defaultdict(set))
    names: set[str] = Factory(set)


@define(eq=False)
class Renamer:
    """Looks through all files with the name of the target; raises EngineError where it cannot be renamed."""

    meaning: Meaning
    new: str
    found: Found = Factory(Found)

    def look(self) -> Found:
        """Find all there is to do."""
        target, workspace = self.meaning.target, self.meaning.values.workspace
        for method in target.methods:
            self._edit_header(method.path, method.node)
        for file in workspace.indexed_with(target.name):
            if file.path == target.path and not target.methods:
                for binding in file.scope.bindings[target.name]:
                    if isinstance(binding.value, Func | Class):
                        self._edit_header(file.path, binding.value.node)
            for mention in file.mentions.get(target.name, ()):
                self._look_at(mention, file)
            self._declarations(file)
        return self.found

    def _look_at(self, mention: Mention, file: FileIndex) -> None:
        node, name, source = mention.node, self.meaning.target.name, file.source
        match node:
            case ast.Name() if self._is_named(mention, file):
                self.found.names.add(file.path)
                self._edit(file.path, source, source.start(node))
            case ast.Attribute():
                is_it = self._is_attribute(node, mention)
                if is_it:
                    self._edit(file.path, source, source.end(node) - len(name.encode()))
                elif is_it is None:
                    self._leave(mention, f"`{ast.unparse(node)[-60:]}` stays: what it belongs to is not clear")
            case ast.alias() if mention.module and not self.meaning.target.methods:
                self._import(node, mention, file)
            case ast.Constant() if self._is_text(mention, file):
                self._edit(file.path, source, source.data.index(name.encode(), source.start(node)))

    def _import(self, alias: ast.alias, mention: Mention, file: FileIndex) -> None:
        name, source = self.meaning.target.name, file.source
        joint = "" if mention.module.endswith(".") else "."
        is_it = self.meaning.leads(f"{mention.module}{joint}{name}", file.path)
        if is_it is None:
            self._leave(mention, f"the import of `{name}` stays: what it imports is not clear")
        if not is_it:
            return
        self._edit(file.path, source, source.start(alias))
        if not is_renamed(alias):
            self.found.names.add(file.path)
        if alias.asname == name:  # `from a import b as b` says that b is for others, too
            self._edit(file.path, source, source.end(alias) - len(name.encode()))

    def _is_named(self, mention: Mention, file: FileIndex) -> bool:
        bindings = lookup(self.meaning.target.name, mention.scope)
        if bindings is None:
            return bool(not self.meaning.target.methods and self.meaning.has(file.path, self.meaning.target.name))
        answers = {self.meaning.is_it(binding) for binding in bindings}
        if True in answers and len(answers) > 1:
            raise EngineError(f"{file.path}:{mention.line}: the name stands for something else there, too")
        return True in answers

    def _is_attribute(self, node: ast.Attribute, mention: Mention) -> bool | None:
        owner, target = self.meaning.values.of(node.value, mention.scope), self.meaning.target
        if isinstance(owner, ModuleValue):
            return False if target.methods else self.meaning.has(owner.path, node.attr)
        if isinstance(owner, Class | Instance) and target.methods:
            cls = owner.cls if isinstance(owner, Instance) else owner
            return any(method in target.methods for method in self.meaning.values.find_methods(cls, node.attr))
        return None if owner is None else False

    def _is_text(self, mention: Mention, file: FileIndex) -> bool:
        """Whether a text that is the name means it: in `__all__`, or as an annotation."""
        assert isinstance(mention.node, ast.Constant)  # noqa: S101
        if mention.node.value != self.meaning.target.name or self.meaning.target.methods:
            return False
        if mention.place.obstacle == "in an annotation":
            return self._is_named(mention, file)
        outer = file.parents.get(mention.parent)
        named = [*getattr(outer, "targets", ()), getattr(outer, "target", None)]
        exported = any(isinstance(one, ast.Name) and one.id == "__all__" for one in named)
        return exported and bool(self.meaning.has(file.path, self.meaning.target.name))

    def _declarations(self, file: FileIndex) -> None:
        """Rename the name in `global` statements, where the module's own is meant."""
        name = self.meaning.target.name
        bindings = file.scope.bindings.get(name)
        if self.meaning.target.methods or not bindings or not all(map(self.meaning.is_it, bindings)):
            return
        for node in ast.walk(file.source.tree):
            if isinstance(node, ast.Global) and name in node.names:
                start = file.source.start(node)
                found = re.compile(rb"\b%b\b" % name.encode()).search(file.source.data, start)
                assert found is not None  # noqa: S101
                self._edit(file.path, file.source, found.start())

    def _edit_header(self, path: str, node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        file = self.meaning.values.workspace.file(path)
        assert file is not None  # noqa: S101
        match = _HEADER.match(file.source.data, file.source.start(node))
        self._edit(path, file.source, match.end() if match else 0)

    def _edit(self, path: str, source: PythonSource, start: int) -> None:
        old = self.meaning.target.name.encode()
        if source.data[start : start + len(old)] != old:
            line = source.data.count(b"\n", 0, start) + 1
            raise EngineError(f"{path}:{line}: the name is written there in a way that cannot be placed")
        self.found.edits[path].add(Edit(start, start + len(old), self.new.encode()))

    def _leave(self, mention: Mention, reason: str) -> None:
        self.found.left[mention.scope.path].add(Left(reason, mention.line))
