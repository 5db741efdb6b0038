"""Finds what hangs together in a graph: cycles, levels, connected parts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence


def strongly_connected(edges: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Give the strongly connected components, those that are imported before those that import them.

    Tarjan, "Depth-first search and linear graph algorithms", SIAM J. Comput. 1 (1972), with a stack of iterators in
    the place of recursion. Every target of an edge must be a key.
    """
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    path: dict[str, None] = {}  # Tarjan's stack of nodes whose component is open; a dict for fast membership
    components: list[list[str]] = []
    for start in edges:
        if start in index:
            continue
        calls: list[tuple[str, Iterator[str]]] = [(start, iter(edges[start]))]
        index[start] = low[start] = len(index)
        path[start] = None
        while calls:
            node, targets = calls[-1]
            for target in targets:
                if target not in index:
                    index[target] = low[target] = len(index)
                    path[target] = None
                    calls.append((target, iter(edges[target])))
                    break
                if target in path:
                    low[node] = min(low[node], index[target])
            else:
                calls.pop()
                if calls:
                    low[calls[-1][0]] = min(low[calls[-1][0]], low[node])
                if low[node] == index[node]:
                    components.append(sorted(_pop_through(path, node)))
    return components


def levels(components: Iterable[Collection[str]], edges: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Give each node the length of the longest chain of components below it; components come imported first."""
    level: dict[str, int] = {}
    for members in components:
        below = (level[target] + 1 for node in members for target in edges[node] if target in level)
        depth = max(below, default=0)
        level.update(dict.fromkeys(members, depth))
    return level


def connected(edges: Mapping[str, Collection[str]]) -> dict[str, str]:
    """Give each node the smallest node that it hangs together with, whatever the direction of the edges."""
    both: dict[str, set[str]] = {node: set(targets) for node, targets in edges.items()}
    for node, targets in edges.items():
        for target in targets:
            both[target].add(node)
    first: dict[str, str] = {}
    for node in sorted(both):
        if node not in first:
            first.update(dict.fromkeys(reached(node, both), node))
    return first


def reached(start: str, edges: Mapping[str, Iterable[str]]) -> list[str]:
    """Give what can be reached from a node, breadth first, neighbours in their order."""
    order = {start: None}
    queue = [start]
    for node in queue:
        for target in edges[node]:
            if target not in order:
                order[target] = None
                queue.append(target)
    return queue


def _pop_through(path: dict[str, None], node: str) -> Iterator[str]:
    popped = ""
    while popped != node:
        popped, _ = path.popitem()
        yield popped
