"""Why a function cannot become a coroutine function, whoever calls it."""

from __future__ import annotations

import ast
import re

from attrs import Factory, define

from parallel_refactor.engines.recipes.async_loops import Loops, catches_interrupts, own_nodes
from parallel_refactor.engines.recipes.async_table import TRANSPARENT, is_mark, is_route
from parallel_refactor.engines.recipes.python_classes import Classes
from parallel_refactor.engines.recipes.python_module import called
from parallel_refactor.engines.recipes.python_words import Class, External, FileIndex, Func, Mention, ModuleValue, Scope

_HARMLESS_CLASS_DECORATORS = re.compile(
    r"(dataclasses\.|attrs?\.|typing\.|typing_extensions\.)?"
    r"(dataclass|define|frozen|mutable|final|runtime_checkable|s|attrs|total_ordering)(\(.*\))?",
    re.DOTALL,
)
_LOCK = re.compile(r"(?i)lock|mutex|sema|cond(ition)?\b|barrier|acquire|atomic|transaction")


@define(slots=False, eq=False)
class Barriers:
    """Finds what in a function, or around it, forbids that it becomes a coroutine function."""

    values: Classes
    loops: Loops
    _frameworks: dict[str, str] = Factory(dict)

    def of(self, func: Func) -> str:
        """Give the reason why a function must stay as it is, "" if there is none in itself."""
        return (
            self._by_kind(func)
            or _by_body(func)
            or self._by_decorators(func)
            or self._by_file(func)
            or (self._by_class(func, func.owner) if func.owner is not None else "")
            or ("it handles KeyboardInterrupt, which nothing awaited raises" if catches_interrupts(func) else "")
            or ("it runs an event loop of its own" if self.loops.runs(func) else "")
        )

    def held_lock(self, mention: Mention) -> str:
        """Say which lock may be held where a call stands, "" if none is."""
        for manager, scope in mention.place.withs:
            text = ast.unparse(manager)
            if _LOCK.search(text) or (not isinstance(manager, ast.Call) and self.values.of(manager, scope) is None):
                return f"inside of `with {text}`, which may hold a lock"
        return ""

    @staticmethod
    def _by_kind(func: Func) -> str:
        name = func.node.name
        if name.startswith("__") and name.endswith("__"):
            return "Python itself calls it"
        if func.yields:
            return "it is a generator"
        if not name.isascii():
            return "its name is not plain ASCII"
        if name.startswith("pytest_") and func.path.endswith("conftest.py"):
            return "pytest calls it"
        if len(func.outer.bindings.get(name, ())) > 1:
            return "its name is bound more than once"
        return ""

    def _by_decorators(self, func: Func) -> str:
        for decorator in func.node.decorator_list:
            value = self.values.of(decorator, func.outer)
            known = isinstance(value, External) and value.name in TRANSPARENT
            if not known and not is_route(value) and not is_mark(self.values.of(called(decorator), func.outer)):
                return f"it is decorated with `{_short(decorator)}`"
        return ""

    def _by_class(self, func: Func, owner: Class) -> str:
        for cls in self.values.relatives(owner):
            for decorator in cls.node.decorator_list:
                if not _HARMLESS_CLASS_DECORATORS.fullmatch(ast.unparse(decorator)):
                    return f"its class {cls.node.name} is decorated with `{_short(decorator)}`"
        if base := self.values.strange_base(owner):
            return f"a base of its class, `{base}`, is outside of the workspace and may call it"
        if self._looks_up_itself(owner):
            return f"its class {owner.node.name} looks attributes up by names that are not written in the code"
        return "" if func.node.name in owner.methods else "its name is bound more than once"

    def _looks_up_itself(self, owner: Class) -> bool:
        for cls in self.values.relatives(owner):
            file = self.values.workspace.file(cls.path)
            for mention in file.mentions.get("getattr", ()) if file is not None else ():
                call = mention.call
                if call is not None and len(call.args) > 1 and not isinstance(call.args[1], ast.Constant):
                    found = self.values.of(call.args[0], mention.scope)
                    if found is None or getattr(found, "cls", found) in self.values.relatives(owner):
                        return True
        return False

    def _by_file(self, func: Func) -> str:
        file = self.values.workspace.file(func.path)
        if file is None:
            return "its file cannot be read"
        if framework := self._framework(func.path):
            return f"its file, or one that it imports, uses {framework}, which refuses to work where an event loop runs"
        if func.node.name.encode() in self.values.workspace.text(f"{func.path}i"):
            return f"the stub file {func.path}i describes it"
        if rebinds_asyncio(file):
            return "the name asyncio means something else in its file"
        if file.mentions.get("globals") or file.mentions.get("exec") or file.mentions.get("eval"):
            return "its file looks names up by globals(), exec() or eval()"
        return ""

    def _framework(self, start: str) -> str:
        """Name a framework that cannot be used in coroutines, if a file or one that it imports, and so on, uses it."""
        if start not in self._frameworks:
            seen, waiting = {start}, [start]
            self._frameworks[start] = ""
            while waiting and not self._frameworks[start]:
                for origin, importer in self._imports(waiting.pop()):
                    if (top := origin.partition(".")[0]) in _FRAMEWORKS:
                        self._frameworks[start] = top
                        break
                    value = self.values.imported(origin, importer)
                    path = value.path if isinstance(value, ModuleValue | Func | Class) else start
                    if path not in seen:
                        seen.add(path)
                        waiting.append(path)
        return self._frameworks[start]

    def _imports(self, path: str) -> list[tuple[str, str]]:
        file = self.values.workspace.file(path)
        scopes = [file.scope, *(func.scope for func in file.functions)] if file is not None else []
        every = (binding for scope in scopes for bindings in scope.bindings.values() for binding in bindings)
        return [(binding.origin, path) for binding in every if binding.origin]


_FRAMEWORKS = ("django", "gevent", "eventlet")
_FRAMES = frozenset({"_getframe", "currentframe", "stack", "getouterframes"})


def rebinds_asyncio(file: FileIndex) -> bool:
    """Tell whether the name asyncio may be something else than the module somewhere in a file."""

    def is_other(scope: Scope) -> bool:
        bindings = scope.bindings.get("asyncio", [])
        imports = all(binding.kind == "import" and binding.origin == "asyncio" for binding in bindings)
        return bool(bindings) and (scope.parent is not None or not imports)

    stored = any(
        isinstance(getattr(mention.node, "ctx", None), ast.Store) for mention in file.mentions.get("asyncio", ())
    )
    scopes = [func.scope for func in file.functions] + [cls.scope for cls in file.classes]
    return stored or any(map(is_other, [file.scope, *scopes]))


def _by_body(func: Func) -> str:
    for node in own_nodes(func.node):
        match node:
            case ast.Name(id="StopIteration"):
                return "it deals in StopIteration, which a coroutine cannot raise"
            case ast.Call(func=ast.Name(id="next"), args=[_]):
                return "its `next()` may raise StopIteration, which a coroutine cannot"
            case ast.Attribute(attr=name) if name in _FRAMES:
                return "it looks at the frames of its callers"
            case ast.Attribute(attr="alarm" | "setitimer" | "fork" | "forkpty"):
                return "it sets a timer or forks, which an event loop does not survive"
            case ast.Call(func=ast.Attribute(attr="acquire")):
                return "it takes a lock"
    return ""


def _short(node: ast.expr) -> str:
    text = ast.unparse(node)
    return text if len(text) <= 40 else text[:37] + "..."
