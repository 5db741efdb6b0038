"""The places of a file where an annotation can be, and the bytes that put one there."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from attrs import frozen

from parallel_refactor.engines.recipes.docstring_insert import Edit
from parallel_refactor.engines.recipes.python_module import Definition, Function, PythonModule
from parallel_refactor.engines.recipes.python_source import PythonSource

RESULT = ""


@frozen(order=True)
class Slot:
    """A place for an annotation: `function` counts the file's functions, `name` is a parameter or `RESULT`."""

    function: int
    name: str


@frozen
class Place:
    """A slot with what is there. `argument` is None for the result."""

    slot: Slot
    definition: Definition
    argument: ast.arg | None
    annotation: ast.expr | None

    @property
    def line(self) -> int:
        """The line of the parameter, or of the function."""
        return self.argument.lineno if self.argument else self.definition.node.lineno


def places(module: PythonModule) -> Iterator[Place]:
    """Give all places for annotations, those of the instance or class of a method apart."""
    for number, definition in enumerate(module.definitions):
        for argument in definition.parameters:
            yield Place(Slot(number, argument.arg), definition, argument, argument.annotation)
        yield Place(Slot(number, RESULT), definition, None, definition.node.returns)


def annotation_edits(module: PythonModule, texts: Mapping[Slot, str]) -> list[Edit]:
    """Give what puts these annotations at their places, which must be free.

    A default gets blanks around its equals sign where the sign follows the parameter at once, as everybody writes it.
    """
    edits = []
    for place in places(module):
        if (text := texts.get(place.slot)) is None:
            continue
        if place.argument is None:
            at = result_offset(module.source, place.definition.node)
            edits.append(Edit(at, at, f" -> {text}".encode()))
            continue
        at = module.source.end(place.argument)
        if module.source.data[at : at + 1] == b"=":
            tight = module.source.data[at + 1 : at + 2] not in _BLANKS
            edits.append(Edit(at, at, f": {text} ".encode()))
            edits += [Edit(at + 1, at + 1, b" ")] if tight else []
        else:
            edits.append(Edit(at, at, f": {text}".encode()))
    return edits


def result_offset(source: PythonSource, function: Function) -> int:
    """Give the offset after the parenthesis that closes a function's parameters."""
    last = _header_end(source, function)
    closed = last
    for match in _HEADER.finditer(source.data, last):
        if match.group() == b":":
            return closed
        if match.group() == b")":
            closed = match.end()
    raise AssertionError("a function's header has a colon")


def has_type_comment(source: PythonSource, function: Function) -> bool:
    """Tell whether a comment in or below a function's header gives its types."""
    start, body = source.start(function), source.start(function.body[0])
    return _TYPE_COMMENT.search(source.data, start, body) is not None


_BLANKS = frozenset({b" ", b"\t", b"\f", b"\r", b"\n", b"\\"})
_HEADER = re.compile(rb"#[^\r\n]*|[():]")
_TYPE_COMMENT = re.compile(rb"#[ \t]*type:(?![ \t]*ignore)")


def _header_end(source: PythonSource, function: Function) -> int:
    """Give the offset after the last thing in a function's parentheses that could hold a colon."""
    a = function.args
    arguments = [*a.posonlyargs, *a.args, *a.kwonlyargs, a.vararg, a.kwarg]
    nodes = [*arguments, *a.defaults, *a.kw_defaults, *getattr(function, "type_params", ())]
    return max((source.end(node) for node in nodes if node), default=source.start(function))
