"""What instances have: their methods, found through their classes' relatives, and the types of their attributes."""

from __future__ import annotations

import ast

from attrs import Factory, define

from parallel_refactor.engines.recipes.docstring_words import word_set
from parallel_refactor.engines.recipes.python_values import Values
from parallel_refactor.engines.recipes.python_words import (
    Binding,
    Class,
    External,
    ExternalObject,
    Func,
    Instance,
    Mention,
    Scope,
    Value,
    combine,
)
from parallel_refactor.engines.recipes.python_workspace import STORED

HARMLESS_BASES = word_set(
    """
    builtins.object abc.ABC typing.Protocol typing.Generic typing_extensions.Protocol builtins.Exception
    builtins.ValueError builtins.RuntimeError builtins.LookupError builtins.KeyError builtins.OSError
    builtins.TypeError
    """
)
"""Bases outside of the workspace that call no method that a class adds."""


MOST_RELATIVES = 200
MOST_NAMESAKES = 600
"""Families of more classes, and classes below names that more classes derive from, are not looked at in full."""


@define(slots=False, eq=False)
class Classes(Values):
    """Evaluates expressions, also through classes and their instances."""

    _relatives: dict[Class, frozenset[Class]] = Factory(dict)
    _vast: set[Class] = Factory(set)
    _names: dict[str, frozenset[str]] = Factory(dict)
    _methods: dict[tuple[Class, str], list[Func]] = Factory(dict)
    _types: dict[tuple[int, str], Value | None] = Factory(dict)

    def names_of(self, name: str) -> frozenset[str]:
        """Give all names by which something of this name may be known: `import ... as` gives it others."""
        if name not in self._names:
            found, waiting = {name}, [name]
            while waiting:
                more = self.workspace.aliases.get(waiting.pop(), frozenset()) - found
                found |= more
                waiting += more
            self._names[name] = frozenset(found)
        return self._names[name]

    def bases(self, cls: Class) -> list[Value | None]:
        """Evaluate the bases of a class, without their type arguments."""
        nodes = [base.value if isinstance(base, ast.Subscript) else base for base in cls.node.bases]
        return [self.of(node, cls.outer) for node in nodes]

    def relatives(self, cls: Class) -> frozenset[Class]:
        """Give all classes of the workspace that are joined to a class by inheritance, itself too."""
        if cls not in self._relatives:
            found, waiting = {cls: None}, [cls]
            while waiting and cls not in self._vast:
                current = waiting.pop()
                if len(found) > MOST_RELATIVES or len(self._derived(current)) > MOST_NAMESAKES:
                    self._vast.add(cls)
                    break
                near = [base for base in self.bases(current) if isinstance(base, Class)] + self._subclasses(current)
                waiting += [other for other in near if other not in found]
                found |= dict.fromkeys(near)
            family = frozenset(self._lineage(cls) if cls in self._vast else found)
            self._relatives |= dict.fromkeys([cls] if cls in self._vast else family, family)
        return self._relatives[cls]

    def strange_base(self, cls: Class) -> str:
        """Name a base of a class or a relative that is outside of the workspace and may call methods, or "".

        Of a class with very many relatives its own first base counts as such.
        """
        self.relatives(cls)
        if cls in self._vast:
            return ast.unparse([*cls.node.bases, ast.Name(cls.node.name)][0])
        for relative in sorted(self.relatives(cls), key=lambda other: (other.path, other.node.lineno)):
            for node, base in zip(relative.node.bases, self.bases(relative), strict=True):
                if not isinstance(base, Class) and not (isinstance(base, External) and base.name in HARMLESS_BASES):
                    return ast.unparse(node)
            if relative.node.keywords:
                return ast.unparse(relative.node.keywords[0].value)
        return ""

    def find_methods(self, cls: Class, name: str) -> list[Func]:
        """Find the methods of a name in a class's relatives, its own and its bases' first."""
        if (cls, name) not in self._methods:
            self._methods[cls, name] = self._find_methods(cls, name)
        return self._methods[cls, name]

    def _find_methods(self, cls: Class, name: str) -> list[Func]:
        lineage = self._lineage(cls)
        others = sorted(self.relatives(cls) - set(lineage), key=lambda other: (other.path, other.node.lineno))
        return [method for one in [*lineage, *others] for method in one.methods.get(name, ())]

    def _lineage(self, cls: Class) -> list[Class]:
        """Give a class and its bases in the workspace, nearest first."""
        lineage, waiting = [cls], [cls]
        while waiting:
            for base in self.bases(waiting.pop(0)):
                if isinstance(base, Class) and base not in lineage:
                    lineage.append(base)
                    waiting.append(base)
        return lineage

    def _result(self, call: ast.Call, scope: Scope) -> Value | None:
        if not call.args and isinstance(call.func, ast.Name) and call.func.id == "super":
            while scope.parent is not None:
                func = self._function_of(scope)
                if func is not None and func.owner is not None:
                    return Instance(func.owner)
                scope = scope.parent
            return None
        return super()._result(call, scope)

    def _entered(self, manager: ast.expr, scope: Scope) -> Value | None:
        value = self.of(manager, scope)
        if isinstance(value, Instance):
            return value if all(map(_gives_itself, self.find_methods(value.cls, "__enter__"))) else None
        return super()._entered(manager, scope)

    def member_of_class(self, owner: Class | Instance, name: str) -> Value | None:
        """Tell what a class or an instance has under a name: a method, or what is assigned to the attribute."""
        cls = owner.cls if isinstance(owner, Instance) else owner
        if name == "__class__" and isinstance(owner, Instance):
            return cls
        if methods := self.find_methods(cls, name):
            first = methods[0]
            if first.name.endswith(f".{name}") and _is_property(first):
                return self._returned(first) if len(first.node.decorator_list) == 1 else None
            return first
        return self._attribute_type(cls, name)

    def _parameter(self, binding: Binding) -> Value | None:
        if binding.annotation is None and (func := self._function_of(binding.scope)) is not None:
            arguments = [arg.arg for arg in [*func.node.args.posonlyargs, *func.node.args.args]]
            if func.owner is not None and arguments[:1] == [getattr(binding.node, "arg", "")]:
                kinds = {getattr(node, "id", "") for node in func.node.decorator_list}
                if "staticmethod" not in kinds:
                    return func.owner if "classmethod" in kinds else Instance(func.owner)
            return self._fixture(func, getattr(binding.node, "arg", ""))
        return super()._parameter(binding)

    def _function_of(self, scope: Scope) -> Func | None:
        file = self.workspace.file(scope.path)
        return None if file is None else file.func_of.get(scope.node)

    def _fixture(self, func: Func, name: str) -> Value | None:
        """Tell what a test's parameter is: what the fixture of that name, here or in a conftest.py above, gives."""
        folders = func.path.split("/")[:-1]
        above = ["/".join([*folders[:depth], "conftest.py"]) for depth in range(len(folders), -1, -1)]
        if not is_test_file(func.path):
            return None
        for path in [func.path, *above]:
            file = self.workspace.file(path) if path in self.workspace.sources else None
            for fixture in file.functions if file is not None else ():
                if fixture.node.name == name and fixture is not func and is_fixture(fixture):
                    return self._given(fixture)
        return None

    def _given(self, fixture: Func) -> Value | None:
        annotation = fixture.node.returns
        if annotation is not None:
            if fixture.yields and isinstance(annotation, ast.Subscript):
                inner = annotation.slice
                annotation = inner.elts[0] if isinstance(inner, ast.Tuple) else inner
            return self.annotated(annotation, fixture.outer)
        given = [
            node.value
            for node in ast.walk(fixture.node)
            if isinstance(node, ast.Yield if fixture.yields else ast.Return) and node.value is not None
        ]
        return combine([self.of(value, fixture.scope) for value in given]) if given else None

    def _derived(self, cls: Class) -> list[tuple[str, str]]:
        """Give file and name of all classes that may have a class as a base, by its name."""
        return [found for name in self.names_of(cls.node.name) for found in self.workspace.derived.get(name, ())]

    def _subclasses(self, cls: Class) -> list[Class]:
        found = []
        for path, derived in self._derived(cls):
            file = self.workspace.file(path)
            for other in file.classes if file is not None else ():
                if other.node.name == derived and other is not cls and cls in self.bases(other):
                    found.append(other)
        return found

    def _attribute_type(self, cls: Class, name: str) -> Value | None:
        family = self.relatives(cls)
        if cls in self._vast:
            return None
        key = (id(family), name)
        if key not in self._types:
            self._types[key] = None
            given = self._annotated_in(family, name) + self._assigned(family, name)
            self._types[key] = combine(given) if given else self._inherited(cls, name)
        return self._types[key]

    def _inherited(self, cls: Class, name: str) -> Value | None:
        """Tell what an attribute is to which nothing of the workspace is assigned: what a base from outside made."""
        bases = [
            base for relative in self._lineage(cls) for base in self.bases(relative) if not isinstance(base, Class)
        ]
        found = [
            ExternalObject(base.name)
            for base in bases
            if isinstance(base, External) and base.name not in HARMLESS_BASES
        ]
        return combine([self.attribute(base, name) for base in found]) if found and None not in bases else None

    def _annotated_in(self, family: frozenset[Class], name: str) -> list[Value | None]:
        return [self.bound(binding) for cls in family for binding in cls.scope.bindings.get(name, ())]

    def _assigned(self, family: frozenset[Class], name: str) -> list[Value | None]:
        """Evaluate whatever is assigned to an attribute of this name of these classes' instances, or of who knows."""
        given: list[Value | None] = []
        for file in self.workspace.indexed_with(name, STORED):
            for mention in file.mentions.get(name, ()):
                if isinstance(mention.node, ast.Attribute) and not isinstance(mention.node.ctx, ast.Load):
                    owner = self.of(mention.node.value, mention.scope)
                    if owner is None or (isinstance(owner, Instance) and owner.cls in family):
                        given.append(self._stored(mention))
                elif isinstance(mention.node, ast.Constant) and sets_by_name(mention):
                    given.append(None)
        return given

    def _stored(self, mention: Mention) -> Value | None:
        match mention.parent:
            case ast.Assign(value=value, targets=targets) if mention.node in targets:
                return self.of(value, mention.scope)
            case ast.AnnAssign(annotation=annotation):
                return self.annotated(annotation, mention.scope)
        return None


def is_test_file(path: str) -> bool:
    """Tell whether a file belongs to tests, by where it lies and what it is called."""
    *folders, name = path.split("/")
    named = name.startswith("test_") or name.endswith("_test.py") or name in ("conftest.py", "tests.py")
    return named or any(folder in ("test", "tests", "testing") for folder in folders)


def is_fixture(func: Func) -> bool:
    """Tell whether a function is a fixture of pytest."""
    texts = [ast.unparse(node.func if isinstance(node, ast.Call) else node) for node in func.node.decorator_list]
    return any(text in ("fixture", "pytest.fixture") for text in texts)


def sets_by_name(mention: Mention) -> bool:
    """Tell whether a text names an attribute that a call sets, gets or replaces."""
    call = mention.parent
    if not isinstance(call, ast.Call) or mention.node not in call.args:
        return False
    function = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return function in _BY_NAME


_BY_NAME = word_set(
    """
    getattr setattr hasattr delattr object patch attrgetter methodcaller getattr_static spy stub import_string
    import_object resolve_name create_autospec multiple
    """
)


def _is_property(func: Func) -> bool:
    return any(getattr(node, "id", "") in ("property", "cached_property") for node in func.node.decorator_list)


def _gives_itself(method: Func) -> bool:
    """Tell whether all that a method gives back is the instance that it belongs to."""
    first = [arg.arg for arg in [*method.node.args.posonlyargs, *method.node.args.args]][:1]
    returns = [node.value for node in ast.walk(method.node) if isinstance(node, ast.Return)]
    return bool(returns) and all(isinstance(value, ast.Name) and [value.id] == first for value in returns)
