"""What only runs of a model have, from an editor: which files change first, and the question which need the change."""

from __future__ import annotations

import pytest
from pygls.exceptions import JsonRpcException

from lockboard.model import RunState
from parallel_refactor.lsp import messages
from parallel_refactor.running.chosen import UNNEEDED
from tests.doubles.model_api import Double, double
from tests.doubles.strict import KEY
from tests.lsp.editor import Editor, editor
from tests.lsp.runs import start
from tests.running.runs import Runs

pytestmark = pytest.mark.asyncio

QUESTION = r"^Ask claude-sonnet-5-5 which of 3 files need the change\? .* tokens, \$0\.0\d+ and at most \$0\.\d+\.$"


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give server and workers the double's key."""
    monkeypatch.delenv("ANTHROPIC_BASE_URL", raising=False)
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY)


async def ask_for_two(one: Editor, served: Double) -> str:
    prompt = "Replace `value` by `worth`. [needs: m0001.py m0002.py]"
    return await start(one, engine="claude", prompt=prompt, choose=True, confirm=True, options={"base_url": served.url})


async def test_the_person_is_asked_before_the_model_is(runs: Runs) -> None:
    paths = runs.write(3)
    with double() as served:
        async with editor(runs.root) as one:
            one.answer(QUESTION, "Ask")
            one.answer(r"2 files in 2 tasks.*Asked which of 3 files need the change, .* named 2 \(", "Start")
            run = await ask_for_two(one, served)
            await one.message(r"^2 files changed, 1 left out: .* is done")
            shown = await one.run(messages.SHOW_RUN, run)
    assert [line.strip() for line in shown["chosen"][1:]] == [f"{path}: it uses what {path} uses" for path in paths[1:]]
    assert f"- {paths[1]}: it uses what" in shown["text"]
    assert [(note["path"], note["reason"]) for note in shown["left"]] == [(paths[0], UNNEEDED)]


async def test_with_a_no_all_files_are_in_the_plan_and_nothing_was_sent(runs: Runs) -> None:
    runs.write(3)
    with double() as served:
        async with editor(runs.root) as one:
            one.answer(QUESTION, "Change All")
            one.answer("3 files in 3 tasks", "Cancel")
            await ask_for_two(one, served)
            await one.message("is cancelled")
            one.answer(QUESTION, None)
            with pytest.raises(JsonRpcException, match="nothing was started"):
                await ask_for_two(one, served)
        assert not served.books.sent


async def test_files_whose_signatures_change_come_first_with_those_who_use_them(runs: Runs) -> None:
    (runs.root / "shapes.py").write_text("def area(a, unit=0):\n    return a * unit\n")
    (runs.root / "plan.py").write_text("from shapes import area\n\nx = area(2)\n")
    prompt = "Make `unit` of `area` a required keyword; who leaves it out means `1`."
    with double() as served:
        async with editor(runs.root) as one:
            wanted = {"engine": "claude", "prompt": prompt, "options": {"base_url": served.url}}
            with pytest.raises(JsonRpcException, match="interface must be a list of strings"):
                await start(one, interface="shapes.py", **wanted)
            run = await start(one, interface=["shapes.py"], **wanted)
            await one.message("is done")
    assert runs.run(run).state is RunState.DONE
    tasks = {task.spec.files: task.spec for task in runs.board.run_tasks(run).values()}
    assert tasks["plan.py",].needs == (tasks["shapes.py",].id,)
    assert tasks["plan.py",].group == tasks["shapes.py",].group != ""
