"""The ledger of a run: what meters of many workers set aside, settle and wait for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from attrs import fields
from hypothesis import given, settings
from hypothesis import strategies as st

from lockboard.errors import DamagedBoardError
from parallel_refactor.engines.claude.prices import default_model, price
from parallel_refactor.engines.metering import Answer, GivenBackError, Wait
from parallel_refactor.running.books import RATE
from parallel_refactor.running.gate import LONGEST, Gate
from parallel_refactor.running.ledger import Ledger
from parallel_refactor.running.meter import ROOM, TaskMeter
from parallel_refactor.running.spending import Begun, Entry, money
from tests.house.repository import ROOT

IN, OUT = 1_000, 1_000
MOST = price(default_model(), {"cache_write_tokens": IN, "output_tokens": OUT}) or 0.0
SPENT = {"input_tokens": 400, "cache_write_tokens": 100, "cache_read_tokens": 300, "output_tokens": 200}
COST = price(default_model(), SPENT) or 0.0


@contextmanager
def workers(folder: Path, count: int) -> Iterator[list[TaskMeter]]:
    """Give the meters of some workers, each with a ledger object of its own as in a process of its own.

    The server's cache has what they share: another request's answer has begun.
    """
    ledgers = [Ledger(folder) for _ in range(count)]
    try:
        with ledgers[0].changing() as write:
            write(Begun(0))
        yield [
            TaskMeter(ledger, "r1", f"r1-w{number}", f"t{number}", default_model())
            for number, ledger in enumerate(ledgers, 1)
        ]
    finally:
        for ledger in ledgers:
            ledger.close()


def books(folder: Path) -> Ledger:
    """Read the ledger anew."""
    with closing(Ledger(folder)) as ledger:
        return ledger


def test_a_request_is_paid_for_at_most_before_and_exactly_after(tmp_path: Path) -> None:
    with workers(tmp_path, 1) as (one,):
        assert one.ask(IN, OUT) is None
        now = books(tmp_path).books
        assert [asked.dollars for asked in now.under_way.values()] == [MOST]
        assert now.total.requests == 0
        one.answered(Answer(SPENT))
    now = books(tmp_path).books
    assert not now.under_way
    assert (now.total.dollars, now.total.all_tokens, now.total.unsure_requests) == (COST, 1_000, 0)
    assert now.by_task["t1"] == now.by_worker["r1-w1"] == now.total


def test_who_does_not_fit_waits_for_others_and_only_then_gives_up(tmp_path: Path) -> None:
    with workers(tmp_path, 2) as (one, two), closing(Ledger(tmp_path)) as ledger:
        ledger.cap(1.5 * MOST, None)
        assert one.ask(IN, OUT) is None
        wait = two.ask(IN, OUT)
        assert isinstance(wait, Wait)
        assert wait.why == ROOM
        one.answered(Answer(SPENT))
        assert two.ask(IN, OUT) is None
        two.answered(Answer(None, sure=False))
        ledger.refresh()
        assert ledger.books.total.unsure_dollars == MOST
        for meter in (one, two):
            with pytest.raises(
                GivenBackError, match=r"of \$0\.018\d are spent, .* resume r1 --max-cost DOLLARS` goes on"
            ):
                meter.ask(IN, OUT)
        ledger.refresh()
        assert "--max-cost" in ledger.books.full
        ledger.cap(1.0, 10)
        assert not ledger.books.full
        with pytest.raises(GivenBackError, match=r"3,000 of 10 tokens are used, .* may use 2,000: .*--max-tokens N"):
            one.ask(IN, OUT)
        ledger.cap(None, 5_000)
        assert one.ask(IN, OUT) is None


def test_a_dead_worker_s_request_counts_as_the_most_that_it_can_have_cost(tmp_path: Path) -> None:
    with workers(tmp_path, 3) as (one, two, three), closing(Ledger(tmp_path)) as ledger:
        for meter in (one, two):
            assert meter.ask(IN, OUT) is None
        ledger.lose("r1-w1")
        assert (ledger.books.total.dollars, len(ledger.books.under_way)) == (MOST, 1)
        ledger.lose()
        assert (ledger.books.total.unsure_dollars, len(ledger.books.under_way)) == (2 * MOST, 0)
        two.answered(Answer(SPENT))
        ledger.refresh()
        assert ledger.books.total.requests == 2, "who was taken for dead has no say any more"
        assert three.ask(IN, OUT) is None


@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["ask", "exactly", "at most", "busy", "die"])), max_size=40),
    st.floats(0.001, 0.1),
)
@settings(deadline=None)
def test_no_limit_is_ever_passed(steps: list[tuple[int, str]], cap: float) -> None:
    with TemporaryDirectory() as folder, workers(Path(folder), 4) as meters, closing(Ledger(Path(folder))) as ledger:
        ledger.cap(cap, None)
        asked = set[int]()
        spent = 0.0
        for number, step in steps:
            if step == "ask" and number not in asked:
                try:
                    asked |= {number} if meters[number].ask(IN, OUT) is None else set()
                except GivenBackError:
                    assert not asked, "others may leave room yet"
            elif number in asked and step == "die":
                ledger.lose(f"r1-w{number + 1}")
                asked.remove(number)
                spent += MOST
            elif number in asked and step != "ask":
                answers = {"exactly": Answer(SPENT), "at most": Answer(None, sure=False), "busy": Answer(busy=True)}
                meters[number].answered(answers[step])
                asked.remove(number)
                spent += {"exactly": COST, "at most": MOST, "busy": 0.0}[step]
            ledger.refresh()
            assert ledger.books.total.dollars == pytest.approx(spent)
            assert spent + len(asked) * MOST <= cap + 1e-9
            assert len(ledger.books.under_way) == len(asked)


def test_too_much_halves_what_is_under_way_once_for_all_who_were(tmp_path: Path) -> None:
    with workers(tmp_path, 9) as meters, closing(Ledger(tmp_path)) as ledger:
        assert [meter.ask(IN, OUT) for meter in meters[:8]] == [None] * 8
        for meter in meters[:4]:
            meter.answered(Answer(busy=True))
        ledger.refresh()
        assert ledger.books.gate.limit == 4.0
        wait = meters[8].ask(IN, OUT)
        assert isinstance(wait, Wait)
        assert (wait.why, wait.seconds < 0.2) == (RATE, True)
        for meter in meters[4:8]:
            meter.answered(Answer(SPENT))
        assert [meter.ask(IN, OUT) is None for meter in meters[:8]].count(True) == 4
        for meter in meters[:4]:
            meter.answered(Answer(SPENT))
        ledger.refresh()
        assert 5.0 <= ledger.books.gate.limit <= 6.0, "each answer lets it grow a little"


def test_nobody_asks_before_the_server_says_so(tmp_path: Path) -> None:
    with workers(tmp_path, 2) as (one, two), closing(Ledger(tmp_path)) as ledger:
        assert one.ask(IN, OUT) is None
        one.answered(Answer(busy=True, pause=20.0))
        for meter in (one, two):
            wait = meter.ask(IN, OUT)
            assert isinstance(wait, Wait)
            assert 19.0 < wait.seconds < 20.2
        ledger.refresh()
        assert {worker: (entry.task, entry.why) for worker, (entry, _) in ledger.books.waiting.items()} == {
            "r1-w1": ("t1", RATE), "r1-w2": ("t2", RATE)
        }  # fmt: skip
        ledger.lose()
        assert not ledger.books.waiting


def test_a_moment_of_before_the_machine_was_started_anew_closes_nothing() -> None:
    gate = Gate(opens=1_000_000.0)
    assert gate.wait(0, 1_000_000.0 - LONGEST) == LONGEST
    assert gate.wait(0, 5.0) == 0.0


def test_a_torn_line_is_dropped_and_a_damaged_one_refused(tmp_path: Path) -> None:
    with workers(tmp_path, 1) as (one,):
        assert one.ask(IN, OUT) is None
    path = tmp_path / "spending.jsonl"
    good = path.read_bytes()
    path.write_bytes(good + good[:20])
    with closing(Ledger(tmp_path)) as ledger:
        assert ledger.books.seq == 2
        ledger.lose()
    assert len(path.read_bytes().splitlines()) == 3
    path.write_bytes(path.read_bytes().replace(b"t1", b"t9"))
    with pytest.raises(DamagedBoardError, match=r"spending\.jsonl, at byte \d+: the checksum does not match"):
        Ledger(tmp_path)


def test_every_line_and_field_is_documented() -> None:
    text = (ROOT / "docs/board.md").read_text(encoding="utf-8").split("## What a model costs")[1].split("\n## ")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", text, re.MULTILINE))
    for entry in Entry.__args__:
        assert {field.name for field in fields(entry)} == set(re.findall(r"\w+", rows.pop(entry.op)))
    assert not rows


@pytest.mark.parametrize(
    ("dollars", "said"),
    [(0, "$0.00"), (1234.5, "$1,234.50"), (0.1, "$0.10"), (0.03, "$0.03"), (0.0042, "$0.0042"), (0.012, "$0.012")],
)
def test_amounts_are_readable(dollars: float, said: str) -> None:
    assert money(dollars) == said
