"""How a competent model changes a signature and its users.

It is asked for in these words: "Make `keyword` of `function` a required keyword; who leaves it out means `value`."

It knows the new signature of a function that its files do not define only if it is told.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

_ASKED = re.compile(r"Make `(\w+)` of `(\w+)` a required keyword; who leaves it out means `([^`]+)`")

_Edit = tuple[int, int, str]


def with_required_keywords(text: str, instruction: str, told: str) -> str:
    """Give a Python file's text as it should become. `told` is the first message of the task."""
    for keyword, function, value in _ASKED.findall(instruction):
        try:
            tree = ast.parse(text)
        except SyntaxError:
            continue
        place = _Places(text)
        edits: list[_Edit] = []
        definition = _defined(tree, function)
        if definition:
            edits += _definition(definition, keyword, place)
        elif line := re.search(rf"\nafter:\n(?:.*\n)*?(def {function}\(.*\*, {keyword}\b.*)", told):
            definition = _defined(ast.parse(line[1]), function)
        if definition and keyword in _parameters(definition):  # else it is another function of the same name
            before = [name for name in _parameters(definition) if name != keyword]
            calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _calls(node, function)]
            edits += [edit for node in calls for edit in _call(node, keyword, value, len(before), place)]
        for start, end, new in sorted(edits, reverse=True):
            place.data[start:end] = new.encode()
        text = place.data.decode()
        ast.parse(text)
    return text


def _defined(tree: ast.Module, function: str) -> ast.FunctionDef | None:
    return next((node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == function), None)


def _parameters(node: ast.FunctionDef) -> list[str]:
    return [parameter.arg for parameter in (*node.args.args, *node.args.kwonlyargs)]


class _Places:
    """A text as bytes, and where its nodes are in it."""

    def __init__(self, text: str) -> None:
        self.data = bytearray(text.encode())
        self._lines = [0, *(match.end() for match in re.finditer(rb"\n", self.data))]

    def start(self, node: ast.expr | ast.arg) -> int:
        return self._lines[node.lineno - 1] + node.col_offset

    def end(self, node: ast.expr) -> int:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self._lines[node.end_lineno - 1] + node.end_col_offset


def _calls(node: ast.Call, function: str) -> bool:
    called = node.func
    if isinstance(called, ast.Attribute):
        return called.attr == function and ast.unparse(called.value) != "itertools"
    return isinstance(called, ast.Name) and called.id == function


def _definition(node: ast.FunctionDef, keyword: str, place: _Places) -> Iterator[_Edit]:
    """Take the default of the last parameter away, and make it a keyword if it is none."""
    given, only = node.args, node.args.kwonlyargs
    last, default = (
        (only[-1], given.kw_defaults[-1]) if only else (given.args[-1], given.defaults[-1] if given.defaults else None)
    )
    if last.arg == keyword and default:
        yield place.start(last), place.end(default), ast.unparse(last) if only else f"*, {ast.unparse(last)}"


def _call(node: ast.Call, keyword: str, value: str, before: int, place: _Places) -> Iterator[_Edit]:
    if any(given.arg in (keyword, None) for given in node.keywords):
        return
    if len(node.args) > before:
        yield place.start(node.args[before]), place.start(node.args[before]), f"{keyword}="
        return
    close = place.end(node) - 1
    inside = place.data[:close].rstrip()
    if isinstance(node.args[0], ast.GeneratorExp) and place.end(node.args[0]) == close + 1:
        yield place.start(node.args[0]), place.start(node.args[0]), "("
        yield close, close, f"), {keyword}={value}"
    elif inside.endswith(b","):
        yield len(inside), len(inside), f" {keyword}={value}"
    else:
        yield len(inside), len(inside), f", {keyword}={value}"
