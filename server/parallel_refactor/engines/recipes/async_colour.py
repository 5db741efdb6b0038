"""Colours the call graph of a workspace: which functions become coroutine functions, and why others do not."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from attrs import Factory, define, frozen

from parallel_refactor.engines.recipes.async_barriers import rebinds_asyncio
from parallel_refactor.engines.recipes.async_table import Replacement, interesting_names, replacement
from parallel_refactor.engines.recipes.async_units import Unit, Units
from parallel_refactor.engines.recipes.async_uses import CallSite
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

    `remarks` tell what was left.
    """

    units: list[Unit] = Factory(list)
    blocking: list[Blocking] = Factory(list)
    remarks: list[Remark] = Factory(list)


_IMPORT = re.compile(rb"(?:\bfrom|\bimport|\\\r?\n)[^\r\n]*")
_WORD = re.compile(rb"\w+")


@define(eq=False)
class _Colourer:
    units: Units
    files: bool
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
                continue
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
        """Give the units that block, or call one that does, and so on, as far as none of them is left."""
        found = dict.fromkeys(unit for unit in self.seeds if unit not in self.left)
        waiting = list(found)
        while waiting:
            for caller in self.callers[waiting.pop()]:
                if caller not in found and caller not in self.left:
                    found[caller] = None
                    waiting.append(caller)
        return list(found)

    def _drop(self) -> bool:
        """Leave the units with a caller that is left; tell whether there was any."""
        dropped = {
            unit: f"its caller `{caller.name}` in {site.where} stays as it is"
            for unit in self._wanted()
            for caller, site in self.callers[unit].items()
            if caller in self.left
        }
        self.left |= dropped
        return bool(dropped)

    # ---- what blocks

    def _blocking(self) -> Iterator[Blocking]:
        """Find the calls that block, in all files that may have some, tests apart."""
        workspace, pairs = self.units.values.workspace, interesting_names(files=self.files)
        names = {last: sorted(self.units.values.names_of(last)) for _, last in pairs}
        for path in workspace.sources:
            text = workspace.text(path)
            imported = set(_WORD.findall(b" ".join(_IMPORT.findall(text))))
            here = {last for top, last in pairs if top.encode() in imported and last.encode() in text}
            if not here or is_test_file(path) or (file := workspace.file(path)) is None:
                continue
            for name in sorted({name for last in here for name in names[last]}):
                for mention in file.mentions.get(name, ()):
                    site = CallSite(file, mention, mention.call) if mention.call is not None else None
                    if site is not None and (found := self._replacement(site)) is not None:
                        yield Blocking(site, found)

    def _place(self, blocking: Blocking) -> None:
        """Put a blocking call down for its function, or say why it stays as it is."""
        site, place = blocking.site, blocking.site.place
        func = place.function
        if func is not None and not func.is_async and self.units.loops.is_bridge(func):
            return
        reason = self._obstacle(blocking)
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
            self.result.remarks.append(Remark(func.path, func.line, text))


def colour(units: Units, *, files: bool) -> Colouring:
    """Find out what becomes asynchronous in a workspace. `files`: reading and writing files counts as blocking."""
    return _Colourer(units, files).colour()
