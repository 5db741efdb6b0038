"""Makes the plan of a run: which files, in which tasks, in what order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from parallel_refactor.planning.discover import Discovery, discover
from parallel_refactor.planning.graph import read_graph
from parallel_refactor.planning.interface import Plan, PlanError, PlanRequest
from parallel_refactor.planning.partition import partition


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
    if not sizes:
        return Plan((), discovery.left_out, skipped)
    graph = read_graph(request.root, [file.path for file in discovery.files])
    links = graph.imports if request.joints is None else _links(request.joints)
    tasks = partition(sizes, links, graph.broken, request.order, request.workers)
    return Plan(tasks, discovery.left_out, skipped, graph.imports)


def _links(joints: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    links: dict[str, list[str]] = {}
    for first, second in joints:
        links.setdefault(first, []).append(second)
    return links


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
