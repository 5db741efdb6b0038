"""What a model may say and do, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from parallel_refactor.engines.interface import EngineError, Outcome
from tests.engines.claude.talks import FILE, LONG, NEW, RENAME, TEXT, Recorder, Stage, only, reason, stage


@pytest.fixture(scope="module")
def shared() -> Iterator[Stage]:
    with stage() as made:
        yield made
        assert not made.books.refused


@pytest.mark.parametrize(
    "play",
    ["", "rewrite", "drop", "break-once", "cut", "pause", "malformed", "outside", "look", "forgetful", "blank", "deny"],
)
def test_a_model_that_comes_to_it_in_the_end_changes_its_file(shared: Stage, play: str) -> None:
    result = shared.do(f"{RENAME} [play: {play}]" if play else RENAME)
    assert only(result).outcome is Outcome.CHANGED
    assert only(result).new == NEW


def test_files_that_are_too_long_for_one_message_are_viewed(shared: Stage) -> None:
    files = {f"m{number}.py": TEXT + b"# filler, filler, filler\n" * 1_200 for number in range(8)}
    result = shared.do(files=files)
    assert {file.path: file.new for file in result.files} == {
        path: data.replace(b"old_name", b"new_name") for path, data in files.items()
    }


def test_many_files_are_done_in_one_conversation(shared: Stage) -> None:
    result = shared.do(files={"a.py": TEXT, "b.py": b"pass\n", "new.py": None})
    assert [(file.path, file.outcome) for file in result.files] == [
        ("a.py", Outcome.CHANGED),
        ("b.py", Outcome.UNCHANGED),
        ("new.py", Outcome.UNCHANGED),
    ]
    assert result.summary == "Done as asked for."


def test_a_file_may_be_created_at_a_path_of_the_task(shared: Stage) -> None:
    result = shared.do("Append `made = 1`. [play: rewrite]", {"new.py": None})
    assert only(result).new == b"made = 1\n"


@pytest.mark.parametrize("play", ["nothing", "silent"])
def test_a_model_that_edits_nothing_leaves_its_files_with_a_reason(shared: Stage, play: str) -> None:
    result = shared.do(f"{RENAME} [play: {play}]")
    assert only(result).outcome is Outcome.LEFT
    assert "did not say why" in reason(result)


def test_what_a_model_leaves_has_its_reason(shared: Stage) -> None:
    for play in ("left", "half"):
        result = shared.do(f"{RENAME} [play: {play}]")
        assert (only(result).outcome, reason(result)) == (Outcome.LEFT, "as asked for: left")
        assert only(result).new is None


def test_a_file_that_needs_no_change_is_unchanged(shared: Stage) -> None:
    assert only(shared.do(f"{RENAME} [play: unchanged]")).outcome is Outcome.UNCHANGED


@pytest.mark.parametrize(
    ("play", "said"),
    [
        ("lie", "same failing call 3 times .*it is as it was"),
        ("stubborn", "same failing call 3 times .*nor anything like it"),
        ("refuse", "the model refuses"),
        ("overflow", "too much for it at once"),
        ("cut-always", "cut off 3 times running, at 16,000 tokens"),
    ],
)
def test_what_cannot_go_on_ends_the_task_with_a_reason(shared: Stage, play: str, said: str) -> None:
    with pytest.raises(EngineError, match=said):
        shared.do(f"{RENAME} [play: {play}]")


@pytest.mark.parametrize("path", ["pkg/mod.py", "mod.js"])
def test_what_does_not_parse_has_failed_at_its_place(path: str) -> None:
    text = b"old_name(1)\n"
    with stage() as fresh:
        result = fresh.do(f"{RENAME} [play: break-always]", {path: text})
        assert only(result).outcome is Outcome.FAILED
        assert only(result).left[0].line == 1
        assert "does not parse" in reason(result)
        third, fourth = map(str, fresh.books.requests[2:])
        assert [third.count("the result does not parse"), fourth.count("the result does not parse")] == [1, 2]


def test_a_file_that_did_not_parse_before_need_not_parse_after(shared: Stage) -> None:
    result = shared.do(files={FILE: b"print 'old_name'\n"})
    assert only(result).new == b"print 'new_name'\n"


def test_a_call_that_is_cut_off_is_not_carried_out() -> None:
    with stage() as fresh:
        fresh.do(f"{RENAME} [play: cut]")
        (answer,) = fresh.books.requests[1]["messages"][2]["content"]
    assert answer["is_error"]
    assert "cut off here, and this call was not carried out" in answer["content"]


def test_a_dropped_end_is_refused_back_to_the_model() -> None:
    with stage() as fresh:
        result = fresh.do(f"{RENAME} [play: drop-silently]", {FILE: LONG})
        assert only(result).new == LONG.replace(b"old_name", b"new_name")
        assert "lacks everything from line 17 on" in fresh.told()


def test_the_model_sees_what_it_may_and_nothing_else() -> None:
    others = {
        "notes.py": b"one\ntwo needle\nthree\nfour\n",
        "pkg/far.py": b"needle = 1\n",
        ".env": b"PASSWORD=hunter2-needle\n",
        "config/settings.py": b"token = 'ghp_" + b"a1B2" * 9 + b"'  # needle\n",
    }
    with stage() as fresh:
        fresh.do(f"{RENAME} [play: look]", others=others)
        fresh.do(f"{RENAME} [play: outside]", others=others)
        told = fresh.told()
    assert "     2\\ttwo needle\\n     3\\tthree'" in told
    assert "'notes.py:2: two needle\\npkg/far.py:1: needle = 1'" in told
    assert "'pkg/far.py:1: needle = 1'" in told
    assert ".env looks like a secret" in told
    assert "notes.py is not one of your files" in told
    assert "hunter2" not in told
    assert "ghp_" not in told


def test_a_secret_of_the_task_is_left_and_not_sent() -> None:
    with stage() as fresh:
        result = fresh.do(files={".env": b"PASSWORD=hunter2\n", FILE: TEXT})
        assert "hunter2" not in fresh.told()
        assert [file.outcome for file in result.files] == [Outcome.LEFT, Outcome.CHANGED]
        alone = fresh.do(files={"key.pem": b"hunter2\n"})
        assert "looks like a secret" in reason(alone)
        assert fresh.books.completed == 2, "nothing was asked for it alone"


def test_the_counts_are_those_of_the_server() -> None:
    with stage() as fresh:
        meter = Recorder()
        assert fresh.do(meter=meter).counts == {}, "what it cost is the meter's business"
        tokens = fresh.books.tokens
    assert len(meter.answers) == 2
    assert all(answer.sure for answer in meter.answers)
    counts = meter.tokens()
    assert counts == {
        "input_tokens": tokens["input_tokens"],
        "cache_write_tokens": tokens["cache_creation_input_tokens"],
        "cache_read_tokens": tokens["cache_read_input_tokens"],
        "output_tokens": tokens["output_tokens"],
    }
    assert 0 < counts["cache_read_tokens"] <= counts["cache_write_tokens"]


def test_options_reach_the_model() -> None:
    with stage() as fresh:
        fresh.do(model="claude-opus-5-5", effort="low", max_tokens="777")
        (first, second) = fresh.books.requests
    assert (first["model"], first["max_tokens"], first["output_config"]) == ("claude-opus-5-5", 777, {"effort": "low"})
    assert {**first, "messages": 0} == {**second, "messages": 0}, "what is shared is the same in every request"
    assert second["messages"][: len(first["messages"])] == first["messages"]


@pytest.mark.parametrize(
    "text",
    [
        b"\xef\xbb\xbfx = 'old_name'\r\ny = 'old_name'\r\n",
        b"# coding: latin-1\nx = 'old_name \xe9'\n",
        b"x = 'old_name'\ny = 'caf\xc3\xa9'\r\nz = 1",
        b"x = 'old_name'\ry = 2\r",
        b"\x0cx = 'old_name'\n\x0b\n# \xe2\x80\xa8 old_name\n",
    ],
)
@pytest.mark.parametrize("play", ["", "[play: rewrite]"])
def test_bytes_that_the_model_does_not_touch_survive(shared: Stage, text: bytes, play: str) -> None:
    ends_well = text if text.endswith((b"\n", b"\r")) else text + (b"\n" if play else b"")
    result = shared.do(f"{RENAME} {play}", {FILE: text})
    assert only(result).new == ends_well.replace(b"old_name", b"new_name")


@pytest.mark.parametrize("text", [b"# coding: no-such\nx = 1\n", b"x = '\xff'\n", b"\x00\x01"])
def test_what_is_no_text_is_left(shared: Stage, text: bytes) -> None:
    result = shared.do(files={FILE: text})
    assert only(result).outcome is Outcome.LEFT
