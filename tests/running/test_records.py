"""What is written down of a task that a model does, on a real board, and how `show` tells it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from lockboard.errors import DamagedBoardError
from parallel_refactor.running.records import transcripts
from parallel_refactor.running.request import RunRequest
from parallel_refactor.running.start import start_run
from tests.cli.program import answer, call, refusal
from tests.doubles.faults import Faults
from tests.doubles.limits import Limits
from tests.doubles.model_api import Double, double
from tests.doubles.strict import KEY
from tests.running.runs import Runs, kill

pytestmark = pytest.mark.usefixtures("key")

RENAME = "Replace `value` by `worth`."
TOKEN = "ghp_" + "a1B2" * 9
PEM = "-----BEGIN RSA PRIVATE KEY-----\n" + "MIIEow/+" * 16 + "\n-----END RSA PRIVATE KEY-----\n"


def start(runs: Runs, served: Double, prompt: str = RENAME, **more: Any) -> str:
    options = {"base_url": served.url}
    return start_run(runs.board, RunRequest(engine="claude", prompt=prompt, options=options, workers=1, **more))


def only_task(runs: Runs, name: str) -> str:
    (task,) = runs.board.run_tasks(name)
    return task


def test_a_record_has_what_was_asked_answered_checked_and_handed_in(runs: Runs) -> None:
    (path,) = runs.write(1)
    with double(Faults(first=("529",))) as served:
        name = start(runs, served)
        report = runs.end(name)
    (record,) = transcripts(runs.board, name, "t1")
    kinds = [line["kind"] for line in record.lines]
    assert kinds == ["claim", "request", "failure", "answer", "request", "answer", "check", "end"]
    claim, first, failure, said, second, _, check, end = record.lines
    assert (claim["run"], claim["task"], claim["token"]) == (name, "t1", runs.board.run_tasks(name)["t1"].token)
    assert RENAME in first["system"]
    assert path in json.dumps(first["content"])
    assert "system" not in second, "what all requests share is written once"
    assert "model" not in second
    assert second["content"][0][0]["type"] == "tool_result"
    assert failure["busy"] is True
    assert said["content"][-1]["input"]["command"] == "str_replace"
    assert check["problem"] == ""
    assert end["outcome"] == "finished"
    assert end["files"] == [{"path": path, "outcome": "changed", "left": []}]
    spent = sum(sum(line["tokens"].values()) for line in record.lines if line["kind"] == "answer")
    assert spent == sum(count for kind, count in report.counts.items() if kind.endswith("tokens"))


def test_show_tells_it_readably_and_as_json(runs: Runs) -> None:
    (path,) = runs.write(1)
    with double() as served:
        name = start(runs, served, f"{RENAME} [play: break-once]")
        runs.end(name)
    shown = call("show", "t1", runs.root, cwd=runs.root).stdout
    for words in (f"t1 of {name}: done, $0.", f"{path}: changed", RENAME, "does not parse", "+ worth = 0", "finished"):
        assert words in shown, shown
    assert not re.search(r" $", shown, re.MULTILINE)
    found = answer("show", "t1", "--run", name, cwd=runs.root)
    assert (found["run"], found["state"]) == (name, "done")
    assert found["files"] == [{"path": path, "outcome": "changed", "left": []}]
    assert found["spent"]["dollars"] > 0
    assert found["claims"][0]["lines"][-1]["outcome"] == "finished"
    assert "no task 't7'" in refusal("show", "t7", "--run", name, cwd=runs.root)
    assert "No run has a task" in refusal("show", "t7", cwd=runs.root)


def test_a_failed_task_says_why(runs: Runs) -> None:
    runs.write(1)
    with double() as served:
        name = start(runs, served, f"{RENAME} [play: refuse]")
        runs.end(name)
    shown = call("show", "t1", cwd=runs.root).stdout
    assert f"t1 of {name}: failed" in shown
    assert "the model refuses to do this" in shown.rpartition("Attempt 1")[2]


def test_a_recipes_task_is_shown_too(runs: Runs) -> None:
    name = runs.start() if runs.write(1) else ""
    runs.end(name)
    found = answer("show", only_task(runs, name), cwd=runs.root)
    assert (found["claims"], found["spent"]) == ([], None)
    assert "No model was asked" in call("show", only_task(runs, name), cwd=runs.root).stdout


def test_a_killed_worker_leaves_what_it_had(runs: Runs) -> None:
    runs.write(1)
    with double(limits=Limits(seconds=3.0)) as served:
        name = start(runs, served)
        runs.until(lambda: served.books.requests and runs.busy(name), "a worker waits for its answer")
        kill(runs.busy(name)[0])
        served.limits.seconds = 0.0
        runs.end(name)
    first, second = transcripts(runs.board, name, "t1")
    assert [line["kind"] for line in first.lines] == ["claim", "request"]
    assert second.lines[-1]["outcome"] == "finished"
    assert "broke off" in call("show", "t1", cwd=runs.root).stdout


def test_no_secret_is_written_down(runs: Runs) -> None:
    runs.write(1)
    for name, text in {".env": f"T={TOKEN}\n", "notes.py": f"needle = '''{PEM}'''\n", "id_rsa": PEM}.items():
        (runs.root / name).write_text(text)
    prompt = f"Append `TOKEN = '{TOKEN}'`. Append `MINE = '{KEY}'`. Use {PEM}"
    with double() as served:
        for play in ("outside", "look"):
            runs.end(start(runs, served, f"{prompt} [play: {play}]", include=("m0000.py",)))
    written = "".join(path.read_text() for path in runs.board.layout.board.glob("runs/*/records/*"))
    assert written.count("[secret]") > 4
    for secret in (TOKEN, KEY, "MIIEow"):
        assert secret not in written
    for task in ("r1", "r2"):
        shown = call("show", "t1", "--run", task, "--json", cwd=runs.root).stdout
        assert TOKEN not in shown


def test_a_damaged_line_is_named_and_a_torn_one_left_out(runs: Runs) -> None:
    runs.write(1)
    with double() as served:
        name = start(runs, served)
        runs.end(name)
    (file,) = (runs.board.layout.run(name) / "records").iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole + b'{"kind": "ans')
    assert len(transcripts(runs.board, name, "t1")[0].lines) == whole.count(b"\n")
    file.write_bytes(b"[]\n" + whole)
    with pytest.raises(DamagedBoardError, match=rf"{file.name}:1 is damaged"):
        transcripts(runs.board, name, "t1")


def test_a_record_that_is_no_transcript_of_a_known_form_is_shown_as_far_as_it_goes(runs: Runs) -> None:
    runs.write(1)
    with double() as served:
        name = start(runs, served)
        runs.end(name)
    (file,) = (runs.board.layout.run(name) / "records").iterdir()
    _replace(file, '{"kind": "answer", "content": 7}\n{"kind": "new"}\n{"kind": "request", "content": [[3]]}\n')
    assert "broke off" in call("show", "t1", cwd=runs.root).stdout


def _replace(file: Path, text: str) -> None:
    file.write_text(text)
