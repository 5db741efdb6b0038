"""What a run of a model will take, before it starts: an estimate from the sizes of the files alone.

Nothing is sent for it: before a person has agreed, no file leaves the machine.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from typing import Any

from attrs import asdict, frozen

from lockboard.board import Board
from lockboard.model import Run
from parallel_refactor.engines.claude.prices import price, price_date
from parallel_refactor.engines.claude.prompt import system_prompt
from parallel_refactor.engines.claude.settings import read_settings
from parallel_refactor.engines.claude.tools import TOOLS
from parallel_refactor.running.context import context_of
from parallel_refactor.running.request import RunRequest, from_options
from parallel_refactor.running.spending import money

_BYTES_PER_TOKEN = 3.0  # of code, its line numbers counted in
_OWN_TOKENS = 800  # the server's own words about tools
_MORE_REQUESTS = 2  # beside one for each file of a task: a look around, and the end
_SAID = 150  # tokens of an answer beside its edits
_EDITED = 0.5  # tokens of edits for each token of a file: old and new text of a part of it
_ANSWER_SECONDS, _TOKENS_PER_SECOND = 2.0, 70.0


@frozen
class Estimate:
    """What a run may take. `dollars` is None where the model's price is not known."""

    model: str
    files: int
    tasks: int
    requests: int
    tokens: int
    seconds: float
    dollars: float | None

    def as_json(self) -> dict[str, Any]:
        """Give it in values that `json.dumps` takes."""
        return asdict(self)

    def lines(self, request: RunRequest) -> tuple[str, ...]:
        """Say it to a person."""
        minutes = max(1, round(self.seconds / 60))
        work = f"about {self.requests:,} requests, {self.tokens:,} tokens, {minutes:,} min"
        if self.dollars is None:
            first = f"Model {self.model}: {work}. What it costs is not known: there is no price for this model."
        else:
            first = (
                f"Model {self.model}: {work}, {money(self.dollars)} at the prices of {price_date()}. "
                "This is an estimate: a model may need less, or much more."
            )
        limits = [] if request.max_cost is None else [money(request.max_cost)]
        limits += [] if request.max_tokens is None else [f"{request.max_tokens:,} tokens"]
        if not limits:
            return (first,)
        return first, f"It never spends more than {' or '.join(limits)}: it pauses before."


def estimate_run(board: Board, run: Run) -> Estimate | None:
    """Estimate a run that is planned; None for an engine that costs nothing."""
    request = from_options(run.spec.options)
    return estimate(request, sizes(board, run), context_of(board, run.id)) if request.engine == "claude" else None


def estimate(request: RunRequest, tasks: Iterable[tuple[int, int]], context: str = "") -> Estimate | None:
    """Estimate a run over tasks of so many files and so many bytes; None for an engine that costs nothing.

    `context` is what all of its workers are told of the workspace.
    """
    if request.engine != "claude":
        return None
    settings = read_settings(request.options)
    shared = len(system_prompt(request.prompt, context)) + len(json.dumps(TOOLS))
    prefix = round(shared / _BYTES_PER_TOKEN) + _OWN_TOKENS
    sizes = list(tasks)
    tokens: Counter[str] = Counter()
    requests, longest, all_seconds = 0, 0.0, 0.0
    for files, size in sizes:
        asked = files + _MORE_REQUESTS
        tokens.update(_of_task(prefix, round(size / _BYTES_PER_TOKEN), asked, settings.max_tokens))
        seconds = asked * _ANSWER_SECONDS + size / _BYTES_PER_TOKEN * _EDITED / _TOKENS_PER_SECOND
        longest, all_seconds, requests = max(longest, seconds), all_seconds + seconds, requests + asked
    return Estimate(
        model=settings.model,
        files=sum(files for files, _ in sizes),
        tasks=len(sizes),
        requests=requests,
        tokens=sum(tokens.values()),
        seconds=round(max(longest, all_seconds / min(request.workers, max(1, len(sizes)))), 1),
        dollars=price(settings.model, tokens),
    )


def sizes(board: Board, run: Run) -> list[tuple[int, int]]:
    """Give how many files each task of a planned run has, and how many bytes they are now."""
    tasks = [[board.root / name for name in task.spec.files] for task in run.tasks.values()]
    return [(len(paths), sum(path.stat().st_size for path in paths if path.is_file())) for paths in tasks]


def _of_task(prefix: int, size: int, requests: int, max_tokens: int) -> Counter[str]:
    """Count a task's tokens: each request sends again what was said before, which the server then has in its cache."""
    said = round(min(size * _EDITED, requests * max_tokens)) + requests * _SAID
    history = size + said // 2  # on average
    again = requests * prefix + (requests - 1) * history
    return Counter(cache_write_tokens=size + said, cache_read_tokens=again, output_tokens=said)
