"""Where event loops are started: by which functions, and where code runs that is in none."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cached_property

from attrs import Factory, define

from parallel_refactor.engines.recipes.async_sites import CallSite
from parallel_refactor.engines.recipes.async_table import RUNNERS
from parallel_refactor.engines.recipes.async_uses import BarrierError, Uses
from parallel_refactor.engines.recipes.python_classes import Classes, is_fixture, is_test_file
from parallel_refactor.engines.recipes.python_index import IMPORT_TIME
from parallel_refactor.engines.recipes.python_module import Function
from parallel_refactor.engines.recipes.python_words import External, Func


@define(slots=False, eq=False)
class Loops:
    """Tells who may start an event loop, and who does. `scripts`: pairs of module and function."""

    values: Classes
    uses: Uses
    scripts: frozenset[tuple[str, str]]
    _bridges: dict[Func, bool] = Factory(dict)

    def is_bridge(self, func: Func) -> bool:
        """Tell whether a function runs where no event loop does, so that it may start one for each call.

        That are tests and fixtures, which a test runner calls, what a script of the project calls, and what ends a
        program when it is interrupted: KeyboardInterrupt comes out of `asyncio.run`, not out of what is awaited.
        """
        if func not in self._bridges:
            self._bridges[func] = False  # functions may call each other in circles
            self._bridges[func] = not func.is_async and func.inside is None and self._is_outermost(func)
        return self._bridges[func]

    def at_start(self, site: CallSite) -> bool:
        """Tell whether a call is made by a program that is run, before anything else: it may start an event loop."""
        place = site.place
        top = place.function is None and place.obstacle == IMPORT_TIME
        return top and (place.main or site.file.path.rpartition("/")[2] == "__main__.py")

    def starts(self, site: CallSite) -> bool:
        """Tell whether a call is made at the start of a program or by a bridge."""
        function = site.place.function
        return self.at_start(site) or (function is not None and self.is_bridge(function))

    def is_script(self, func: Func) -> bool:
        """Tell whether a script of the project calls a function."""
        if func.owner is not None or func.outer.parent is not None:
            return False
        dotted = func.path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
        return any(
            name == func.node.name and (dotted == module or dotted.endswith(f".{module}"))
            for module, name in self.scripts
        )

    def runs(self, func: Func) -> bool:
        """Tell whether a function starts an event loop, or calls what does, and so on, as far as calls can be told."""
        seen, waiting = {func}, [func]
        while waiting:
            current = waiting.pop()
            if current in self._starters or (current is not func and self.is_bridge(current)):
                return True
            for node in own_nodes(current.node):
                if isinstance(node, ast.Call):
                    value = self.values.of(node.func, current.scope)
                    if isinstance(value, Func) and value not in seen:
                        seen.add(value)
                        waiting.append(value)
                    if value is None and getattr(node.func, "attr", "") in self._names_of_starters:
                        return True
        return False

    # ---- bridges

    def _is_outermost(self, func: Func) -> bool:
        if is_test_file(func.path) and (_TEST.match(func.node.name) or is_fixture(func)):
            return not self._is_called(func)
        if not (self.is_script(func) or (func.owner is None and catches_interrupts(func))):
            return False
        return self._is_reached_from_starts(func, set())

    def _is_reached_from_starts(self, func: Func, seen: set[Func]) -> bool:
        """Tell whether all calls of a function are made where no event loop runs, perhaps through other functions."""
        if func in seen:
            return True
        seen.add(func)
        try:
            calls = self.uses.calls([func], public=True)
        except BarrierError:
            return False
        return all(map(self.at_start, calls)) or all(
            self.at_start(site) or (not site.place.obstacle and self._is_outside(site.place.function, seen))
            for site in calls
        )

    def _is_outside(self, func: Func | None, seen: set[Func]) -> bool:
        if func is None or func.is_async or func.yields:
            return False
        return self.is_bridge(func) or (func.owner is None and self._is_reached_from_starts(func, seen))

    def _is_called(self, func: Func) -> bool:
        """Tell whether code of the workspace may call a test or fixture, other than the same of a base class."""
        return any(
            mention.call is not None and not ast.unparse(mention.node).startswith("super().")
            for file in self.values.workspace.indexed_with(func.node.name)
            for mention in file.mentions.get(func.node.name, ())
        )

    # ---- event loops that the code starts already

    @cached_property
    def _names_of_starters(self) -> frozenset[str]:
        return frozenset(func.node.name for func in self._starters)

    @cached_property
    def _starters(self) -> set[Func]:
        found = set()
        for name in {name.rpartition(".")[2] for name in RUNNERS} | {"run_until_complete", "run_forever"}:
            for path in self.values.workspace.files_with(name):
                if not _ASYNC_WORDS.search(self.values.workspace.text(path)):
                    continue
                file = self.values.workspace.file(path)
                for mention in file.mentions.get(name, ()) if file is not None else ():
                    value = self.values.of(mention.node, mention.scope) if isinstance(mention.node, ast.expr) else None
                    known = isinstance(value, External) and value.name in RUNNERS
                    if mention.place.function and (known or name.startswith("run_")):
                        found.add(mention.place.function)
        return found


_ASYNC_WORDS = re.compile(rb"\b(asyncio|anyio|trio|uvloop|asgiref|nest_asyncio)\b")
_TEST = re.compile(r"test|setup|set_?[uU]p|tear_?[dD]own")


def own_nodes(function: Function) -> Iterator[ast.AST]:
    """Give the nodes of a function's body, without those of the functions, classes and lambdas in it."""
    stack: list[ast.AST] = list(function.body)
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, Function | ast.ClassDef | ast.Lambda):
            stack += ast.iter_child_nodes(node)


def catches_interrupts(func: Func) -> bool:
    """Tell whether a function handles KeyboardInterrupt."""
    return any(
        isinstance(node, ast.ExceptHandler) and node.type is not None and "KeyboardInterrupt" in ast.unparse(node.type)
        for node in own_nodes(func.node)
    )
