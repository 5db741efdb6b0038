"""What a run of a model will cost, costs, and waits for, as people and programs see it."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import pytest

from lockboard.model import RunState, TaskState
from parallel_refactor.running.books import RATE
from parallel_refactor.running.ledger import Ledger
from parallel_refactor.running.report import report
from parallel_refactor.running.request import RunRequest
from parallel_refactor.running.spending import Answered, Asked, Capped, Full, Waits
from tests.cli.program import PATIENCE, answer, call, refusal, started
from tests.cli.stage import Stage
from tests.cli.terminal import Terminal

LOCAL = {"base_url": "http://localhost:1"}
PLAN = ("run", "Make it better", "--engine", "claude", "--option", "base_url=http://localhost:1", "--plan")
TOKENS = {"input_tokens": 1_000, "cache_read_tokens": 10_000, "output_tokens": 500}


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    made = Stage(tmp_path, RunRequest("Make it better", engine="claude", workers=2, max_cost=1.0, options=LOCAL))
    made.plan(3)
    return made


def spend(stage: Stage, *, worker: str = "r1-w1", task: str = "t1", dollars: float = 0.25, sure: bool = True) -> Ledger:
    """Let a worker make a request."""
    ledger = Ledger(stage.board.layout.run(stage.run))
    with ledger.changing() as write:
        if ledger.books.cap is None:
            write(Capped(1.0))
        asked = write(Asked(worker, task, {"output_tokens": 1000}, 0.5)).seq
        write(Answered(asked, TOKENS, dollars, sure))
    return ledger


def test_the_plan_says_what_the_run_will_take(tmp_path: Path) -> None:
    for number in range(4):
        (tmp_path / f"m{number}.py").write_text("value = 1\n" * 300)
    cost = answer(*PLAN, cwd=tmp_path)["estimate"]
    assert (cost["model"], cost["files"], cost["tasks"]) == ("claude-sonnet-5-5", 4, 4)
    assert cost["requests"] >= 8
    assert cost["tokens"] > 4 * 3_000 / 4
    assert 0.01 < cost["dollars"] < 1
    assert cost["seconds"] > 0
    (tmp_path / "m9.py").write_text("value = 1\n" * 3000)
    assert answer(*PLAN, cwd=tmp_path)["estimate"]["dollars"] > 1.5 * cost["dollars"]
    shown = call(*PLAN, "--max-cost", "$1.50", "--max-tokens", "1_000_000", cwd=tmp_path).stdout
    assert re.search(r"Model claude-sonnet-5-5: about \d+ requests, [\d,]+ tokens, \d+ min, \$0\.\d+ at the", shown)
    assert "This is an estimate" in shown
    assert "It never spends more than $1.50 or 1,000,000 tokens: it pauses before." in shown
    assert not (tmp_path / ".task_board").exists()


def test_the_price_of_an_unknown_model_is_not_invented(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text("value = 1\n")
    assert answer(*PLAN, "--option", "model=mine", cwd=tmp_path)["estimate"]["dollars"] is None
    assert "What it costs is not known" in call(*PLAN, "--option", "model=mine", cwd=tmp_path).stdout


def test_the_question_says_it_too(tmp_path: Path) -> None:
    stage = Stage(tmp_path, RunRequest("Make it better", engine="claude", confirm=True, options=LOCAL))
    with Terminal("resume", cwd=tmp_path) as terminal:
        stage.plan(3, state=RunState.ASKING)
        terminal.expect("Model claude-sonnet-5-5: about")
        terminal.expect(r"Start\?")


def test_the_live_view_shows_money_and_waits(stage: Stage) -> None:
    stage.worker()
    ledger = spend(stage)
    with Terminal("resume", cwd=stage.board.root) as terminal:
        terminal.expect(r"w1 +pkg/a1\.py \+1 +\$0\.25 +\d")
        terminal.expect(r"11,500 tokens, \$0\.25 of \$1\.00")
        with ledger.changing() as write:
            write(Waits("r1-w1", "t1", RATE))
        terminal.expect(r"w1 +pkg/a1\.py \+1  waiting for the rate limit, \d+\.\d s")
        with ledger.changing() as write:
            write(Answered(write(Asked("r1-w1", "t1", {}, 0.0)).seq, {}, 0.125, sure=False))
        terminal.expect(r"\$0\.38 of \$1\.00")
        stage.finish("t1", "t2", "t3")
        stage.move(RunState.DONE)
        assert terminal.leave() == 0
    assert "at most $0.12 of it for requests that broke off (1)" in terminal.text


def test_status_shows_money_and_waits(stage: Stage) -> None:
    stage.worker()
    ledger = spend(stage, sure=False)
    with ledger.changing() as write:
        write(Waits("r1-w1", "t1", RATE))
    found = answer("status", cwd=stage.board.root)
    (run,), (worker,) = found["runs"], found["workers"]
    assert run["spent"]["max_cost"] == 1.0
    assert run["spent"]["dollars"] == worker["spent"]["dollars"] == run["spent"]["tasks"]["t1"]["dollars"] == 0.25
    assert run["spent"]["tokens"] == worker["spent"]["tokens"] == 11_500
    assert run["spent"]["unsure"] == {"requests": 1, "tokens": 11_500, "dollars": 0.25}
    assert (worker["waits_for"], worker["waits_since"] > 0) == ("the rate limit", True)
    shown = call("status", cwd=stage.board.root).stdout
    assert "0 of 6 files, 11,500 tokens, $0.25 of $1.00" in shown
    assert re.search(r"r1-w1 .*\$0\.25 +waiting for the rate limit, \d", shown)
    with ledger.changing() as write:
        write(Answered(write(Asked("r1-w1", "t9", {}, 0.0)).seq, {"output_tokens": 9}, 0.5))
    assert re.search(r"r1-w1 .*\$0\.25, \$0\.75 in all", call("status", cwd=stage.board.root).stdout)


def test_a_run_whose_budget_is_spent_is_left_and_says_how_to_go_on(stage: Stage) -> None:
    ledger = spend(stage)
    reason = "all is spent: `parallel-refactor resume r1 --max-cost DOLLARS` goes on"
    with started("resume", cwd=stage.board.root) as (following, output):
        output.readline()
        with ledger.changing() as write:
            write(Full(reason))
        stage.move(RunState.PAUSED, reason)
        shown = output.read()
        assert following.wait(timeout=PATIENCE) == 4
    assert f"r1: paused: {reason}\n" in shown
    assert "Paused  " in shown
    assert "cancel r1 ends it" in shown
    where = stage.board.root
    assert f"Run r1 has nothing left to spend: {reason}." in refusal("resume", "--yes", cwd=where)
    assert "max_cost is $0.20, and run r1 has spent $0.25" in refusal("resume", "--yes", "--max-cost", "0.2", cwd=where)
    assert "max_tokens is 20,000" not in refusal("resume", "--yes", "--max-tokens", "11000", cwd=where)
    assert ledger.books.full
    with started("resume", "--yes", "--max-cost", "3", "--max-tokens", "99999", cwd=where) as (following, output):
        await_cap(ledger, Capped(3.0, 99_999))
        stage.move(RunState.RUNNING)
        assert output.readline()
        assert not ledger.books.full
        stage.finish("t1", "t2", "t3")
        stage.move(RunState.DONE)
        assert following.wait(timeout=PATIENCE) == 0


def await_cap(ledger: Ledger, cap: Capped) -> None:
    end = time.monotonic() + PATIENCE
    while ledger.books.cap != cap:
        ledger.refresh()
        assert time.monotonic() < end, ledger.books.cap
        time.sleep(0.01)


def test_the_report_has_what_failed_tasks_cost(stage: Stage) -> None:
    spend(stage, task="t1")
    spend(stage, task="t2", worker="r1-w2")
    stage.board.end_task("r1", "t2", TaskState.FAILED, "bad")
    stage.finish("t1", "t3")
    stage.move(RunState.FAILED)
    found = json.loads(json.dumps(report(stage.board, "r1").as_json()))
    assert found["dollars"] == found["spent"]["dollars"] == 0.5
    assert found["counts"] == {
        **{kind: 2 * number for kind, number in TOKENS.items()}, "cache_write_tokens": 0, "requests": 2
    }  # fmt: skip
    assert found["spent"]["tasks"]["t2"]["dollars"] == found["spent"]["workers"]["r1-w2"]["dollars"] == 0.25
