"""Types that follow from a function's name and place alone: what Python and pytest give to it."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import cached_property
from pathlib import PurePosixPath

from attrs import define

from parallel_refactor.engines.recipes.hints_slots import RESULT, Place
from parallel_refactor.engines.recipes.python_module import Definition, PythonModule, called, last_name
from parallel_refactor.engines.recipes.python_scope import own_expressions, own_statements

_EXIT = ("type[BaseException] | None", "BaseException | None", "TracebackType | None")
_SPECIAL: Mapping[str, tuple[str, ...]] = {
    "__contains__": ("object",),
    "__delattr__": ("str",),
    "__eq__": ("object",),
    "__ne__": ("object",),
    "__exit__": _EXIT,
    "__aexit__": _EXIT,
    "__format__": ("str",),
    "__getattr__": ("str",),
    "__getattribute__": ("str",),
    "__instancecheck__": ("object",),
    "__set_name__": ("type", "str"),
    "__subclasscheck__": ("type",),
    "__deepcopy__": ("dict[int, Any]",),
}
"""What Python gives to special methods, parameter by parameter."""

_FIXTURES = {
    "tmp_path": "Path",
    "monkeypatch": "pytest.MonkeyPatch",
    "capsys": "pytest.CaptureFixture[str]",
    "capfd": "pytest.CaptureFixture[str]",
    "caplog": "pytest.LogCaptureFixture",
    "tmp_path_factory": "pytest.TempPathFactory",
    "recwarn": "pytest.WarningsRecorder",
    "pytester": "pytest.Pytester",
}
"""What pytest's own fixtures give, as a file that imports pytest says it."""

MODULES = {"TracebackType": "types", "Path": "pathlib", "Any": "typing", "NoReturn": "typing"}
"""Where the names of these types are to be had."""


@define(slots=False)
class Known:
    """Tells the types of one file that are known beforehand. `fixtures` are those that the workspace redefines."""

    module: PythonModule
    path: str

    def type_of(self, place: Place) -> ast.expr | None:
        """Give the type of a parameter or result, None if nothing is known."""
        if place.slot.name == RESULT:
            return ast.Constant(None) if self._gives_nothing(place.definition) else None
        text = self._special(place) or self._fixture(place) or _default(place)
        return ast.parse(text, mode="eval").body if text else None

    @staticmethod
    def to_try(place: Place) -> ast.expr | None:
        """Give a type that a result of which nothing else is told may have; the checker tells whether it does."""
        return ast.Name("NoReturn", ast.Load()) if place.slot.name == RESULT and _may_leave(place.definition) else None

    def _special(self, place: Place) -> str:
        definition, argument = place.definition, place.argument
        types = _SPECIAL.get(definition.node.name, ())
        if definition.owner is None or argument is None or not types:
            return ""
        if types is _EXIT and argument is definition.node.args.vararg:
            return "object"
        a = definition.node.args
        given = [*a.posonlyargs, *a.args][1:]
        number = given.index(argument) if argument in given else len(types)
        return types[number] if number < len(types) else ""

    def _fixture(self, place: Place) -> str:
        definition, argument = place.definition, place.argument
        if argument is None or not self._is_test_file or argument.arg in self.module.by_name:
            return ""
        a = definition.node.args
        if argument not in a.args or a.defaults:
            return ""
        decorators = {name.rpartition(".")[2] for name in definition.decorators}
        if not definition.node.name.startswith("test") and "fixture" not in decorators:
            return ""
        return _FIXTURES.get(argument.arg, "")

    @cached_property
    def _is_test_file(self) -> bool:
        name = PurePosixPath(self.path).name
        return name.startswith("test_") or name.endswith("_test.py") or name == "conftest.py"

    def _gives_nothing(self, definition: Definition) -> bool:
        """Whether a coroutine function never returns a value, as its statements show. Pyrefly tells the others."""
        if not isinstance(definition.node, ast.AsyncFunctionDef):
            return False
        last_does_something = False
        for statement, _ in own_statements(definition.node):
            if isinstance(statement, ast.Raise):
                return False
            if isinstance(statement, ast.Return) and statement.value is not None:
                return False
            if any(isinstance(node, ast.Yield | ast.YieldFrom) for node in own_expressions(statement)):
                return False
            last_does_something = last_does_something or not isinstance(statement, ast.Pass)
        return last_does_something


def _may_leave(definition: Definition) -> bool:
    """Whether a function, which no class can override, may always end with an exception, as its statements show."""
    match definition.node.body[-1]:
        case ast.Raise(exc=ast.expr() as raised):
            if last_name(called(raised)) == "NotImplementedError":  # what is to come may return something
                return False
        case ast.Expr(value=ast.Call()):  # of something that always raises
            pass
        case _:
            return False
    if definition.owner is not None:
        return False
    statements = [statement for statement, _ in own_statements(definition.node)]
    yields = (ast.Yield, ast.YieldFrom)
    return not any(
        isinstance(statement, ast.Return) or any(isinstance(node, yields) for node in own_expressions(statement))
        for statement in statements
    )


def _default(place: Place) -> str:
    """Give the type of a parameter's default where that is a plain value, which `None` is not."""
    a = place.definition.node.args
    positional = zip(reversed([*a.posonlyargs, *a.args]), reversed(a.defaults), strict=False)
    for argument, default in (*positional, *zip(a.kwonlyargs, a.kw_defaults, strict=True)):
        if argument is place.argument and isinstance(default, ast.Constant) and isinstance(default.value, _PLAIN):
            return type(default.value).__name__
    return ""


_PLAIN = (bool, str, bytes, int, float)
