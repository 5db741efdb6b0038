"""What all workers of a model share is in the server's prompt cache, and only the first of them pays for that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from lockboard.model import RunState
from parallel_refactor.engines.metering import Answer, Wait
from parallel_refactor.running.ledger import Ledger
from parallel_refactor.running.meter import FIRST, TaskMeter
from parallel_refactor.running.request import RunRequest
from parallel_refactor.running.spending import Waits
from parallel_refactor.running.start import start_run
from parallel_refactor.running.warmth import LIFETIME, Warmth
from tests.doubles.faults import Faults
from tests.doubles.limits import Limits
from tests.doubles.model_api import Double, double
from tests.faults.model_books import lines
from tests.running.runs import Runs

pytestmark = pytest.mark.usefixtures("key")

RENAME = "Replace `value` by `worth`."
CONVENTIONS = "All names are in English.\n"


@pytest.mark.parametrize("first", [(), ("500", "drop")], ids=["all well", "the first requests fail"])
def test_sixteen_workers_write_the_shared_beginning_once(runs: Runs, first: tuple[str, ...]) -> None:
    runs.write(40)
    (runs.root / "AGENTS.md").write_text(CONVENTIONS)
    with double(Faults(first=first), Limits(seconds=1.0)) as served:
        request = RunRequest(
            engine="claude", prompt=RENAME, workers=16, include=("*.py",), options={"base_url": served.url}
        )
        name = start_run(runs.board, request)
        report = runs.end(name)
    assert report.state == RunState.DONE
    assert not served.books.refused
    assert served.limits.highest >= 12, "the others came together, once the first had its answer"
    system = {str(body["system"]) for body in served.books.requests}
    assert len(system) == 1
    assert CONVENTIONS.strip() in system.pop()
    assert writes_of_the_shared_beginning(served) == 1, "one that broke off had begun"
    waits = [line.entry for line in lines(runs, name) if isinstance(line.entry, Waits)]
    assert {wait.why for wait in waits} >= {FIRST}
    assert report.counts["cache_read_tokens"] > 40 * 1_000


def writes_of_the_shared_beginning(served: Double) -> int:
    """Count them by the double's own books, and see to it that all other requests read it."""
    shared = {use.kept[0] for use in served.cache.uses}
    assert len(shared) == 1
    (beginning,) = shared
    readers = [use for use in served.cache.uses if use.read >= beginning.tokens]
    assert len(readers) + served.cache.writes[beginning.digest] == len(served.cache.uses)
    return served.cache.writes[beginning.digest]


@pytest.fixture
def meters(tmp_path: Path) -> Iterator[list[TaskMeter]]:
    """Give the meters of three workers, each with a ledger object of its own."""
    with closing(Ledger(tmp_path)) as one, closing(Ledger(tmp_path)) as two, closing(Ledger(tmp_path)) as three:
        yield [
            TaskMeter(ledger, "r1", f"r1-w{number}", f"t{number}", "m")
            for number, ledger in enumerate((one, two, three), 1)
        ]


def waits(meter: TaskMeter) -> bool:
    wait = meter.ask(100, 100)
    assert wait is None or isinstance(wait, Wait)
    assert wait is None or wait.why == FIRST
    return wait is not None


def test_the_others_go_on_when_the_first_answer_begins(meters: list[TaskMeter]) -> None:
    assert [waits(meter) for meter in meters] == [False, True, True]
    meters[0].begun()
    assert [waits(meter) for meter in meters[1:]] == [False, False]


@pytest.mark.parametrize("end", [Answer(busy=True), Answer()])
def test_if_the_first_fails_another_goes_ahead(meters: list[TaskMeter], end: Answer) -> None:
    assert [waits(meter) for meter in meters] == [False, True, True]
    meters[0].answered(end)
    meters[1]._ledger.books.gate.limit = 10.0
    assert waits(meters[1]) is False
    assert waits(meters[2]) is True
    meters[1].answered(Answer({"input_tokens": 1}))
    assert waits(meters[2]) is False


def test_if_the_first_dies_another_goes_ahead(meters: list[TaskMeter]) -> None:
    assert [waits(meter) for meter in meters[:2]] == [False, True]
    meters[2]._ledger.lose("r1-w1")
    assert waits(meters[1]) is False


def test_a_cache_that_nobody_read_for_long_is_filled_again_by_one() -> None:
    warmth = Warmth()
    warmth.asked(1, 1000.0)
    warmth.begun(1, 1002.0)
    warmth.ended(1, served=True)
    warmth.asked(2, 1000.0 + LIFETIME)
    assert not warmth.must_wait(1001.0 + LIFETIME)
    warmth.ended(2, served=True)
    late = 1001.0 + 2 * LIFETIME
    warmth.asked(3, late)
    assert warmth.must_wait(late)
    warmth.asked(4, late)
    warmth.ended(4, served=False)
    assert warmth.must_wait(late), "the one that goes ahead has not ended"
    warmth.ended(3, served=True)
    assert not warmth.must_wait(late)


def test_a_clock_that_is_put_back_lets_one_go_ahead() -> None:
    warmth = Warmth()
    warmth.asked(1, 1e9)
    warmth.begun(1, 1e9)
    assert not warmth.must_wait(10.0)
    warmth.asked(2, 10.0)
    assert warmth.must_wait(10.0)
    warmth.ended(2, served=True)
    assert warmth.until == 1e9 + LIFETIME
