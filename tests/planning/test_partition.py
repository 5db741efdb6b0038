from __future__ import annotations

import random
from collections import Counter, defaultdict
from graphlib import TopologicalSorter
from itertools import pairwise

from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from parallel_refactor.planning.components import levels, reached, strongly_connected
from parallel_refactor.planning.interface import Order, PlannedTask
from parallel_refactor.planning.partition import FILE_COST, cycle_cap, partition, task_cap

NAMES = [f"{folder}/{name}.py" for folder in ("a", "b", "c") for name in "klmnopqrs"]
Edges = dict[str, tuple[str, ...]]


@frozen
class Case:
    sizes: dict[str, int]
    imports: Edges
    broken: frozenset[str]
    workers: int

    def tasks(self, order: Order) -> tuple[PlannedTask, ...]:
        return partition(self.sizes, self.imports, self.broken, order, self.workers)

    def usable_imports(self) -> list[tuple[str, str]]:
        return [
            (path, target)
            for path in self.sizes
            for target in self.imports[path]
            if target in self.sizes and target != path and not {path, target} & self.broken
        ]


@st.composite
def cases(draw: st.DrawFn) -> Case:
    known = draw(st.permutations(NAMES))[: draw(st.integers(1, len(NAMES)))]
    planned = draw(st.permutations(known))[: draw(st.integers(1, len(known)))]
    size = st.sampled_from([0, 500, 3_000, 20_000, 60_000, 500_000])
    targets = st.lists(st.sampled_from(known), max_size=draw(st.integers(0, 3))).map(tuple)
    return Case(
        {path: draw(size) for path in planned},
        {path: draw(targets) for path in known},
        frozenset(draw(st.sets(st.sampled_from(known), max_size=2))),
        draw(st.integers(1, 5)),
    )


orders = st.sampled_from(Order)
graphs = cases().map(lambda case: case.imports)


@given(graphs)
def test_components_are_what_reaches_each_other_imported_first(edges: Edges) -> None:
    components = strongly_connected(edges)
    place = {path: number for number, members in enumerate(components) for path in members}
    assert sorted(path for members in components for path in members) == sorted(edges)
    below = {path: set(reached(path, edges)) for path in edges}
    for path in edges:
        assert set(components[place[path]]) == {other for other in below[path] if path in below[other]}
        assert all(place[target] <= place[path] for target in below[path])


def test_a_deep_chain_of_imports_needs_no_recursion() -> None:
    chain = {str(number): (str(number + 1),) for number in range(20_000)} | {"20000": ("10000",)}
    components = strongly_connected(chain)
    assert sorted(map(len, components)) == [1] * 10_000 + [10_001]
    assert levels(components, chain)["0"] == 10_000


@given(cases(), orders)
def test_each_file_is_in_one_task_and_tasks_come_as_they_are_claimed(case: Case, order: Order) -> None:
    tasks = case.tasks(order)
    assert Counter(path for task in tasks for path in task.files) == Counter(case.sizes.keys())
    assert [task.id for task in tasks] == [f"t{number}" for number in range(1, len(tasks) + 1)]
    assert all(task.size == sum(case.sizes[path] for path in task.files) for task in tasks)
    weights = [task.weight for task in tasks]
    assert weights == sorted(weights, reverse=True)
    for task in tasks:
        waiting = (other.weight for other in tasks if task.id in (*other.after, *other.needs))
        assert task.weight == task.size + max(waiting, default=0)


@given(cases(), orders)
def test_a_task_is_light_or_one_file_or_one_cycle(case: Case, order: Order) -> None:
    total = sum(case.sizes.values()) + FILE_COST * len(case.sizes)
    components = strongly_connected({path: _targets(case, path) for path in case.sizes})
    tasks = case.tasks(order)
    for task in tasks:
        cost = task.size + FILE_COST * len(task.files)
        is_cycle = sorted(task.files) in map(sorted, components) and cost <= cycle_cap(total, case.workers)
        assert cost <= task_cap(total, case.workers) or len(task.files) == 1 or is_cycle
    if order is Order.NONE:
        assert len(tasks) <= 24 * case.workers + 1 + len(case.broken)


@given(cases(), orders)
def test_a_cycle_that_is_light_enough_shares_a_task(case: Case, order: Order) -> None:
    total = sum(case.sizes.values()) + FILE_COST * len(case.sizes)
    home = {path: task.id for task in case.tasks(order) for path in task.files}
    for component in strongly_connected({path: _targets(case, path) for path in case.sizes}):
        if sum(case.sizes[path] + FILE_COST for path in component) <= cycle_cap(total, case.workers):
            assert len({home[path] for path in component}) == 1


@given(cases(), orders)
def test_tasks_wait_for_what_their_files_import_and_never_for_each_other(case: Case, order: Order) -> None:
    tasks = case.tasks(order)
    waits = {task.id: {*task.after, *task.needs} for task in tasks}
    assert len(list(TopologicalSorter(waits).static_order())) == len(tasks)  # raises where there is a circle
    assert order is Order.AFTER or not any(task.after for task in tasks)
    assert order is Order.NEEDS or not any(task.needs for task in tasks)
    if order is Order.NONE:
        return
    home = {path: task.id for task in tasks for path in task.files}
    edges = {path: _targets(case, path) for path in case.sizes}
    expected = defaultdict(set)
    for path, target in case.usable_imports():
        if path not in reached(target, edges):
            expected[home[path]].add(home[target])
    assert {task: others for task, others in waits.items() if others} == expected


@given(cases())
def test_groups_are_the_tasks_that_hang_together(case: Case) -> None:
    tasks = case.tasks(Order.NEEDS)
    home = {path: task.id for task in tasks for path in task.files}
    linked: dict[str, set[str]] = {task.id: set() for task in tasks}
    for path, target in case.usable_imports():  # also along the cuts of a cycle
        linked[home[path]].add(home[target])
        linked[home[target]].add(home[path])
    by_id = {task.id: task for task in tasks}
    for task in tasks:
        part = set(reached(task.id, linked))
        same = {other.id for other in tasks if task.group and other.group == task.group}
        assert same == (part if len(part) > 1 else set())
        assert all(by_id[other].group == task.group for other in task.needs)
    groups = list(dict.fromkeys(task.group for task in tasks if task.group))
    assert groups == [f"g{number}" for number in range(1, len(groups) + 1)]


@given(cases(), st.sampled_from([Order.NONE, Order.AFTER]))
def test_only_needs_makes_groups(case: Case, order: Order) -> None:
    assert not any(task.group for task in case.tasks(order))


@given(cases(), orders)
def test_a_broken_file_is_alone_and_nothing_waits_for_it(case: Case, order: Order) -> None:
    tasks = case.tasks(order)
    alone = {task.id for task in tasks if set(task.files) & case.broken}
    for task in tasks:
        assert task.id not in alone or (len(task.files) == 1 and not (task.after or task.needs or task.group))
        assert not alone & {*task.after, *task.needs}


@given(cases(), orders, st.randoms(use_true_random=False))
def test_the_same_files_give_the_same_tasks(case: Case, order: Order, rng: random.Random) -> None:
    def shuffled(edges: Edges) -> Edges:
        keys = rng.sample(list(edges), len(edges))
        return {key: tuple(rng.sample(edges[key], len(edges[key]))) for key in keys}

    sizes = {path: case.sizes[path] for path in rng.sample(list(case.sizes), len(case.sizes))}
    again = Case(sizes, shuffled(case.imports), case.broken, case.workers)
    assert again.tasks(order) == case.tasks(order)


def test_neighbours_in_the_tree_share_a_task_whoever_imports_them() -> None:
    files = [f"{folder}/{number}.py" for folder in "abcdefghijkl" for number in range(8)]
    imports = {path: (files[-1 - at],) for at, path in enumerate(files[:20])}
    tasks = partition(dict.fromkeys(files, 100), imports, (), Order.NONE, 1)
    assert sorted(task.files for task in tasks) == [tuple(files[at : at + 8]) for at in range(0, 96, 8)]


def test_a_heavy_cycle_is_cut_into_neighbours_that_are_one_group() -> None:
    ring = [f"{number:02}.py" for number in range(48)]
    imports = {path: (ring[(at + 1) % 48],) for at, path in enumerate(ring)}
    tasks = partition(dict.fromkeys(ring, 100_000), imports, (), Order.NEEDS, 2)
    assert [task.files for task in tasks] == [tuple(ring[at : at + 2]) for at in range(0, 48, 2)]
    assert not any(task.needs for task in tasks)
    assert {task.group for task in tasks} == {"g1"}


def test_a_narrow_depth_is_not_one_large_task_in_the_way_of_all_others() -> None:
    depths = [[f"{depth}/{number}.py" for number in range(40)] for depth in range(5)]
    imports = {path: (lower[0],) for lower, upper in pairwise(depths) for path in upper}
    sizes = {path: 1_000 for names in depths for path in names} | {f"top/{n}.py": 20_000 for n in range(400)}
    imports |= {f"top/{number}.py": (depths[4][0],) for number in range(400)}
    tasks = partition(sizes, imports, (), Order.AFTER, 16)
    assert max(task.size for task in tasks if task.files[0] in imports and "top" not in task.files[0]) == 1_000
    assert tasks[0].weight <= sum(sizes.values()) / 16 / 4


def _targets(case: Case, path: str) -> list[str]:
    return [target for origin, target in case.usable_imports() if origin == path]
