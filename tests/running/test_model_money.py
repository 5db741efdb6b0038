"""What runs of a model cost: with failing servers, killed workers, limits, and servers that take less. Real workers."""

from __future__ import annotations

import pytest

from lockboard.model import RunState
from parallel_refactor.running.request import RunRequest
from parallel_refactor.running.start import start_run
from tests.doubles.faults import KINDS, TURNS, Faults
from tests.doubles.limits import Limits
from tests.doubles.model_api import double
from tests.doubles.strict import KEY
from tests.faults.model import PROMPT, Trial, try_out
from tests.faults.model_books import lines
from tests.running.runs import Runs


@pytest.mark.parametrize(
    "trial",
    [
        Trial(files=16, workers=16, rate=0.25, kinds=(*KINDS, *TURNS), play="thorough", seed=3),
        Trial(files=16, workers=4, rate=0.1, halfway=True, seconds=0.1),
        Trial(files=10, workers=4, kills=8, seconds=0.2),
        Trial(files=16, workers=16, first=12, most=3, after=0.1, seconds=0.1),
    ],
    ids=["all faults", "halfway", "kills", "storm"],
)
def test_the_books_never_miss_what_the_server_bills(runs: Runs, trial: Trial) -> None:
    try_out(runs, trial)
    assert not trial.problems
    assert trial.state == RunState.DONE
    assert trial.spent >= trial.billed > 0
    assert (trial.spent > trial.billed) == bool(trial.unsure)
    assert bool(trial.faults) == bool(trial.rate or trial.first)


def test_a_limit_is_never_passed_and_the_run_goes_on_with_another(runs: Runs) -> None:
    trial = try_out(runs, Trial(files=28, workers=16, share=0.4, rate=0.05, kinds=("500", "drop", "truncate")))
    assert not trial.problems
    assert trial.state == RunState.PAUSED
    assert 0 < trial.billed <= trial.spent <= trial.cap
    paused = next(task for task in runs.board.run_tasks("r1").values())
    assert paused.attempts == 0


def test_waiting_for_the_server_does_not_count_as_working(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    runs.write(2)
    with double(Faults(first=("429",)), Limits(after=4.0)) as served:
        request = RunRequest(engine="claude", prompt=PROMPT, workers=2, deadline=2.5, options={"base_url": served.url})
        run = start_run(runs.board, request)
        found = runs.end(run)
    assert found.state == RunState.DONE
    assert [task.attempts for task in runs.board.run_tasks(run).values()] == [0, 0]
    assert found.seconds > 4.0


def test_a_task_that_fails_is_paid_for_too(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    runs.write(1)
    with double(Faults()) as served:
        options = {"base_url": served.url, "repairs": 1}
        request = RunRequest(engine="claude", prompt=f"{PROMPT} [play: break-always]", workers=1, options=options)
        run = start_run(runs.board, request)
        found = runs.end(run)
    assert found.state == RunState.FAILED
    assert found.spent
    assert found.counts["output_tokens"] == served.books.tokens["output_tokens"] > 0
    assert found.dollars == found.spent.books.by_task["t1"].dollars > 0
    assert len(lines(runs, run)) == 2 + 2 * len(served.books.requests)
