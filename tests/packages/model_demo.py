"""A model's run over a real package, as a person would see it: `make run-model`.

Without a key in ANTHROPIC_API_KEY a double on this machine plays the model: it makes the edits that are asked for,
takes half a second for an answer and 12 requests at once, and one in fifty fails. With a key the same commands go to
the API itself, ask before they begin, and spend 10 dollars at most.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lockboard.board import Board
from parallel_refactor.running.ledger import books_of
from tests.doubles.faults import Faults
from tests.doubles.limits import Limits
from tests.doubles.model_api import Double, double
from tests.doubles.strict import KEY
from tests.packages.catalogue import NETWORKX, SAMPLE
from tests.packages.demo import difference, prepare, say, step

_KEY = "ANTHROPIC_API_KEY"
_ASKED = {
    NETWORKX.name: ("Replace `nx.NetworkXError` by `nx.exception.NetworkXError`.", "networkx/algorithms"),
    SAMPLE.name: ("Replace `isbn` by `book_id`.", ""),
}
_KINDS = ("429", "529", "500", "drop", "truncate")


def main() -> int:
    """Fetch, run, show; gives the exit code of the run."""
    folder = prepare(Path("build", "run-model"))
    program = os.path.relpath(Path(sys.executable).with_name("parallel-refactor"))
    prompt, below = _ASKED[folder.name]
    with _model() as served:
        where = ["--option", f"base_url={served.url}", "--yes"] if served else []
        run = [program, "run", prompt, str(folder / below), "--engine", "claude", "--workers", "16", "--max-cost", "10"]
        run += ["--exclude", "tests/"]
        step("The plan, with its price", [*run, *where, "--plan"])
        code = step("The run", [*run, *where], [program, "status", str(folder)], locks=8)
        if changed := _changed(folder):
            step(f"What became of {changed[1]}", [program, "show", changed[0], str(folder)])
        if served:
            _compare(folder, served)
    say("The difference")
    difference(folder)
    say("What next")
    print(f"Look at it:  git -C {folder} diff")
    print(f"Undo it:     {program} undo --path {folder}")
    return code


@contextmanager
def _model() -> Iterator[Double | None]:
    """Have a model to ask: None for the API itself."""
    if os.environ.get(_KEY, "").strip():
        print("The key in ANTHROPIC_API_KEY is used: this costs money.")
        yield None
        return
    print("There is no key in ANTHROPIC_API_KEY: a double on this machine plays the model, at no cost.")
    with double(Faults(rate=0.02, kinds=_KINDS), Limits(seconds=0.5, most=12, after=1.0)) as served:
        os.environ[_KEY] = KEY
        yield served


def _changed(folder: Path) -> tuple[str, str] | None:
    """Give a task that changed a file, and the file."""
    board = Board(folder)
    for task in board.run_tasks("r1").values():
        files = task.submission.files if task.submission else ()
        if len(files) == 1 and files[0].changed:
            return task.spec.id, files[0].path
    return None


def _compare(folder: Path, served: Double) -> None:
    """Show that nothing that the model's server counted is missing in the run's books."""
    say("The run's books beside the model's own")
    ours = books_of(Board(folder), "r1").total
    theirs = sum(served.books.begun.values())
    print(f"{ours.all_tokens:>12,}  tokens in the run's books, for {ours.requests:,} requests")
    print(f"{theirs:>12,}  tokens by the model's count, for {len(served.books.requests):,} requests")
    print(f"{ours.unsure_tokens:>12,}  of ours, at most, for the {ours.unsure_requests} answers that broke off")
    print(f"{served.limits.turned_away:>12,}  requests were turned away, {sum(served.faults.done.values())} failed")


if __name__ == "__main__":
    raise SystemExit(main())
