"""Functions that are better off without more annotations: programs read annotations as they run."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from functools import cached_property

from attrs import define, frozen

from parallel_refactor.engines.recipes.docstring_words import word_set
from parallel_refactor.engines.recipes.hints_slots import has_type_comment
from parallel_refactor.engines.recipes.python_module import Definition, PythonModule, last_name, root_name

_READERS = word_set(
    """
    aiogram apistar arq beartype cyclopts dagster dependency_injector discord fastapi fastmcp faststream flytekit hug
    injector jsargparse kopf lagom langchain langchain_core litestar mcp nameko nextcord ninja piccolo_api plum prefect
    punq pydantic pydantic_ai sanic_ext simple_parsing singledispatchmethod spyne starlite strawberry torch tyro
    typeguard typer
    """
)
"""Packages that decide by the annotations of functions which they are given."""

_DISPATCHERS = frozenset({"singledispatch", "singledispatchmethod"})
_READS_ITSELF = re.compile(rb"get_type_hints|get_annotations|__annotations__|\.annotation\b|\.return_annotation\b")
_HARMLESS = word_set(
    """
    abstractmethod asynccontextmanager cache cached_property classmethod contextmanager deleter fixture getter lru_cache
    property setter staticmethod wraps
    """
)


@frozen
class Readers:
    """Whether the workspace uses packages that read annotations, and the functions that may be handed to them."""

    used: bool = False
    handed_over: frozenset[str] = frozenset()

    @classmethod
    def survey(cls, modules: Iterable[PythonModule]) -> Readers:
        """Look through the workspace's modules."""
        users = (module for module in modules if module.packages & _READERS)
        given = [_given_by_name(module) for module in users]
        return cls(bool(given), frozenset().union(*given))


@define(slots=False)
class HintHarm:
    """Judges the functions of one file."""

    module: PythonModule
    readers: Readers

    def reason(self, definition: Definition) -> str:
        """Tell why a function is better left without more annotations, "" if it is not."""
        names = {name.rpartition(".")[2] for name in definition.decorators}
        name = definition.node.name
        reasons = {
            "its types are in a comment": has_type_comment(self.module.source, definition.node),
            "its file reads annotations as it runs": self._reads_itself,
            "its overloads say its types": "overload" in names or name in self._overloaded,
            "calls are dispatched by its annotations": bool(names & _DISPATCHERS) or _is_registered(definition),
            "its types are not to be checked": "no_type_check" in names,
            "a decorator may give it to a package that reads annotations": self.readers.used and not names <= _HARMLESS,
            "it is handed to a package that reads annotations": name in self.readers.handed_over,
        }
        return next((reason for reason, holds in reasons.items() if holds), "")

    @cached_property
    def _reads_itself(self) -> bool:
        return _READS_ITSELF.search(self.module.source.data) is not None

    @cached_property
    def _overloaded(self) -> set[str]:
        overloads = [d for d in self.module.definitions if "overload" in {n.rpartition(".")[2] for n in d.decorators}]
        return {definition.node.name for definition in overloads}


def _given_by_name(module: PythonModule) -> frozenset[str]:
    """Give the names that a file gives to any call."""
    calls = [node for node in module.nodes if isinstance(node, ast.Call)]
    given = [node for call in calls for node in (*call.args, *(keyword.value for keyword in call.keywords))]
    return frozenset(last_name(node) for node in given if root_name(node))


def _is_registered(definition: Definition) -> bool:
    decorators = definition.node.decorator_list
    return any(isinstance(node, ast.Attribute) and node.attr == "register" for node in decorators)
