"""What is to be renamed: a function, class or variable of a module, or a method with all that override it."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from attrs import define, frozen

from parallel_refactor.engines.interface import EngineError
from parallel_refactor.engines.recipes.python_classes import MOST_RELATIVES, Classes
from parallel_refactor.engines.recipes.python_values import split_origin
from parallel_refactor.engines.recipes.python_words import Binding, Class, FileIndex, Func
from parallel_refactor.engines.recipes.python_workspace import UnsureImportError


@frozen
class Target:
    """`name` in the module of the file `path`; or else the methods of that name, `path` having one of them."""

    path: str
    name: str
    methods: tuple[Func, ...] = ()


@define
class Meaning:
    """Tells what means the target: names that are imported, from wherever they are passed on, stand for it too."""

    values: Classes
    target: Target

    def is_it(self, binding: Binding) -> bool | None:
        """Tell whether a name that is spelled like the target stands for it by this binding; None if unclear."""
        if self.target.methods:
            return binding.value in self.target.methods
        if binding.kind == "import":
            assert isinstance(binding.node, ast.alias)  # noqa: S101
            return not is_renamed(binding.node) and self.leads(binding.origin, binding.scope.path)
        return binding.scope.path == self.target.path and binding in binding.scope.module.bindings[self.target.name]

    def leads(self, origin: str, importer: str) -> bool | None:
        """Tell whether the dotted name of an import means the target; None if unclear."""
        module, name = split_origin(origin)
        return self._in(module, importer, name, frozenset())

    def has(self, path: str, name: str, seen: frozenset[str] = frozenset()) -> bool | None:
        """Tell whether a module has the target under a name; None if unclear."""
        if path == self.target.path:
            return name == self.target.name
        file = self.values.workspace.file(path)
        if file is None or path in seen:
            return None if file is None else False
        if bindings := file.scope.bindings.get(name):
            found = {self._from(binding, seen | {path}) for binding in bindings}
            return found.pop() if len(found) == 1 else None if True in found or None in found else False
        if self.values.workspace.submodule(path, name):
            return False
        return True in {self._of_star(star, path, name, seen | {path}) for star in file.stars}

    def _from(self, binding: Binding, seen: frozenset[str]) -> bool | None:
        if not isinstance(binding.node, ast.alias) or is_renamed(binding.node):
            return False
        module, name = split_origin(binding.origin)
        return self._in(module, binding.scope.path, name, seen)

    def _of_star(self, module: str, importer: str, name: str, seen: frozenset[str]) -> bool | None:
        return False if name.startswith("_") else self._in(module, importer, name, seen)

    def _in(self, module: str, importer: str, name: str, seen: frozenset[str]) -> bool | None:
        try:
            path = self.values.workspace.module(module, importer) if module else None
        except UnsureImportError:
            return None
        return path is not None and self.has(path, name, seen)


def is_renamed(alias: ast.alias) -> bool:
    """Tell whether an import gives what it imports another name."""
    return alias.asname not in (None, alias.name)


def find_target(values: Classes, old: str) -> Target:
    """Find what `package.module.name` or `package.module.Class.method` names; raises EngineError."""
    parts = old.split(".")
    if not all(part.isidentifier() for part in parts) or len(parts) == 1:
        raise EngineError(f"option old: {old!r} is not a dotted name, as `package.module.function`")
    for length in range(len(parts) - 1, 0, -1):
        try:
            path = values.workspace.module(".".join(parts[:length]), "")
        except UnsureImportError:
            raise EngineError(f"several files may be the module {'.'.join(parts[:length])}") from None
        if path is not None:
            return _in_module(values, path, parts[length:])
    raise EngineError(f"option old: no file of the workspace is a module that {old!r} begins with")


def _in_module(values: Classes, path: str, names: Sequence[str]) -> Target:
    file = values.workspace.file(path)
    if file is None:
        raise EngineError(f"{path} cannot be read: {values.workspace.broken[path]}")
    bindings = file.scope.bindings.get(names[0], [])
    if not bindings or len(names) > 2:
        raise EngineError(f"{path} has no {'.'.join(names)}")
    if imported := next((one for one in bindings if one.kind == "import"), None):
        raise EngineError(f"{path} imports {names[0]} from elsewhere: name it as {imported.origin}")
    if len(names) == 1:
        if strange := next((one for one in bindings if isinstance(one.node, ast.ExceptHandler | ast.pattern)), None):
            raise EngineError(f"{path}:{getattr(strange.node, 'lineno', 0)}: what is bound so cannot be renamed")
        return Target(path, names[0])
    return _method(values, file, names[0], names[1])


def _method(values: Classes, file: FileIndex, outer: str, name: str) -> Target:
    for binding in file.scope.bindings[outer]:
        if isinstance(binding.value, Class) and name in binding.value.methods:
            if len(values.relatives(binding.value)) > MOST_RELATIVES:
                raise EngineError(f"the class {outer} is of a family of over {MOST_RELATIVES}: too many to be sure of")
            return Target(file.path, name, tuple(values.find_methods(binding.value, name)))
    raise EngineError(f"{file.path} has no class {outer} with a method {name}")
