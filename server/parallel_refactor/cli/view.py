"""The live view of a run on a terminal: redrawn in place, gone when the run is over."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from lockboard.board import Board
from lockboard.entries import Ended, Line
from lockboard.model import Note, RunState, TaskState, Wish
from parallel_refactor.cli.costs import Costs
from parallel_refactor.cli.standing import Busy, Standing, standing
from parallel_refactor.cli.text import count, duration, percent, shortened
from parallel_refactor.planning.show import printable
from parallel_refactor.running.report import one_line

_REDRAW = 0.1
_PROBLEMS_SHOWN = 3
_WAITING_SHOWN = 5
_OTHER_LINES = 8
_ESTIMATE_AFTER, _ESTIMATE_FROM = 3.0, 10.0


class View:
    """Draws a run; `update` may be called as often as one likes."""

    def __init__(self, board: Board, run: str, console: Console) -> None:
        self._board = board
        self._run = run
        self._console = console
        self._live = self._begin()
        self._costs = Costs(board, run)
        self._problems: deque[Note] = deque(maxlen=_PROBLEMS_SHOWN)
        self._standing: Standing | None = None
        self._drawn = 0.0
        self._start: tuple[float, float] | None = None

    def __enter__(self) -> View:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._live.stop()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Leave the terminal to a question."""
        self._live.stop()
        try:
            yield
        finally:
            self._live = self._begin()  # the old one would draw where it stopped, over the question

    def update(self, lines: Sequence[Line]) -> None:
        """Take in what is new on the board."""
        for line in lines:
            if isinstance(line.entry, Ended) and line.entry.run == self._run and line.entry.state is TaskState.FAILED:
                self._problems += line.entry.notes or (Note(line.entry.task, line.entry.reason),)
        if lines:
            self._standing = None
        if time.monotonic() - self._drawn > _REDRAW:
            self._drawn = time.monotonic()
            self._costs.look()
            self._live.update(self._render(), refresh=True)

    def _begin(self) -> Live:
        live = Live(console=self._console, auto_refresh=False, transient=True)
        live.start()
        return live

    def _render(self) -> RenderableType:
        run = self._board.run(self._run)
        if self._standing is None:
            self._standing = standing(self._board, run)
        now = self._standing
        head = Table.grid(expand=True, padding=(0, 2))
        head.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
        head.add_column(no_wrap=True, justify="right")
        elapsed = duration(time.time() - run.began)
        head.add_row(Text(printable(run.spec.title), "bold"), Text(f"{run.id} · {run.spec.engine} · {elapsed}", "dim"))
        parts: list[RenderableType] = [head, self._progress(now)]
        parts += self._workers(now.workers)
        parts += self._obstacles(now)
        return Group(*parts, self._foot(now))

    def _progress(self, now: Standing) -> RenderableType:
        run = self._board.run(self._run)
        if run.state is RunState.PLANNING:
            return Text(f"Planning: {printable(run.reason) or 'which files, and what imports what'}", "cyan")
        row = Table.grid(expand=True, padding=(0, 2))
        row.add_column(ratio=1)
        row.add_column(no_wrap=True, justify="right")
        said = Text(f"{now.over:,} of {count(now.files, 'file')}")
        said.append(" · ", "dim").append(percent(now.share), "bold")
        if (left := self._estimate(now, run.state)) is not None:
            said.append(f" · about {duration(left)} left", "dim")
        colour = "yellow" if run.state in (RunState.PAUSED, RunState.WAITING) else "cyan"
        row.add_row(ProgressBar(total=1.0, completed=now.share, complete_style=colour, finished_style="green"), said)
        return row

    def _estimate(self, now: Standing, state: RunState) -> float | None:
        """Go by the pace since this view first saw the run running, in seconds."""
        if state is not RunState.RUNNING:
            self._start = None
            return None
        if self._start is None:
            self._start = (time.monotonic(), now.work)
        passed, gained = time.monotonic() - self._start[0], now.work - self._start[1]
        if passed < _ESTIMATE_AFTER or gained < 0.02:
            return None
        left = passed * (1 - now.work) / gained
        return left if left > _ESTIMATE_FROM else None

    def _workers(self, workers: Sequence[Busy]) -> Iterator[RenderableType]:
        room = max(1, self._console.height - _OTHER_LINES - _PROBLEMS_SHOWN)
        table = Table.grid(padding=(0, 2), expand=True)
        table.add_column(no_wrap=True, style="cyan")
        table.add_column(no_wrap=True, ratio=1)
        table.add_column(no_wrap=True, justify="right", style="dim")
        table.add_column(no_wrap=True, justify="right", style="dim")
        width = max(20, self._console.width - 38)
        listed = workers if len(workers) <= room else workers[: room - 1]
        for worker in listed:
            name = worker.worker.rpartition("-")[2]
            if worker.files:
                text = Text(shortened(worker.files[0], width))
                if len(worker.files) > 1:
                    text.append(f" +{len(worker.files) - 1}", "dim")
                if wait := self._costs.wait(worker.worker, worker.task):
                    text.append(f"  {wait}", "yellow")
                table.add_row(name, text, self._costs.of_task(worker.task), duration(time.time() - worker.since))
            else:
                table.add_row(name, Text("free", "dim"), "", "")
        if workers:
            yield Text()
            yield table
        if len(listed) < len(workers):
            busy = sum(bool(worker.files) for worker in workers[len(listed) :])
            yield Text(f"and {count(len(workers) - len(listed), 'more worker')}, {busy} of them busy", "dim")

    def _obstacles(self, now: Standing) -> Iterator[RenderableType]:
        width = max(20, self._console.width // 2)
        if now.waiting or self._problems:
            yield Text()
        for wait in now.waiting[:_WAITING_SHOWN]:
            yield _row(("waits  ", "yellow"), shortened(wait.path, width), wait.reason)
        if len(now.waiting) > _WAITING_SHOWN:
            yield Text(f"and {count(len(now.waiting) - _WAITING_SHOWN, 'more file')} that are waited for", "dim")
        for note in self._problems:
            where = shortened(note.path, width) + (f":{note.line}" if note.line else "")
            yield _row(("failed ", "red"), where, note.reason)

    def _foot(self, now: Standing) -> RenderableType:
        run = self._board.run(self._run)
        parts = [(f"{run.changed:,} changed", "green" if run.changed else "")]
        if spent := self._costs.line():
            parts.append((spent, ""))
        if run.left:
            parts.append((f"{len(run.left):,} left out", ""))
        if now.failed:
            parts.append((f"{now.failed:,} failed", "red"))
        if run.wish is Wish.CANCEL:
            parts.append(("cancelling", "yellow"))
        elif run.state is RunState.PAUSED and run.reason:
            parts.append((f"paused: {printable(one_line(run.reason))}", "yellow"))
        elif run.state is RunState.PAUSED or run.wish is Wish.PAUSE:
            parts.append((f"paused, `parallel-refactor resume {run.id}` goes on", "yellow"))
        else:
            if run.state is RunState.RUNNING and run.reason:
                parts.append((printable(one_line(run.reason)), "cyan"))
            parts.append(("Ctrl-C cancels", "dim"))
        said = Text("\n", no_wrap=True, overflow="ellipsis")
        for number, (part, style) in enumerate(parts):
            said.append(" · " if number else "", "dim").append(part, style)
        return said


def _row(word: tuple[str, str], where: str, reason: str) -> Text:
    return Text.assemble(word, where, (f"  {printable(one_line(reason))}", "dim"), no_wrap=True, overflow="ellipsis")
