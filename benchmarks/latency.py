"""How fast the language server is: `python -m benchmarks.latency`, some two minutes; `--smoke`, seconds.

As a Markdown table it prints, while 16 workers change 1,000 files: the time from the lock on the board to the
diagnostic at the editor, the time of a hover, and the longest turn of the server's loop; then the time from the start
of the process to the answer to `initialize`, beside two other language servers in Python, which it installs into a
scratch environment.
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import venv
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from lockboard.board import Board
from lockboard.entries import Claimed, Landed, decode
from lockboard.log import Log
from parallel_refactor.lsp import messages
from tests.lsp.wire import COMMAND, Wire

OTHERS = {"jedi-language-server": "jedi-language-server", "pylsp": "python-lsp-server"}
"""The servers to compare with: the command, and the package that has it."""


@frozen
class Load:
    """What goes on meanwhile: files, workers, seconds for each file; and how often each server is started."""

    files: int = 1000
    workers: int = 16
    seconds: float = 0.4
    starts: int = 10


class Arrivals:
    """When each file was first shown as owned, after each time that it was not."""

    def __init__(self) -> None:
        self.at: defaultdict[str, list[float]] = defaultdict(list)
        self._shown: set[str] = set()

    def note(self, message: dict[str, Any]) -> None:
        """Take a message from the server."""
        now = time.time()
        if message.get("method") == "textDocument/publishDiagnostics":
            uri, found = message["params"]["uri"], message["params"]["diagnostics"]
            if found and uri not in self._shown:
                self._shown.add(uri)
                self.at[uri].append(now)
            elif not found:
                self._shown.discard(uri)


def measure_locks(load: Load, folder: Path) -> list[str]:
    """Run the workers and give the rows of the first table. Times are in milliseconds."""
    root = folder / "space"
    root.mkdir()
    for number in range(load.files):
        (root / f"file_{number:04}.txt").write_text(f"{number}\n" * (1 + number % 50))
    arrivals = Arrivals()
    with Wire(root, log=folder / "server.log", note=arrivals.note) as wire:
        wire.initialize()
        options = {"engine": "simulate", "workers": load.workers, "confirm": False}
        wanted = {**options, "options": {"seconds": load.seconds}}
        begun = wire.ask("workspace/executeCommand", {"command": messages.START_RUN, "arguments": [wanted]})
        over = threading.Event()
        watcher = threading.Thread(target=_wait_for_end, args=(root, begun["result"]["runId"], over))
        watcher.start()
        hovers = _hover(wire, root, load, over)
        watcher.join()
        wire.ask("shutdown")
        wire.notify("exit")
        wire.end_code()
        found = re.search(r"longest turn of the loop took ([\d.]+)", wire.logged())
    delays = _delays(root, arrivals)
    longest = float(found[1]) * 1000 if found else float("nan")
    return [
        _row("lock on the board to diagnostic", delays),
        _row("hover", hovers),
        f"| longest turn of the loop | 1 | | | | {longest:.1f} |",
    ]


def _hover(wire: Wire, root: Path, load: Load, over: threading.Event) -> list[float]:
    """Point at the first line of some file again and again until the run is over; gives the times in milliseconds."""
    dice, times = random.Random(0), []
    while not over.is_set():
        uri = (root / f"file_{dice.randrange(load.files):04}.txt").as_uri()
        params = {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 0}}
        began = time.perf_counter()
        wire.ask("textDocument/hover", params)
        times.append((time.perf_counter() - began) * 1000)
        over.wait(0.02)
    return times


def _wait_for_end(root: Path, run: str, over: threading.Event) -> None:
    board = Board(root)
    while not board.run(run).state.ended or board.has_supervisor(run):
        time.sleep(0.2)
        board.refresh()
    board.close()
    over.set()


def _delays(root: Path, arrivals: Arrivals) -> list[float]:
    """Give, for each lock, the milliseconds from its line in the log to its diagnostic."""
    board = Board(root)
    log = Log(board.layout.board / "log.jsonl", decode)
    lines = list(log.read())
    log.close()
    tasks = board.run_tasks("r1")
    delays = []
    for line in lines:
        if isinstance(line.entry, Claimed):
            for path in tasks[line.entry.task].spec.files:
                seen = [at for at in arrivals.at[(root / path).as_uri()] if at >= line.at]
                if not seen:
                    raise RuntimeError(f"{path} was locked and never shown")
                delays.append((seen[0] - line.at) * 1000)
    landed = sum(len(line.entry.tasks) for line in lines if isinstance(line.entry, Landed))
    if landed != len(tasks):
        raise RuntimeError(f"{landed} of {len(tasks)} tasks landed")
    board.close()
    return delays


def measure_starts(load: Load, folder: Path, *, others: bool) -> list[str]:
    """Start each server in turn, several times, and give the rows of the second table."""
    commands: dict[str, Sequence[str]] = {"parallel-refactor": COMMAND}
    if others:
        commands |= _install(folder / "others")
    times: defaultdict[str, list[float]] = defaultdict(list)
    root = folder / "empty"
    root.mkdir()
    for _ in range(load.starts):
        for name, command in commands.items():
            began = time.perf_counter()
            with Wire(root, command, log=folder / "start.log") as wire:
                wire.initialize()
                times[name].append((time.perf_counter() - began) * 1000)
    return [_row(f"start of {name}", found) for name, found in times.items()]


def _install(place: Path) -> dict[str, Sequence[str]]:
    venv.create(place, with_pip=True)
    programs = place / ("Scripts" if sys.platform == "win32" else "bin")
    install: list[str | Path] = [
        programs / "python",
        "-m",
        "pip",
        "install",
        "--quiet",
        "--quiet",
        "--disable-pip-version-check",
    ]
    subprocess.run([*install, *OTHERS.values()], check=True)
    return {name: (str(programs / name),) for name in OTHERS}


def _row(what: str, times: list[float]) -> str:
    ordered = sorted(times)
    p95, p99 = (ordered[min(len(ordered) - 1, int(len(ordered) * share))] for share in (0.95, 0.99))
    return f"| {what} | {len(times)} | {statistics.median(times):.1f} | {p95:.1f} | {p99:.1f} | {ordered[-1]:.1f} |"


def main() -> None:
    """Print the tables."""
    usual = Load()
    parser = argparse.ArgumentParser(prog="python -m benchmarks.latency", description=__doc__)
    parser.add_argument("--files", type=int, default=usual.files, help="how many files (%(default)s)")
    parser.add_argument("--workers", type=int, default=usual.workers, help="how many workers (%(default)s)")
    parser.add_argument("--seconds", type=float, default=usual.seconds, help="the time of one file (%(default)s)")
    parser.add_argument("--starts", type=int, default=usual.starts, help="starts of each server (%(default)s)")
    parser.add_argument("--alone", action="store_true", help="do not compare with other servers")
    parser.add_argument("--smoke", action="store_true", help="a few files, no other servers")
    given = parser.parse_args()
    load = Load(given.files, given.workers, given.seconds, given.starts)
    if given.smoke:
        load = Load(files=20, workers=2, seconds=0.2, starts=1)
    print("| | times | median ms | p95 ms | p99 ms | longest ms |")
    print("| :--- | ---: | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch).resolve()
        for row in measure_locks(load, folder):
            print(row, flush=True)
        for row in measure_starts(load, folder, others=not (given.alone or given.smoke)):
            print(row, flush=True)


if __name__ == "__main__":
    main()
