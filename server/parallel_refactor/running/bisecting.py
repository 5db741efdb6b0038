"""Which results pass together, where all of them do not: the others are to blame.

By halves, as delta debugging does (Zeller and Hildebrandt, 2002), but not for the smallest set that fails: for a large
one that passes. What is bad only together is kept but for one; what is good only together is found too, as long as one
half or the results kept so far have all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

Name = TypeVar("Name", bound=Hashable)


def find_passing(names: Sequence[Name], passes: Callable[[tuple[Name, ...]], bool]) -> tuple[Name, ...]:
    """Give names that pass together and of which no single other one can be added.

    `passes` must know its answers: it is asked for some sets again, in any order of their names. No name passes alone
    at the beginning is no error; no names at all must pass.
    """
    kept: tuple[Name, ...] = ()
    rest = tuple(names)
    while rest and (added := _addable(kept, rest, passes)):
        kept += added
        rest = tuple(name for name in rest if name not in added)
    return kept


def _addable(
    kept: tuple[Name, ...], rest: tuple[Name, ...], passes: Callable[[tuple[Name, ...]], bool]
) -> tuple[Name, ...]:
    """Find what of `rest` passes together with what is kept."""
    if passes(kept + rest):
        return rest
    if len(rest) == 1:
        return ()
    half = len(rest) // 2
    first = _addable(kept, rest[:half], passes)
    return first + _addable(kept + first, rest[half:], passes)
