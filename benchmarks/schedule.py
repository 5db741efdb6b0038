"""The best that any scheduler could do: how long tasks of known lengths take on some workers at no cost."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence


def largest_first(lengths: Iterable[float], workers: int) -> float:
    """Give the length of the schedule in which each free worker takes the longest task left.

    It is at most 4/3 of the best possible one: Graham, "Bounds on multiprocessing timing anomalies", SIAM Journal on
    Applied Mathematics 17 (1969).
    """
    free = [0.0] * workers
    for length in sorted(lengths, reverse=True):
        heapq.heapreplace(free, free[0] + length)
    return max(free)


def lower_bound(lengths: Sequence[float], workers: int) -> float:
    """Give what no schedule can beat: an equal share of the work, or the longest task."""
    return max(sum(lengths) / workers, *lengths)
