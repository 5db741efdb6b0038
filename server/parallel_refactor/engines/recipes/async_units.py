"""Which functions can only become coroutine functions together, and where each of them is called."""

from __future__ import annotations

from attrs import Factory, define

from parallel_refactor.engines.recipes.async_barriers import Barriers, rebinds_asyncio
from parallel_refactor.engines.recipes.async_loops import Loops
from parallel_refactor.engines.recipes.async_sites import CallSite
from parallel_refactor.engines.recipes.async_table import is_route
from parallel_refactor.engines.recipes.async_uses import BarrierError, Uses
from parallel_refactor.engines.recipes.python_classes import Classes, is_test_file
from parallel_refactor.engines.recipes.python_words import Class, External, Func
from parallel_refactor.engines.recipes.python_workspace import DEFINED


@define(eq=False)
class Unit:
    """A function, or methods of one name in classes that may stand in for each other.

    `calls` are all of their calls. `reason` says why they stay as they are, whoever calls them; `forbidden`: nothing
    like them can be a coroutine function.
    """

    functions: tuple[Func, ...]
    calls: list[CallSite] = Factory(list)
    reason: str = ""
    forbidden: bool = False

    @property
    def name(self) -> str:
        """What people call it."""
        return self.functions[0].name


@define(slots=False, eq=False)
class Units:
    """Joins functions to units. `visited`: the paths that the run visits."""

    values: Classes
    visited: frozenset[str]
    loops: Loops
    barriers: Barriers
    uses: Uses
    _units: dict[Func, Unit] = Factory(dict)

    def of(self, func: Func) -> Unit:
        """Give the unit of a function."""
        if func not in self._units:
            unit = Unit(tuple(self._together(func)))
            self._units.update(dict.fromkeys(unit.functions, unit))
            unit.reason = self._forbidden(unit)
            unit.forbidden = bool(unit.reason)
            unit.reason = unit.reason or self._find_reason(unit)
        return self._units[func]

    def obstacle(self, site: CallSite) -> str:
        """Say why a call cannot be awaited where it stands, whatever becomes of the function that it stands in."""
        if site.file.path not in self.visited:
            return f"it is called in {site.where}, outside of the run"
        if self.loops.starts(site) and rebinds_asyncio(site.file):
            return f"the name asyncio means something else in {site.file.path}, where it is called"
        if self.loops.at_start(site) and site.can_change:
            return ""
        if site.obstacle:
            return f"it is called {site.obstacle} in {site.where}"
        if lock := self.barriers.held_lock(site.mention):
            return f"it is called in {site.where} {lock}"
        return ""

    def _together(self, func: Func) -> list[Func]:
        if func.owner is None:
            return [func]
        name, found = func.node.name, dict.fromkeys(self.values.find_methods(func.owner, func.node.name))
        protocol = any(map(self._is_protocol, self.values.relatives(func.owner)))
        for file in self.values.workspace.indexed_with(name, DEFINED):
            if protocol or is_test_file(file.path):
                for cls in file.classes:
                    if name in cls.methods:
                        found |= dict.fromkeys(self.values.find_methods(cls, name))
        return list(found)

    def _is_protocol(self, cls: Class) -> bool:
        return any(isinstance(base, External) and base.name.endswith(".Protocol") for base in self.values.bases(cls))

    def _forbidden(self, unit: Unit) -> str:
        """Say what in the functions themselves, or around them, forbids that they wait."""
        for func in unit.functions:
            reason = self.barriers.of(func) if func.path in self.visited else "it is outside of the run"
            if reason and func is unit.functions[0]:
                return reason
            if reason:
                return f"`{func.name}` in {func.path}, which must go with it, stays: {reason}"
        if any(self.loops.is_script(func) for func in unit.functions):
            return "it is an entry point of the project: a script calls it"
        return ""

    def _find_reason(self, unit: Unit) -> str:
        """Find all calls, and say what about them forbids that the functions become coroutine functions."""
        try:
            unit.calls = self.uses.calls(unit.functions, public=False)
        except BarrierError as error:
            return str(error)
        if not unit.calls and not any(self._is_endpoint(func) for func in unit.functions):
            return "nothing in the workspace calls it: who does is not known"
        return next((reason for site in unit.calls if (reason := self.obstacle(site))), "")

    def _is_endpoint(self, func: Func) -> bool:
        routed = any(is_route(self.values.of(node, func.outer)) for node in func.node.decorator_list)
        return routed or func in self.uses.endpoints
