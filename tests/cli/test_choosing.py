"""`--choose` on the command line: nothing is sent before a person has agreed, and the plan says what was answered."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from parallel_refactor.running.chosen import UNNEEDED
from tests.cli.program import answer, call, refusal
from tests.cli.terminal import Terminal
from tests.doubles.model_api import Double, double
from tests.doubles.strict import KEY

PROMPT = "Replace `value` by `worth`. [needs: b.py z.py]"


@pytest.fixture(autouse=True)
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make three files, and give the program the double's key."""
    monkeypatch.delenv("ANTHROPIC_BASE_URL", raising=False)
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)
    for name in "abc":
        (tmp_path / f"{name}.py").write_text("value = 1\n")
    return tmp_path


def command(served: Double) -> tuple[str, ...]:
    return ("run", PROMPT, ".", "--engine", "claude", "--option", f"base_url={served.url}", "--choose")


def test_a_plan_asks_only_where_somebody_agrees(tmp_path: Path) -> None:
    with double() as served:
        assert "nobody can be asked here whether it may: add --yes" in refusal(*command(served), "--plan", cwd=tmp_path)
        with Terminal(*command(served), "--plan", cwd=tmp_path) as terminal:
            terminal.expect(
                r"Ask claude-sonnet-5-5 which of 3 files need the change\?[^?]* tokens, \$0\.0\d+ and at most"
            )
            terminal.press("n\n")
            terminal.expect("3 files")
            assert terminal.leave() == 0
        assert not served.books.sent
        plan = answer(*command(served), "--plan", "--yes", cwd=tmp_path)
        assert len(served.books.requests) == 1
        shown = call(*command(served), "--plan", "--yes", cwd=tmp_path).stdout
    assert plan["files"] == ["b.py"]
    assert plan["left_out"] == [{"path": path, "reason": UNNEEDED} for path in ("a.py", "c.py")]
    assert plan["chosen"]["files"] == {"b.py": "it uses what b.py uses"}
    assert (plan["chosen"]["unknown"], plan["chosen"]["failure"]) == (["z.py"], "")
    assert plan["estimate"]["files"] == 1
    assert re.search(r"Asked which of 3 files need the change, \S+ named 1 \([\d,]+ tokens, \$0\.0\d+\)\.", shown)
    assert "  b.py: it uses what b.py uses\nIt also named 1 that are none of them: 'z.py'.\n" in shown
    assert not (tmp_path / ".task_board").exists()
    assert (tmp_path / "b.py").read_text() == "value = 1\n"


def test_a_plan_within_limits_has_room_for_the_question(tmp_path: Path) -> None:
    with double() as served:
        said = refusal(*command(served), "--plan", "--yes", "--max-tokens", "16100", cwd=tmp_path)
        assert "no room for the question which files need the change" in said
        assert not served.books.requests


def test_a_run_asks_shows_the_answer_and_does_what_is_needed(tmp_path: Path) -> None:
    with double() as served, Terminal(*command(served), cwd=tmp_path) as terminal:
        terminal.expect("Ask claude-sonnet-5-5 which of 3 files need the change")
        assert not served.books.sent
        terminal.press("y\n")
        terminal.expect("Asked which of 3 files need the change, claude-sonnet-5-5 named 1")
        terminal.expect("b.py: it uses what b.py uses")
        terminal.expect(r"Start\?")
        terminal.press("y\n")
        assert terminal.leave() == 0
    assert [(tmp_path / f"{name}.py").read_text() for name in "abc"] == ["value = 1\n", "worth = 1\n", "value = 1\n"]
    shown = call("show", "plan", cwd=tmp_path).stdout
    assert "b.py: it uses what b.py uses" in shown
    assert "Attempt 1, by plan: 1 answer" in shown
    assert answer("show", "plan", cwd=tmp_path)["chosen"]["files"] == {"b.py": "it uses what b.py uses"}


def test_a_run_that_nobody_asked_has_no_question_to_show(tmp_path: Path) -> None:
    assert call("run", "docstrings", "--yes", cwd=tmp_path).returncode == 0
    assert "`run --choose` does that" in refusal("show", "plan", cwd=tmp_path)
