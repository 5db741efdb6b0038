"""Every mention of a function in the workspace, accounted for: a call, something else, or what forbids a change."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from attrs import Factory, define

from parallel_refactor.engines.recipes.async_sites import CallSite
from parallel_refactor.engines.recipes.async_table import is_endpoint
from parallel_refactor.engines.recipes.python_classes import Classes, sets_by_name
from parallel_refactor.engines.recipes.python_values import lookup
from parallel_refactor.engines.recipes.python_words import (
    Class,
    FileIndex,
    Func,
    Instance,
    Mention,
    ModuleValue,
    Value,
)

_DOUBLES = frozenset({"SimpleNamespace", "Mock", "MagicMock", "multiple", "configure_mock", "create_autospec"})
_LOOKS_INTO = frozenset({"getattr", "setattr", "vars", "dir", "getmembers", "reload"})


class BarrierError(Exception):
    """A mention forbids that a function becomes a coroutine function; the message says why."""


@define(eq=False)
class Uses:
    """Finds the uses of functions. `endpoints` are those seen to be given to a framework that awaits them too."""

    values: Classes
    endpoints: set[Func] = Factory(set)
    _loose: dict[str, str] = Factory(dict)

    def calls(self, functions: Sequence[Func], *, public: bool) -> list[CallSite]:
        """Give all calls of functions of one name that belong together; raises BarrierError where more than that is.

        `public`: functions in `__all__` may be changed as well.
        """
        first = functions[0]
        found: list[CallSite] = []
        for name in self._names(functions):
            for path in self.values.workspace.files_with(name):
                file = self.values.workspace.file(path)
                if file is None:
                    raise BarrierError(f"{path}, which may mention it, cannot be read as Python")
                found += self._in_file(file, name, functions, public=public)
                _require_no_doctest(file, name)
        if first.owner is None and first.outer.parent is None:
            self.is_loose(first.path)
        if not public:
            self._require_private(first)
        return found

    def sure_calls(self, functions: Sequence[Func]) -> list[CallSite]:
        """Give those calls of functions that belong together that surely are, whatever else mentions them."""
        found: list[CallSite] = []
        for name in self._names(functions):
            for file in self.values.workspace.indexed_with(name):
                for mention in file.mentions.get(name, ()):
                    try:
                        used = mention.call is not None and self._is_use(mention, file, functions, public=True)
                    except BarrierError:
                        continue
                    if used and mention.call is not None:
                        found.append(CallSite(file, mention, mention.call))
        return found

    def _names(self, functions: Sequence[Func]) -> list[str]:
        """Give the names by which functions may be called."""
        first = functions[0]
        at_top = first.owner is None and first.outer.parent is None
        return sorted(self.values.names_of(first.node.name)) if at_top else [first.node.name]

    def _in_file(self, file: FileIndex, name: str, functions: Sequence[Func], *, public: bool) -> Iterator[CallSite]:
        for mention in file.mentions.get(name, ()):
            used = self._is_use(mention, file, functions, public=public)
            if used and mention.call is not None:
                yield CallSite(file, mention, mention.call)
            elif used and self._goes_to_framework(mention):
                self.endpoints.update(functions)
            elif used:
                raise BarrierError(f"it is used as a value in {file.path}:{mention.line}")

    def _is_use(self, mention: Mention, file: FileIndex, functions: Sequence[Func], *, public: bool) -> bool:
        """Tell whether a mention is of one of the functions; raises BarrierError where that forbids a change."""
        where = f"{file.path}:{mention.line}"
        match mention.node:
            case ast.Name():
                return self._is_named(mention, functions, where)
            case ast.Attribute():
                return self._is_attribute(mention, functions, where)
            case ast.alias():
                self._check_import(mention, functions, where)
            case ast.keyword():
                _check_keyword(mention, where)
            case ast.Constant():
                self._check_text(mention, file, functions, where, public=public)
        return False

    def _is_named(self, mention: Mention, functions: Sequence[Func], where: str) -> bool:
        assert isinstance(mention.node, ast.Name)  # noqa: S101
        first, name = functions[0], mention.node.id
        if not isinstance(mention.node.ctx, ast.Load):
            return False
        value = self.values.named(name, mention.scope)
        if isinstance(value, Func):
            return value in functions
        if value is not None or first.owner is not None:
            return False
        bindings = lookup(name, mention.scope)
        if bindings is None:
            raise BarrierError(f"`{name}` in {where} may be it, through a star import")
        if first.outer.parent is None and any(binding.kind in ("import", "function") for binding in bindings):
            raise BarrierError(f"`{name}` in {where} may be it: what the name stands for there is not clear")
        if any(binding.value in functions for binding in bindings):
            raise BarrierError(f"`{name}` in {where} may be it: what the name stands for there is not clear")
        return False

    def _is_attribute(self, mention: Mention, functions: Sequence[Func], where: str) -> bool:
        assert isinstance(mention.node, ast.Attribute)  # noqa: S101
        first, node = functions[0], mention.node
        if first.owner is None and first.outer.parent is not None:
            return False
        owner = self.values.of(node.value, mention.scope)
        used = self._belongs(owner, node.attr, functions)
        if used is None:
            raise BarrierError(f"`{_short(node)}` in {where} may be it: what it belongs to is not clear")
        if used and not isinstance(node.ctx, ast.Load):
            raise BarrierError(f"it is replaced in {where}")
        return used

    def _belongs(self, owner: Value | None, name: str, functions: Sequence[Func]) -> bool | None:
        """Tell whether an attribute of something is one of the functions; None if that is not clear."""
        if functions[0].owner is None:
            if isinstance(owner, ModuleValue):
                return self.values.member(owner.path, name) in functions
            return None if owner is None and self.is_loose(functions[0].path) else False
        if isinstance(owner, Class | Instance):
            cls = owner.cls if isinstance(owner, Instance) else owner
            return any(method in functions for method in self.values.find_methods(cls, name))
        return None if owner is None else False

    def is_loose(self, path: str) -> bool:
        """Tell whether a module is used other than by its attributes, so that anything may be it.

        Raises BarrierError where its functions are looked up by names that are not written in the code.
        """
        if path not in self._loose:
            self._loose[path] = ""
            for mention in self._module_mentions(path):
                if _looks_into(mention):
                    self._loose[path] = f"{mention.scope.path}:{mention.line} looks names of its module up"
                    break
                self._loose[path] = "used"
        if self._loose[path] not in ("", "used"):
            raise BarrierError(self._loose[path])
        return self._loose[path] == "used"

    def _module_mentions(self, path: str) -> Iterator[Mention]:
        """Give the uses of a module that are not of its attributes."""
        name = _module_name(path)
        for known in self.values.names_of(name):
            for file in self.values.workspace.indexed_with(known):
                for mention in file.mentions.get(known, ()):
                    if (
                        isinstance(mention.node, ast.Name | ast.Attribute)
                        and not isinstance(mention.parent, ast.Attribute)
                        and self.values.of(mention.node, mention.scope) == ModuleValue(path)
                    ):
                        yield mention

    def _check_import(self, mention: Mention, functions: Sequence[Func], where: str) -> None:
        first = functions[0]
        if first.owner is not None or first.outer.parent is not None or not mention.module:
            return
        assert isinstance(mention.node, ast.alias)  # noqa: S101
        joint = "" if mention.module.endswith(".") else "."
        if self.values.imported(f"{mention.module}{joint}{mention.node.name}", mention.scope.path) is None:
            raise BarrierError(f"the import in {where} may be of it: what it imports is not clear")

    def _check_text(
        self, mention: Mention, file: FileIndex, functions: Sequence[Func], where: str, *, public: bool
    ) -> None:
        assert isinstance(mention.node, ast.Constant)  # noqa: S101
        text, first = str(mention.node.value), functions[0]
        if in_all(mention, file):
            if first.owner is None and first.outer.parent is None and not public:
                raise BarrierError(f"it is in `__all__` in {where}: code outside of the workspace may call it")
        elif "." in text or ":" in text:
            before = re.split("[.:]", text)[-2]
            places = {func.owner.node.name if func.owner else _module_name(func.path) for func in functions}
            if before in places:
                raise BarrierError(f"a text in {where} names it: {text!r}")
        elif sets_by_name(mention):
            call = mention.parent
            assert isinstance(call, ast.Call)  # noqa: S101
            owner = self.values.of(call.args[0], mention.scope) if call.args[0] is not mention.node else None
            if owner is None or self._belongs(owner, text, functions) is not False:
                raise BarrierError(f"it is looked up or replaced by its name in {where}")

    def _goes_to_framework(self, mention: Mention) -> bool:
        call = mention.parent
        return isinstance(call, ast.Call) and is_endpoint(self.values.of(call.func, mention.scope))

    def _require_private(self, func: Func) -> None:
        """Raise BarrierError for a method that its class offers to code outside of the workspace."""
        if func.owner is None or func.node.name.startswith("_"):
            return
        for name in self.values.names_of(func.owner.node.name):
            for file in self.values.workspace.indexed_with(name):
                for mention in file.mentions.get(name, ()):
                    if isinstance(mention.node, ast.Constant) and in_all(mention, file):
                        where = f"{file.path}:{mention.line}"
                        raise BarrierError(
                            f"its class is in `__all__` in {where}: code outside of the workspace may call it"
                        )


def _looks_into(mention: Mention) -> bool:
    """Tell whether a call gets at names of a module that are not written in the code."""
    call = mention.parent
    if not isinstance(call, ast.Call) or ast.unparse(call.func).rpartition(".")[2] not in _LOOKS_INTO:
        return False
    return not (len(call.args) > 1 and isinstance(call.args[1], ast.Constant))


def _check_keyword(mention: Mention, where: str) -> None:
    if isinstance(mention.parent, ast.Call) and ast.unparse(mention.parent.func).rpartition(".")[2] in _DOUBLES:
        raise BarrierError(f"{where} makes something that stands in for it")


def in_all(mention: Mention, file: FileIndex) -> bool:
    """Tell whether a text is a name in `__all__`."""
    outer = file.parents.get(mention.parent)
    match outer:
        case ast.Assign(targets=[ast.Name(id="__all__")]) | ast.AugAssign(target=ast.Name(id="__all__")):
            return True
        case ast.AnnAssign(target=ast.Name(id="__all__")):
            return True
        case ast.Call(func=ast.Attribute(value=ast.Name(id="__all__"))):
            return True
    return False


def _require_no_doctest(file: FileIndex, name: str) -> None:
    if re.search(rb">>>[^\r\n]*\b%b\(" % name.encode(), file.source.data):
        raise BarrierError(f"an example in {file.path} (`>>>`) calls it")


def _module_name(path: str) -> str:
    parts = path.removesuffix(".py").split("/")
    return parts[-2] if parts[-1] == "__init__" and len(parts) > 1 else parts[-1]


def _short(node: ast.expr) -> str:
    text = ast.unparse(node)
    return text if len(text) <= 40 else "..." + text[-37:]
