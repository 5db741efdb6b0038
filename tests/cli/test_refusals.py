"""Input that makes no sense is refused with exit code 2 and one sentence, and no run begins."""

from __future__ import annotations

import os
import re
from argparse import Namespace
from pathlib import Path

import pytest

from lockboard.model import RunState
from parallel_refactor.cli.errors import tell
from tests.cli.program import refusal
from tests.cli.stage import Stage

RUN = ("run", "--yes")
CLAUDE = (*RUN, "--engine", "claude", "Make it better", "--option", "base_url=http://localhost:1")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((*RUN, "Make it better"), r"'Make it better' is no recipe.*modernise"),
        ((*RUN,), "Say what to change"),
        ((*RUN, "--recipe", "no-such"), r"no recipe 'no-such'.*modernise"),
        ((*RUN, "--recipe", "modernise", "--option", "colour=red"), "no option 'colour'"),
        ((*RUN, "--recipe", "rewrite"), "needs the option"),
        ((*RUN, "--recipe", "modernise", "not-there"), "'not-there'.* no folder or file of that name"),
        ((*RUN, "Modernise Python code", "not-there"), "not-there: No such file or directory"),
        ((*RUN, "--engine", "claude", "Make it better", "--option", "effort=huge"), "effort is 'huge'.* low, medium"),
        ((*CLAUDE, "--max-cost", "0.1"), r"max_cost is \$0.10, and one answer of up to 16,000 tokens may cost \$0.16"),
        ((*CLAUDE, "--max-tokens", "9000"), "max_tokens is 9,000 for the whole run, and one answer .* 16,000"),
        (
            (*CLAUDE, "--max-cost", "5", "--option", "model=x"),
            "price of model x is not known, .* use max_tokens",
        ),
        ((*RUN, "--recipe", "modernise", "--max-cost", "1"), "Engine recipe costs nothing: leave out max_cost"),
        (("run", "--recipe", "modernise"), "add --yes"),
        (("run", "--recipe", "modernise", "--json"), "add --yes"),
        (("cancel",), "nothing has been run here"),
        (("pause", "r1"), "nothing has been run here"),
        (("resume", "--path", "."), "nothing has been run here"),
        (("undo", "--yes"), "nothing has been run here"),
        (("clean",), "nothing has been run here"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    (tmp_path / "module.py").write_text("import os\n", encoding="utf-8")
    message = refusal(*arguments, cwd=tmp_path)
    assert re.search(said, message), message
    assert message.startswith("parallel-refactor: ")
    assert message.count("\n") == 1
    assert (tmp_path / "module.py").read_text(encoding="utf-8") == "import os\n"
    assert not list(tmp_path.glob(".task_board/runs/*"))


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("dance",),
        ("run", "--workers", "0"),
        ("run", "--workers", "many"),
        ("run", "--engine", "steam"),
        ("run", "--held", "break"),
        ("run", "--option", "no-equals-sign"),
        ("run", "--deadline", "0"),
        ("cancel", "--worker", "w1", "--task", "t1"),
        ("status", "--js"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_usage(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    assert "usage: parallel-refactor" in refusal(*arguments, cwd=tmp_path)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("cancel", "r7"), "no run 'r7'"),
        (("undo", "r7"), "no run 'r7'"),
        (("resume", "r1"), "has ended"),
        (("pause", "r1"), "has ended"),
        (("pause",), "No run is going on here"),
        (("undo",), "nothing to undo here"),
        (("undo", "r1", "--yes"), "changed nothing"),
    ],
)
def test_runs_that_are_not_there_or_over_are_named(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    Stage(tmp_path).move(RunState.DONE)
    assert said in refusal(*arguments, cwd=tmp_path)


def test_workers_and_tasks_that_are_not_there_are_named(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    stage.plan(2)
    assert "no worker 'r1-w5'" in refusal("cancel", "--worker", "w5", cwd=tmp_path)
    assert "no task 't5'" in refusal("cancel", "--task", "t5", cwd=tmp_path)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="this user may read everything")
def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text("import os\n", encoding="utf-8")
    tmp_path.chmod(0o500)
    assert str(tmp_path) in refusal(*RUN, "--recipe", "modernise", cwd=tmp_path)


def test_a_fault_of_ours_is_one_sentence_with_the_details_on_the_board(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Stage(tmp_path)
    assert tell(ZeroDivisionError("division by zero"), Namespace(debug=False, path=tmp_path)) == 1
    log = tmp_path / ".task_board" / "error.log"
    said = capsys.readouterr().err
    assert "ZeroDivisionError: division by zero" in said
    assert str(log) in said
    assert "ZeroDivisionError: division by zero" in log.read_text(encoding="utf-8")


def test_a_fault_of_ours_where_there_is_no_board_can_be_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fault = ExceptionGroup("several", [ZeroDivisionError("division by zero")])
    assert tell(fault, Namespace(debug=False, path=tmp_path)) == 1
    assert "--debug" in capsys.readouterr().err
    assert tell(fault, Namespace(debug=True, path=tmp_path)) == 1
    assert "ZeroDivisionError: division by zero" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
