"""Makes the plan of a run: which files, in which tasks, in what order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from parallel_refactor.planning.discover import Discovery, discover
from parallel_refactor.planning.globs import globs_filter
from parallel_refactor.planning.graph import Graph, read_graph
from parallel_refactor.planning.interface import Order, Plan, PlanError, PlanRequest
from parallel_refactor.planning.partition import partition
from parallel_refactor.planning.uses import interface_uses


def make_plan(request: PlanRequest) -> Plan:
    """Find the files, leave out those that need no visit, and split the others into tasks.

    Raises PlanError where the request makes no sense or matches no file. A plan without tasks means that all files
    are as an earlier run left them.
    """
    discovery = discover(request)
    if not discovery.files:
        raise PlanError(_nothing_matched(request, discovery))
    skipped = tuple(file.path for file in discovery.files if request.done(file.path, file.digest))
    sizes = {file.path: file.size for file in discovery.files}
    for path in skipped:
        del sizes[path]
    unneeded = tuple(request.unneeded(sizes))
    for left in unneeded:
        del sizes[left.path]
    left_out = (*discovery.left_out, *unneeded)
    if not sizes:
        return Plan((), left_out, skipped)
    graph = read_graph(request.root, [file.path for file in discovery.files])
    links: Mapping[str, Sequence[str]] = graph.imports if request.joints is None else _links(request.joints)
    order = request.order
    if request.interface:
        links, order = _uses(request, sizes, graph), Order.NEEDS
    tasks = partition(sizes, links, graph.broken, order, request.workers)
    return Plan(tasks, left_out, skipped, graph.imports)


def _links(joints: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    links: dict[str, list[str]] = {}
    for first, second in joints:
        links.setdefault(first, []).append(second)
    return links


def _uses(request: PlanRequest, sizes: Collection[str], graph: Graph) -> dict[str, tuple[str, ...]]:
    wanted = globs_filter(request.interface)
    interface = [path for path in sizes if wanted(path)]
    if not interface:
        raise PlanError(f"interface is {', '.join(request.interface)}, which is no file of the run.")
    return interface_uses(request.root, sizes, graph.imports, interface)


def _nothing_matched(request: PlanRequest, discovery: Discovery) -> str:
    """Say what was looked for, where, and what was there instead."""
    wanted = f"file that ends in {' or '.join(request.suffixes)}" if request.suffixes else "text file"
    said = [f"No {wanted} in {request.root / request.scope}"]
    if request.include:
        said.append(f" that matches {', '.join(request.include)}")
    if request.exclude:
        said.append(f" outside {', '.join(request.exclude)}")
    said.append(" can be changed. Ignored files (.gitignore) are not looked at.")
    reasons = Counter(left.reason for left in discovery.left_out)
    if reasons:
        listed = "; ".join(f"{reason} ({count:,})" for reason, count in reasons.most_common())
        said.append(f" Left out: {listed}.")
    return "".join(said)
