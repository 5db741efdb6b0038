"""Many at once: runs over the same files, while people in two editors and at a shell hold files and give them back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path

import pytest

from lockboard import entries as e
from lockboard.log import Log
from lockboard.model import Afterwards, RunState
from parallel_refactor.engines.simulate import MARK
from parallel_refactor.running.request import RunRequest
from parallel_refactor.running.start import start_run
from tests.cli.program import call
from tests.lsp.editor import Editor, editor
from tests.running.runs import Runs

pytestmark = pytest.mark.asyncio

FILES = 24
CHANGES = {"one()": "uno()", "two()": "dos()"}


async def test_runs_over_the_same_files_all_end_whatever_people_hold(runs: Runs) -> None:
    paths = [runs.root / f"m{number:02}.py" for number in range(FILES)]
    for number, path in enumerate(paths):
        imports = f"import m{number - 1:02}\n\n" if number % 2 else ""  # so that two and two are a group
        path.write_text(f"{imports}def call() -> None:\n    one()\n    two()\n")
    before = [path.read_text() for path in paths]
    async with editor(runs.root) as ada, editor(runs.root) as bob:
        names = [_rewrite(runs, old, new) for old, new in CHANGES.items()]
        names.append(runs.start(options={"order": "needs", "seconds": "0.05"}))

        def going() -> bool:
            runs.board.refresh()
            return any(not runs.board.run(name).state.ended for name in names)

        tours = await asyncio.gather(
            _type(ada, paths, runs, going), _type(bob, paths[::-1], runs, going), _lock(runs.root, paths, going)
        )
        for person in (ada, bob):
            person.messages.clear()  # that a worker has the file, and the like
    assert min(tours) > 0
    for name in names:
        report = runs.end(name)
        assert (report.state, report.files["changed"]) == (RunState.DONE, FILES), report
    for path, text in zip(paths, before, strict=True):
        found = path.read_text()
        assert found.count(MARK) == 1
        for old, new in CHANGES.items():
            text = text.replace(old, new)  # noqa: PLW2901
        assert found.startswith(text)
    assert any(runs.board.run_tasks(names[-1])[task].spec.group for task in runs.board.run_tasks(names[-1]))
    _one_after_the_other(runs, names)


def _rewrite(runs: Runs, old: str, new: str) -> str:
    options = {"pattern": old, "replace": new, "language": "python"}
    return start_run(runs.board, RunRequest(engine="recipe", recipe="rewrite", workers=2, options=options))


async def _type(person: Editor, paths: list[Path], runs: Runs, going: Callable[[], bool]) -> int:
    """Begin to write in file after file, and think better of it; gives in how many."""
    person.answer(".", None)
    for number in count():
        if not going():
            return number
        path = paths[number % FILES]
        uri = person.open(path)
        person.change(uri, "mine\n")
        await person.until(partial(_is_held, runs, path.name), "a hold")
        person.close(uri)
    return 0


def _is_held(runs: Runs, name: str) -> bool:
    runs.board.refresh()
    return name in runs.board.state.holds


async def _lock(root: Path, paths: list[Path], going: Callable[[], bool]) -> int:
    """Lock two files after the other at a shell, and unlock them, also those that others have; gives how often."""
    for number in count():
        if not going():
            return number
        chosen = [paths[number * 5 % FILES], paths[(number * 5 + 7) % FILES]]
        await asyncio.to_thread(call, "lock", *chosen, "--owner", "agent", cwd=root)
        assert (await asyncio.to_thread(call, "unlock", "--owner", "agent", cwd=root)).returncode == 0
    return 0


def _one_after_the_other(runs: Runs, names: list[str]) -> None:
    """From one run's claim of a file to its end, no other run claims it: read from the log alone."""
    log = Log(runs.board.layout.board / "log.jsonl", e.decode)
    files = {(name, task.spec.id): task.spec.files for name in names for task in runs.board.run_tasks(name).values()}
    owners: dict[str, str] = {}
    for line in log.read():
        entry = line.entry
        if isinstance(entry, e.Claimed):
            for path in files[entry.run, entry.task]:
                assert owners.setdefault(path, entry.run) == entry.run, line
        elif isinstance(entry, e.Released | e.Ended):
            for path in files[entry.run, entry.task]:
                owners.pop(path, None)
        elif isinstance(entry, e.Landed) or (isinstance(entry, e.Unlanded) and entry.then is not Afterwards.LAND_AGAIN):
            for path in (path for task in entry.tasks for path in files[entry.run, task]):
                owners.pop(path, None)
    log.close()
    assert not owners
