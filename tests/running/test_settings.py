"""The workspace's settings: what may stand there, what it is good for, and where mistakes are."""

from __future__ import annotations

from pathlib import Path

import pytest

from parallel_refactor.running.request import RequestError
from parallel_refactor.running.settings import read_settings, with_settings
from tests.cli.program import answer, call, refusal

ALL = """\
engine = "claude"
model = "claude-opus-5-5"
effort = "low"
base_url = "http://localhost:1"
repairs = 3
timeout = 30
order = "none"
choose = true
interface = ["api/"]
workers = 4
include = ["*.py"]
exclude = ["old/"]
held = "skip"
attempts = 2
deadline = 60.5
max_cost = 2
max_tokens = 1_000_000
deny = ["private/"]
check = "git check-attr -a {files}"
check_timeout = 10
gate = "git status"
gate_timeout = 90
"""


@pytest.mark.parametrize(
    ("name", "head"), [("parallel-refactor.toml", ""), ("pyproject.toml", "[tool.parallel-refactor]\n")]
)
def test_all_settings_are_read_from_either_file(tmp_path: Path, name: str, head: str) -> None:
    (tmp_path / name).write_text(head + ALL)
    request = with_settings({"prompt": "x"}, read_settings(tmp_path))
    assert request.options == {
        "model": "claude-opus-5-5", "effort": "low", "base_url": "http://localhost:1", "repairs": 3, "timeout": 30,
        "order": "none",
    }  # fmt: skip
    assert (request.engine, request.workers, request.held) == ("claude", 4, "skip")
    assert (request.include, request.exclude, request.deny) == (("*.py",), ("old/",), ("private/",))
    assert (request.choose, request.interface) == (True, ("api/",))
    assert (request.attempts, request.deadline) == (2, 60.5)
    assert (request.max_cost, request.max_tokens) == (2, 1_000_000)
    assert (request.check, request.check_timeout) == ("git check-attr -a {files}", 10)
    assert (request.gate, request.gate_timeout) == ("git status", 90)


def test_what_is_said_goes_before_the_file_and_that_before_the_default(tmp_path: Path) -> None:
    (tmp_path / "parallel-refactor.toml").write_text(ALL)
    settings = read_settings(tmp_path)
    said = with_settings({"workers": 9, "options": {"model": "mine"}, "deny": ("*.sql",)}, settings)
    assert (said.workers, said.attempts, said.lease) == (9, 2, 60.0)
    assert (said.options["model"], said.options["effort"]) == ("mine", "low")
    assert said.deny == ("private/", "*.sql")


@pytest.mark.parametrize("given", [{"recipe": "docstrings"}, {"engine": "simulate"}])
def test_what_is_for_models_stays_out_of_other_runs(tmp_path: Path, given: dict[str, str]) -> None:
    (tmp_path / "parallel-refactor.toml").write_text(ALL)
    request = with_settings(given, read_settings(tmp_path))
    assert (request.engine, request.workers, request.gate) == (given.get("engine", "recipe"), 4, "git status")
    assert (request.options, request.max_cost, request.check, request.deny) == ({}, None, "", ())
    assert (request.choose, request.interface) == (False, ())


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('\n\nworkerz = 4\nmodel = "a"\n', 3, "no setting 'workerz'. Is it workers?"),
        ("# a comment\nmax-cost = 4\n", 2, "Is it max_cost?"),
        ('workers = "4"\n', 1, "workers must be a whole number, and is '4'"),
        ("workers = true\n", 1, "workers must be a whole number"),
        ("model = 'a'\nworkers = 0\n", 2, "workers is 0: it must be from 1"),
        ("include = '*.py'\n", 1, "include must be a list of strings"),
        ("deny = [\n  'a',\n  3,\n]\n", 1, "deny must be a list of strings"),
        ("model = ''\n", 1, "model must be a string"),
        ("\neffort = 'some'\n", 2, "it must be one of low"),
        ("workers = 2\norder = 'needs'\n", 2, "it must be one of after, none"),
        ("order = false\n", 1, "order must be a string"),
        ("\nchoose = 'yes'\n", 2, "choose must be true or false, and is 'yes'"),
        ("interface = 'api.py'\n", 1, "interface must be a list of strings"),
        ("deny = ['a']\ninterface = ['']\n", 2, "The glob '' names nothing"),
        ("deny = ['!']\n", 1, "The glob '!' names nothing"),
        ("base_url = 'localhost'\n", 1, "is not an address"),
        ("engine = 'magic'\n", 1, "engine must be one of recipe, claude"),
        ("held = 'maybe'\n", 1, "it must be one of wait, skip"),
        ("api_key = 'sk-1'\n", 1, "a key is never read from a file. Set ANTHROPIC_API_KEY"),
        ("check = 'ruff --x={files}'\n", 1, "must be a word of its own"),
        ("gate = 'ruff check {files}'\n", 1, "names no {files}"),
        ('check = "ruff \'check"\n', 1, "is no command"),
        ("model = 'a'\n\nworkers == 3\n", 3, "Invalid"),
        ("[model]\nname = 'a'\n", 1, "model must be a string"),
    ],
)
def test_a_mistake_is_named_with_file_and_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    (tmp_path / "m.py").write_text("x = 1\n")
    file = tmp_path / "parallel-refactor.toml"
    file.write_text(text)
    with pytest.raises(RequestError) as own:
        read_settings(tmp_path)
    assert f"{file}:{line}: " in str(own.value)
    assert said in str(own.value)
    assert "sk-1" not in str(own.value)
    if text.startswith("["):
        return
    file.unlink()
    shared = tmp_path / "pyproject.toml"
    shared.write_text(f"[project]\nworkers = 1\n\n[tool.parallel-refactor] # ours\n{text}\n[tool.other]\nworkers = 1\n")
    with pytest.raises(RequestError) as other:
        read_settings(tmp_path)
    assert f"{shared}:{line + 4}: " in str(other.value)


def test_two_files_with_settings_are_one_too_many(tmp_path: Path) -> None:
    (tmp_path / "parallel-refactor.toml").write_text("workers = 2\n")
    (tmp_path / "pyproject.toml").write_text("[tool.parallel-refactor]\nworkers = 2\n")
    with pytest.raises(RequestError, match="both have settings"):
        read_settings(tmp_path)


def test_a_broken_pyproject_without_our_table_is_none_of_our_business(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project\n")
    assert read_settings(tmp_path).values == {}


def test_the_command_line_uses_them(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text("value = 1\n")
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "n.py").write_text("value = 1\n")
    (tmp_path / "parallel-refactor.toml").write_text(ALL)
    assert "choose asks a model" in refusal("run", "Make it better", "--plan", cwd=tmp_path)
    (tmp_path / "parallel-refactor.toml").write_text(ALL.replace("choose = true", "").replace("api/", "m.py"))
    plan = answer("run", "Make it better", "--plan", cwd=tmp_path)
    assert plan["estimate"]["model"] == "claude-opus-5-5"
    assert plan["estimate"]["files"] == 1
    shown = call("run", "Make it better", "--plan", "--max-cost", "1.5", cwd=tmp_path).stdout
    assert "never spends more than $1.50 or 1,000,000 tokens" in shown
    assert "estimate" not in answer("run", "--recipe", "docstrings", "--plan", cwd=tmp_path)
    (tmp_path / "parallel-refactor.toml").write_text("workers = 2\nworker = 3\n")
    assert "parallel-refactor.toml:2: there is no setting 'worker'" in refusal(
        "run", "docstrings", "--plan", cwd=tmp_path
    )


def test_check_and_deny_are_for_models(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text("value = 1\n")
    for option in (("--check", "true"), ("--deny", "*.sql")):
        assert "leave out deny, check, interface and choose" in refusal(
            "run", "docstrings", *option, "--plan", cwd=tmp_path
        )
