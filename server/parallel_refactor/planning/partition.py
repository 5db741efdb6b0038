"""Splits the chosen files into balanced tasks, by their imports."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from attrs import frozen

from parallel_refactor.planning.components import connected, levels, reached, strongly_connected
from parallel_refactor.planning.interface import Order, PlannedTask

FILE_COST = 1_000  # what it costs to visit a file at all, in bytes of it: many tiny files are not one tiny task
_SMALL_CYCLE = 16_384  # files that import each other stay together up to this, however small the workspace


def partition(
    sizes: Mapping[str, int],
    imports: Mapping[str, Sequence[str]],
    broken: Collection[str],
    order: Order,
    workers: int,
) -> tuple[PlannedTask, ...]:
    """Split the files of `sizes` (bytes) into tasks, the first to claim first; each file is in exactly one.

    Files that import each other in a circle share a task up to `cycle_cap`; a heavier circle is cut into pieces of
    `task_cap`, and the imports along the cuts order nothing. Neighbours in the tree are put together up to that cap.
    Where the order matters they must be equally deep in the imports, so that no two tasks can wait for each other,
    and no depth gets fewer than two tasks for each worker: small depths must not become a chain of large tasks.
    A file in `broken` is a task of its own that nothing waits for. The same files give the same tasks.
    """
    web = _weave(sizes, imports, frozenset(broken), order)
    total = sum(map(web.cost, web.edges))
    clusters: defaultdict[tuple[int, str], list[tuple[str, ...]]] = defaultdict(list)
    cost_at: Counter[int] = Counter()
    for component in web.components:
        depth, _ = cluster = web.cluster(component[0])
        cost_at[depth] += sum(map(web.cost, component))
        whole = cycle_cap(total, workers)
        clusters[cluster] += _cut(component, web, whole, task_cap(total, workers))
    bundles: list[tuple[str, ...]] = []
    for (depth, _), pieces in clusters.items():
        cap = min(task_cap(total, workers), cost_at[depth] // (2 * workers))
        bundles += _pack(sorted(pieces), cap, web.cost)
    return _tasks(bundles, web)


def task_cap(total: int, workers: int) -> int:
    """Give the cost up to which files are put together: about 12 tasks for each worker, and never over 24."""
    return total // (12 * workers)


def cycle_cap(total: int, workers: int) -> int:
    """Give the cost up to which a cycle stays whole: at most 5 % of all, and half of one worker's share."""
    return max(min(total // 20, total // (2 * workers)), _SMALL_CYCLE)


@frozen
class _Web:
    """How the planned files hang together. `level`: depth in the imports; `parts`: the first file linked to each."""

    sizes: Mapping[str, int]
    edges: Mapping[str, Sequence[str]]
    components: Sequence[Sequence[str]]
    level: Mapping[str, int]
    parts: Mapping[str, str]
    linked: frozenset[str]
    broken: frozenset[str]
    order: Order

    def cost(self, path: str) -> int:
        """Give what visiting the file costs."""
        return self.sizes[path] + FILE_COST

    def cluster(self, path: str) -> tuple[int, str]:
        """Give the depth and the name that files must share to be put together in one task."""
        if path in self.broken:
            return -1, path
        if self.order is Order.NONE:
            return 0, ""
        if self.order is Order.NEEDS and path in self.linked:
            return self.level[path], self.parts[path]  # files of two groups in one task would join the groups
        return self.level[path], ""


def _weave(
    sizes: Mapping[str, int], imports: Mapping[str, Sequence[str]], broken: frozenset[str], order: Order
) -> _Web:
    """Keep the imports between files that are planned and not broken, in an order that depends on names alone."""
    edges: dict[str, tuple[str, ...]] = {}
    for path in sorted(sizes):
        targets = set() if path in broken else {target for target in imports.get(path, ()) if target in sizes}
        edges[path] = tuple(sorted(targets - broken - {path}))
    components = strongly_connected(edges)
    linked = frozenset(end for path, targets in edges.items() for target in targets for end in (path, target))
    return _Web(sizes, edges, components, levels(components, edges), connected(edges), linked, broken, order)


def _cut(component: Sequence[str], web: _Web, whole: int, cap: int) -> list[tuple[str, ...]]:
    """Keep a cycle whole up to a cost; else cut it along a breadth-first walk, so that pieces are neighbours in it."""
    if len(component) == 1 or sum(map(web.cost, component)) <= whole:
        return [tuple(component)]
    inside = frozenset(component)
    around = {path: [target for target in web.edges[path] if target in inside] for path in component}
    return [tuple(sorted(piece)) for piece in _pack(([path] for path in reached(component[0], around)), cap, web.cost)]


def _pack(items: Iterable[Sequence[str]], cap: int, cost: Callable[[str], int]) -> list[tuple[str, ...]]:
    """Put neighbouring items together up to a cost of `cap`; an item above it stays alone."""
    bundles: list[tuple[str, ...]] = []
    room = -1
    for item in items:
        needed = sum(map(cost, item))
        if needed <= room:
            bundles[-1] += tuple(item)
            room -= needed
        else:
            bundles.append(tuple(item))
            room = cap - needed
    return bundles


def _tasks(bundles: Sequence[tuple[str, ...]], web: _Web) -> tuple[PlannedTask, ...]:
    """Make tasks of the bundles: joined as their files are, named in the order in which they are claimed."""
    waits = _waits(bundles, web)
    sizes = [sum(web.sizes[path] for path in bundle) for bundle in bundles]
    weights = _chains(sizes, waits, [web.level[bundle[0]] for bundle in bundles])
    ranked = sorted(range(len(bundles)), key=lambda at: (-weights[at], min(bundles[at])))
    rank = {at: number for number, at in enumerate(ranked, 1)}
    in_part = Counter(web.parts[bundle[0]] for bundle in bundles)
    groups: dict[str, str] = {}
    tasks = []
    for at in ranked:
        names = tuple(f"t{number}" for number in sorted(rank[before] for before in waits[at]))
        after, needs = (names, ()) if web.order is Order.AFTER else ((), names)
        part, group = web.parts[bundles[at][0]], ""
        if web.order is Order.NEEDS and in_part[part] > 1:
            group = groups.setdefault(part, f"g{len(groups) + 1}")
        files = tuple(sorted(bundles[at]))
        tasks.append(PlannedTask(f"t{rank[at]}", files, weights[at], group, after, needs, sizes[at]))
    return tuple(tasks)


def _waits(bundles: Sequence[Sequence[str]], web: _Web) -> list[frozenset[int]]:
    """Give for each bundle those that its files import from, but for imports inside of one cycle: no circle is left."""
    if web.order is Order.NONE:
        return [frozenset()] * len(bundles)
    home = {path: number for number, component in enumerate(web.components) for path in component}
    owner = {path: number for number, bundle in enumerate(bundles) for path in bundle}
    return [
        frozenset(owner[target] for path in bundle for target in web.edges[path] if home[target] != home[path])
        for bundle in bundles
    ]


def _chains(sizes: Sequence[int], waits: Sequence[Collection[int]], level: Sequence[int]) -> list[int]:
    """Add to each size that of the heaviest chain that waits for it: claimed by this, no chain is left for the end.

    Hu, "Parallel sequencing and assembly line problems", Operations Research 9 (1961).
    """
    chain = [0] * len(sizes)
    for at in sorted(range(len(sizes)), key=lambda at: -level[at]):
        chain[at] += sizes[at]
        for before in waits[at]:
            chain[before] = max(chain[before], chain[at])
    return chain
