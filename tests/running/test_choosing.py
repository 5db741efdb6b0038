"""A model is asked once, when a run is planned, which files need the change; the plan has only those."""

from __future__ import annotations

import signal
import time
from contextlib import suppress
from typing import Any

import psutil
import pytest

from lockboard.model import RunState, Wish
from parallel_refactor.engines.claude.candidates import make_question
from parallel_refactor.engines.interface import EngineError
from parallel_refactor.running.chosen import UNNEEDED, Chosen, chosen_in, keep_chosen
from parallel_refactor.running.ledger import books_of
from parallel_refactor.running.reading import WorkspaceReader
from parallel_refactor.running.records import transcripts
from parallel_refactor.running.report import Report
from parallel_refactor.running.request import RequestError, RunRequest
from parallel_refactor.running.start import ensure_supervisor, resolve, resume_run, start_run
from tests.doubles.faults import Faults
from tests.doubles.limits import Limits
from tests.doubles.model_api import Double, double
from tests.faults.model_books import money_problems
from tests.running.runs import Runs
from tests.running.test_model_cache import writes_of_the_shared_beginning

pytestmark = pytest.mark.usefixtures("key")

RENAME = "Replace `value` by `worth`."
TWO = f"{RENAME} [needs: m0001.py m0003.py]"


def begin(runs: Runs, served: Double, prompt: str, **more: Any) -> str:
    return start_run(runs.board, wanted(served, prompt, **more))


def wanted(served: Double, prompt: str, **more: Any) -> RunRequest:
    options = {"base_url": served.url}
    return RunRequest(
        engine="claude", prompt=prompt, workers=4, choose=True, options=options, include=("*.py",), **more
    )


def questions(served: Double) -> list[str]:
    return [text for body in served.books.requests if "<candidates>" in (text := str(body["messages"]))]


def answered(runs: Runs, name: str) -> Chosen:
    found = chosen_in(runs.board, name)
    assert found
    return found


def changed(runs: Runs) -> list[str]:
    return sorted(path.name for path in runs.root.glob("*.py") if "worth" in path.read_text())


def left(report: Report) -> dict[str, str]:
    return {note.path: note.reason for note in report.left}


def test_only_what_the_model_names_is_in_the_plan(runs: Runs) -> None:
    runs.write(6)
    (runs.root / "m0003.py").write_text("value = 3\ndef price_of(book):\n    return value\n")
    (runs.root / "customers.py").write_text("value = 'xyzzy'\n")
    with double() as served:
        name = begin(runs, served, TWO, deny=("customers.py",))
        report = runs.end(name)
    (question,) = questions(served)
    assert "m0003.py, 47 bytes: price_of" in question
    assert b"customers" not in b"".join(served.books.sent)
    assert report.state == "done"
    assert changed(runs) == ["m0001.py", "m0003.py"]
    unneeded = dict.fromkeys(("m0000.py", "m0002.py", "m0004.py", "m0005.py"), UNNEEDED)
    assert left(report) == {**unneeded, "customers.py": "it is one of those that no model may see (deny)"}
    found = answered(runs, name)
    assert found.files == {f"m000{n}.py": f"it uses what m000{n}.py uses" for n in (1, 3)}
    assert not list(money_problems(runs, name, served, books_of(runs.board, name), killed=False))
    assert report.spent
    assert report.spent.as_json()["tasks"]["plan"]["requests"] == 1
    assert (
        found.spent == f"{report.spent.as_json()['tasks']['plan']['tokens']:,} tokens, {report.spent.of_task('plan')}"
    )
    assert writes_of_the_shared_beginning(served) == 1, "the question fills the cache for the workers"
    kinds = [line["kind"] for record in transcripts(runs.board, name, "plan") for line in record.lines]
    assert kinds == ["claim", "request", "answer", "end"]


def test_requests_that_fail_are_sent_again(runs: Runs) -> None:
    runs.write(4)
    with double(Faults(first=("500", "drop", "429"))) as served:
        name = begin(runs, served, TWO)
        runs.end(name)
    assert changed(runs) == ["m0001.py", "m0003.py"]
    assert len(questions(served)) == 4
    books = books_of(runs.board, name)
    assert not list(money_problems(runs, name, served, books, killed=False))
    assert books.by_task["plan"].unsure_requests == 1


@pytest.mark.parametrize("way", ["malformed-once", "curious", "talkative"])
def test_an_answer_that_cannot_be_read_is_asked_for_again(runs: Runs, way: str) -> None:
    runs.write(4)
    with double() as served:
        runs.end(begin(runs, served, f"{TWO} [choose: {way}]"))
    assert changed(runs) == ["m0001.py", "m0003.py"]
    assert not served.books.refused
    assert len(questions(served)) == 2


@pytest.mark.parametrize(
    ("way", "said", "times"),
    [
        ("malformed", "no answer that could be read, 3 times: outcome must be `changed`, not 'yes'", 3),
        ("silent", "no answer that could be read, 3 times: Call done once", 3),
        ("refuse", "the model refuses to do this", 1),
        ("overflow", "the list of files is too much for it at once", 1),
        ("cut", "cut off at 16,000 tokens: raise --option max_tokens", 1),
    ],
)
def test_without_an_answer_the_plan_has_all_files_and_says_why(runs: Runs, way: str, said: str, times: int) -> None:
    runs.write(3)
    with double() as served:
        name = begin(runs, served, f"{TWO} [choose: {way}]")
        report = runs.end(name)
    assert report.files["changed"] == 3
    assert len(questions(served)) == times
    assert not served.books.refused
    (line,) = answered(runs, name).lines()
    assert line.startswith("Which of 3 files need the change is not known, so the plan has all of them: ")
    assert said in line


def test_names_that_are_no_candidates_are_dropped_and_told(runs: Runs) -> None:
    runs.write(2)
    (runs.root / "notes.txt").write_text("value = 1\n")
    outside = runs.root.parent / "outside.py"
    outside.write_text("value = 1\n")
    strange = ("../outside.py", str(outside), "m9999.py", "notes.txt", "m000*.py", "pkg/")
    with double() as served:
        name = begin(runs, served, f"{RENAME} [needs: ./m0001.py {' '.join(strange)}]")
        report = runs.end(name)
    assert changed(runs) == ["m0001.py"]
    assert outside.read_text() == (runs.root / "notes.txt").read_text() == "value = 1\n"
    assert list(left(report)) == ["m0000.py"]
    assert list(answered(runs, name).files) == ["m0001.py"]
    assert answered(runs, name).unknown == strange
    assert answered(runs, name).lines()[-1].startswith("It also named 6 that are none of them: '../outside.py', ")


def test_where_no_file_needs_the_change_nothing_is_done(runs: Runs) -> None:
    runs.write(2)
    with double() as served:
        report = runs.end(begin(runs, served, f"{RENAME} [needs:]"))
    assert (report.state, report.files["left"], len(served.books.requests)) == ("done", 2, 1)
    assert changed(runs) == []


def test_files_whose_signatures_change_are_changed_whatever_the_model_says(runs: Runs) -> None:
    runs.write(3)
    with double() as served:
        runs.end(begin(runs, served, f"{RENAME} [needs: m0001.py]", interface=("m0000.py",)))
    assert changed(runs) == ["m0000.py", "m0001.py"]


def test_a_limit_without_room_for_the_question_pauses_the_run_before_it_is_sent(runs: Runs) -> None:
    runs.write(4)
    with double() as served:
        name = begin(runs, served, TWO, max_tokens=16_100)
        paused = runs.reach(name, RunState.PAUSED)
        assert "0 of 16,100 tokens are used, and the next request may use" in paused.reason
        stays_paused(runs, name)
        assert not served.books.requests
        resume_run(runs.board, name, max_tokens=10_000_000)
        runs.end(name)
    assert len(questions(served)) == 1
    assert changed(runs) == ["m0001.py", "m0003.py"]


def stays_paused(runs: Runs, name: str) -> None:
    """Watch a run for some turns of its supervisor."""
    end = time.monotonic() + 0.5
    while time.monotonic() < end:
        assert runs.run(name).state is RunState.PAUSED
        time.sleep(0.01)


def test_a_run_that_is_paused_before_its_plan_can_be_cancelled(runs: Runs) -> None:
    runs.write(1)
    with double() as served:
        name = begin(runs, served, RENAME, max_tokens=16_100)
        runs.reach(name, RunState.PAUSED)
        stays_paused(runs, name)
        runs.wish(name, Wish.CANCEL)
        assert runs.end(name).state == "cancelled"


def asks(runs: Runs, served: Double) -> None:
    runs.until(lambda: served.limits.under_way, "the question is under way")


def test_a_run_is_cancelled_while_it_asks(runs: Runs) -> None:
    runs.write(1)
    with double(limits=Limits(seconds=60)) as served:
        name = begin(runs, served, RENAME)
        asks(runs, served)
        assert "asking claude-sonnet-5-5 which files need the change" in runs.run(name).reason
        runs.wish(name, Wish.CANCEL)
        assert runs.end(name).state == "cancelled"
        books = books_of(runs.board, name)
    assert not books.under_way
    assert books.total.unsure_requests == 1


def test_after_a_crash_an_answer_on_the_board_is_not_asked_for_again(runs: Runs) -> None:
    runs.write(4)
    with double(limits=Limits(seconds=60)) as served:
        name = begin(runs, served, TWO)
        asks(runs, served)
        kill_all(runs, name)
        keep_chosen(runs.board, name, Chosen("m", ("m0000.py", "m0001.py"), {"m0001.py": "so"}))
        served.limits.seconds = 0.0
        ensure_supervisor(runs.board, name)
        report = runs.end(name)
    assert len(questions(served)) == 1
    assert list(left(report)) == ["m0000.py"]
    assert changed(runs) == ["m0001.py", "m0002.py", "m0003.py"], "it was not asked about those that came later"


def test_a_crash_while_it_asks_has_it_asked_again_and_counts_the_first_time(runs: Runs) -> None:
    runs.write(4)
    with double(limits=Limits(seconds=60)) as served:
        name = begin(runs, served, TWO)
        asks(runs, served)
        kill_all(runs, name)
        served.limits.seconds = 0.0
        ensure_supervisor(runs.board, name)
        runs.end(name)
        books = books_of(runs.board, name)
        assert not list(money_problems(runs, name, served, books, killed=True))
    assert len(questions(served)) == 2
    assert (books.by_task["plan"].requests, books.by_task["plan"].unsure_requests) == (2, 1)
    assert changed(runs) == ["m0001.py", "m0003.py"]


def kill_all(runs: Runs, name: str) -> None:
    for process in runs.family():
        with suppress(psutil.NoSuchProcess):
            process.kill()
    runs.until(lambda: not runs.board.has_supervisor(name), "the supervisor is dead")


@pytest.mark.parametrize(
    ("with_", "said"), [(signal.SIGKILL, "has ended with -9"), (signal.SIGSTOP, "it took longer than 4 s")]
)
def test_without_the_process_that_asks_the_plan_has_all_files(runs: Runs, with_: signal.Signals, said: str) -> None:
    runs.write(2)
    with double(limits=Limits(seconds=60)) as served:
        name = begin(runs, served, f"{RENAME} [needs: m0001.py]", deadline=4.0)
        asks(runs, served)
        supervisor = runs.supervisor(name).pid
        (asker,) = [process for process in runs.family() if grandparent(process) == supervisor]
        served.limits.seconds = 0.0
        asker.send_signal(with_)
        report = runs.end(name)
    assert report.files["changed"] == 2
    assert said in answered(runs, name).failure


def grandparent(process: psutil.Process) -> int:
    parents = process.parents()
    return parents[1].pid if len(parents) > 1 else 0


def test_more_files_than_a_model_has_room_for_are_refused(runs: Runs) -> None:
    sizes = {f"package/module_{number:05}.py": 1_000 for number in range(12_000)}
    with pytest.raises(EngineError, match="12,000 files are too many to ask a model about at once: name a folder"):
        make_question(RENAME, "", sizes, WorkspaceReader(runs.root), lambda _path: False)


def test_an_engine_without_a_model_cannot_choose(runs: Runs) -> None:
    with pytest.raises(RequestError, match="asks no model: leave out deny, check, interface and choose"):
        resolve(RunRequest(engine="recipe", recipe="docstrings", choose=True), runs.root)
