"""Colours the call graph of a workspace: which functions become coroutine functions, and why others do not."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from attrs import Factory, define, frozen

from parallel_refactor.engines.recipes.async_barriers import rebinds_asyncio
from parallel_refactor.engines.recipes.async_sites import CallSite
from parallel_refactor.engines.recipes.async_table import Replacement, names_by_module, replacement
from parallel_refactor.engines.recipes.async_twins import Twins, twin_name
from parallel_refactor.engines.recipes.async_units import Unit, Units
from parallel_refactor.engines.recipes.python_classes import is_test_file, sets_by_name


@frozen(eq=False)
class Blocking:
    """A call that blocks, and what is awaited in its place."""

    site: CallSite
    replacement: Replacement


@frozen
class Remark:
    """Why something was left."""

    path: str
    line: int
    reason: str


@define(eq=False)
class Colouring:
    """The result: `units` become coroutine functions; `blocking` are the calls that are awaited instead.

    `twins` get twins, in which `inner` functions are coroutine functions and `twin_blocking` calls are awaited.
    `remarks` tell what was left.
    """

    units: list[Unit] = Factory(list)
    twins: list[Unit] = Factory(list)
    inner: list[Unit] = Factory(list)
    twin_blocking: list[Blocking] = Factory(list)
    blocking: list[Blocking] = Factory(list)
    remarks: list[Remark] = Factory(list)


_IMPORT = re.compile(rb"(?:from|import)\b(?:[^\r\n\\(]|\\\r?\n|\([^)]*\))*")
_WORD = re.compile(rb"\w+")


@define(eq=False)
class _Colourer:
    units: Units
    files: bool
    twins: Twins | None
    result: Colouring = Factory(Colouring)
    seeds: dict[Unit, list[Blocking]] = Factory(dict)
    callers: dict[Unit, dict[Unit, CallSite]] = Factory(dict)
    left: dict[Unit, str] = Factory(dict)
    patched: dict[str, bool] = Factory(dict)

    def colour(self) -> Colouring:
        """Find the largest set of units in which every caller can await."""
        for blocking in self._blocking():
            self._place(blocking)
        self._explore()
        while self._drop():
            pass
        wanted = self._wanted()
        self.result.units = [unit for unit in wanted if unit not in self.left]
        self.result.blocking += [one for unit in self.result.units for one in self.seeds.get(unit, ())]
        self._twin([unit for unit in wanted if unit in self.left])
        for unit, reason in self.left.items():
            self._remark_unit(unit, reason)
        return self.result

    # ---- the graph

    def _explore(self) -> None:
        """Follow the calls from what blocks up to where nobody calls any more, or something must stay as it is."""
        waiting = list(self.seeds)
        while waiting:
            unit = waiting.pop()
            if unit in self.callers:
                continue
            self.callers[unit] = {}
            if unit.reason:
                self.left[unit] = unit.reason
                if self.twins is None or self.twins.obstacle(unit):
                    continue
                unit.calls = [
                    site for site in self.units.uses.sure_calls(unit.functions) if self.twins.serves(site, unit)
                ]
            for site in unit.calls:
                if (caller := self._caller(site)) is not None:
                    self.callers[unit].setdefault(caller, site)
                    waiting.append(caller)

    def _caller(self, site: CallSite) -> Unit | None:
        """Give the unit that must become asynchronous for a call to be awaited; None where it can be as it is."""
        func = site.place.function
        if func is None or func.is_async or self.units.loops.is_bridge(func):
            return None
        return self.units.of(func)

    def _wanted(self) -> list[Unit]:
        """Give the units that block, or call one that does, and so on, as far as none of them stays as it is."""
        found = dict.fromkeys(unit for unit in self.seeds if not self._stays(unit))
        waiting = list(found)
        while waiting:
            for caller in self.callers[waiting.pop()]:
                if caller not in found and not self._stays(caller):
                    found[caller] = None
                    waiting.append(caller)
        return list(found)

    def _stays(self, unit: Unit) -> bool:
        """Tell whether a unit is left and gets no twin."""
        if unit not in self.left:
            return False
        return self.twins is None or (bool(self.twins.obstacle(unit)) and not self._is_inner(unit))

    @staticmethod
    def _is_inner(unit: Unit) -> bool:
        """Tell whether a function within another is only called, so that it can be another in a twin of that."""
        func = unit.functions[0]
        return func.inside is not None and func.owner is None and not unit.reason

    def _drop(self) -> bool:
        """Leave the units with a caller that is left; tell whether there was any."""
        dropped = {
            unit: f"its caller `{caller.name}` in {site.where} stays as it is"
            for unit in self._wanted()
            if unit not in self.left
            for caller, site in self.callers[unit].items()
            if caller in self.left
        }
        self.left |= dropped
        return bool(dropped)

    def _twin(self, candidates: list[Unit]) -> None:
        """Find the units that get twins, and the functions in them: those with anything to await."""
        inner = {unit for unit in candidates if self._is_inner(unit)}
        twins = set(candidates) - inner
        while True:
            live = {*self.result.units, *twins, *inner}
            useful = {caller for unit in live for caller in self.callers[unit]} | self.seeds.keys()
            lost = {unit for unit in twins | inner if unit not in useful}
            lost |= {unit for unit in inner if not set(self.callers[unit]) <= twins | inner}
            if not lost:
                break
            twins, inner = twins - lost, inner - lost
        self.result.twins = [unit for unit in candidates if unit in twins]
        self.result.inner = [unit for unit in candidates if unit in inner]
        self.result.twin_blocking = [
            one for unit in candidates if unit in twins | inner for one in self.seeds.get(unit, ())
        ]

    # ---- what blocks

    def _blocking(self) -> Iterator[Blocking]:
        """Find the calls that block, in all files that may have some, tests apart."""
        workspace, modules = self.units.values.workspace, names_by_module(files=self.files)
        known = {name: self.units.values.names_of(name) for names in modules.values() for name in names}
        for path in workspace.sources:
            if is_test_file(path):
                continue
            text = workspace.text(path)
            imported = set(_WORD.findall(b" ".join(_IMPORT.findall(text))))
            names = {
                name
                for module, last in modules.items()
                if imported.issuperset(module.encode().split(b"."))
                for name in last
            }
            here = {
                other for name in names if name.encode() in text for other in known[name] if _is_called(other, text)
            }
            if not here or (file := workspace.file(path)) is None:
                continue
            for name in sorted(here):
                for mention in file.mentions.get(name, ()):
                    site = CallSite(file, mention, mention.call) if mention.call is not None else None
                    if site is not None and (found := self._replacement(site)) is not None:
                        yield Blocking(site, found)

    def _place(self, blocking: Blocking) -> None:
        """Put a blocking call down for its function, or say why it stays as it is."""
        site, place = blocking.site, blocking.site.place
        func = place.function
        reason = self._obstacle(blocking)
        if func is not None and self.units.loops.is_bridge(func):
            reason = f"it is called by `{func.name}`, which is where event loops start"
        if reason:
            self._remark(site, reason)
        elif func is not None and func.is_async:
            self.result.blocking.append(blocking)
        elif func is not None:
            self.seeds.setdefault(self.units.of(func), []).append(blocking)

    def _obstacle(self, blocking: Blocking) -> str:  # noqa: PLR0911
        site, func = blocking.site, blocking.site.place.function
        if site.file.path not in self.units.visited:
            return "it is outside of the run"
        if blocking.replacement.tied:
            return blocking.replacement.tied
        if site.obstacle or func is None:
            return f"it is called {site.obstacle}"
        if func.is_async and rebinds_asyncio(site.file):
            return "the name asyncio means something else in its file"
        if any(isinstance(arg, ast.GeneratorExp) for arg in blocking.site.call.args):
            return "a generator among its arguments would run in another thread"
        if any(keyword.arg == "preexec_fn" for keyword in blocking.site.call.keywords):
            return "`preexec_fn` is not safe where there are threads"
        lock = self.units.barriers.held_lock(site.mention)
        return f"it is called {lock}" if lock else ""

    def _replacement(self, site: CallSite) -> Replacement | None:
        found = replacement(self.units.values.of(site.call.func, site.mention.scope), files=self.files)
        if found is None or not found.equivalent:
            return found
        return Replacement() if self._is_patched(found.equivalent.rpartition(".")[2]) else found

    def _is_patched(self, name: str) -> bool:
        """Tell whether something in the workspace puts another function in the place of a blocking one."""
        if name not in self.patched:
            mentions = [
                mention
                for file in self.units.values.workspace.indexed_with(name)
                for mention in file.mentions.get(name, ())
            ]
            self.patched[name] = any(
                sets_by_name(mention) or isinstance(getattr(mention.node, "ctx", None), ast.Store)
                for mention in mentions
                if not isinstance(mention.node, ast.Name)
            )
        return self.patched[name]

    # ---- what is said

    def _remark(self, site: CallSite, reason: str) -> None:
        text = f"`{ast.unparse(site.call.func)}` stays: {reason}"
        self.result.remarks.append(Remark(site.file.path, site.mention.line, text))

    def _remark_unit(self, unit: Unit, reason: str) -> None:
        for func in unit.functions:
            text = f"`{func.name}` is not made async: {reason}"
            if unit in self.result.twins:
                text += f"; `{twin_name(func.node.name)}` is beside it"
            elif self.twins is not None and not unit.forbidden and (why := self.twins.obstacle(unit)):
                text += f"; it has no twin: {why}"
            self.result.remarks.append(Remark(func.path, func.line, text))


def _is_called(name: str, text: bytes) -> bool:
    """Tell whether a text may call a name: whether there may be a parenthesis behind it."""
    return re.search(rb"\b%b\s*[()\\#]" % name.encode(), text) is not None


def colour(units: Units, twins: Twins | None, *, files: bool) -> Colouring:
    """Find out what becomes asynchronous in a workspace, with twins or without.

    `files`: reading and writing files counts as blocking.
    """
    return _Colourer(units, files, twins).colour()
