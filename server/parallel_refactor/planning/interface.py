"""What planning takes and gives: files, languages, dependencies. Engines and the board are not its business."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from pathlib import Path

from attrs import Factory, frozen


class Order(StrEnum):
    """How the tasks of files that import each other hang together; the recipe says which it wants."""

    NONE = "none"
    AFTER = "after"
    NEEDS = "needs"


@frozen
class PlanRequest:
    """What to plan. `include` and `exclude` are globs as in .gitignore, relative to `root`; no include means all.

    `scope` is a folder or file below `root` to which the plan is limited ("" for all of it). `suffixes` are the file
    name endings of the recipe's languages, with the dot; empty means any text file. `interface` are globs of files
    whose signatures change: those who use them need them, and nobody else waits for anybody, whatever `order` says.
    `done` answers whether a file
    needs no visit, because a done task with the same fingerprint left exactly this digest (sha256, hex) behind.
    `joints`, if not None, are pairs of files that hang together, in place of the imports. `unneeded` says which of the
    files that would be visited are left out after all, and why.
    """

    root: Path
    scope: str = ""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    suffixes: tuple[str, ...] = (".py",)
    interface: tuple[str, ...] = ()
    order: Order = Order.NONE
    workers: int = 8
    max_bytes: int = 1_000_000
    done: Callable[[str, str], bool] = lambda _path, _digest: False
    joints: Sequence[tuple[str, str]] | None = None
    unneeded: Callable[[Collection[str]], Iterable[LeftOut]] = lambda _files: ()


@frozen
class LeftOut:
    """A file that the plan does not visit, and why, in words for a person."""

    path: str
    reason: str


@frozen
class PlannedTask:
    """Files for one worker. `size` is theirs in bytes; `group` joins tasks that only make sense together.

    The heaviest task is claimed first: `weight` is `size` plus, where tasks wait for it, that of their heaviest chain.
    """

    id: str
    files: tuple[str, ...]
    weight: int
    group: str = ""
    after: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    size: int = 0


@frozen
class Plan:
    """The partition of the chosen files into tasks, heaviest first, and what was left out.

    `skipped` files match what an earlier run left behind: nothing to do. `imports` maps a file to the workspace files
    that it imports.
    """

    tasks: tuple[PlannedTask, ...]
    left_out: tuple[LeftOut, ...] = ()
    skipped: tuple[str, ...] = ()
    imports: Mapping[str, tuple[str, ...]] = Factory(dict)


class PlanError(Exception):
    """The request cannot be planned. The message tells a person why and what to do."""
