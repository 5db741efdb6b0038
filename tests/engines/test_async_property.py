"""Whatever a program looks like: made asynchronous it does the same, and a second run finds nothing to do."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import gc
import inspect
import io
import re
import sys
import types
import warnings
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings

from parallel_refactor.engines.recipes.async_await import ToAsync
from tests.engines.async_programs import programs
from tests.engines.engine_runs import Files, settled

RECIPE = ToAsync()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("mode", ["replace", "twin"])
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(files=programs())
@pytest.mark.filterwarnings("ignore::SyntaxWarning")
def test_a_program_does_the_same(mode: str, files: Files) -> None:
    before = printed(files)
    after = settled(RECIPE, files, {"mode": mode})
    assert printed(after) == before
    for name in twins(files, after):
        assert results(after, name) == results(after, name[1:]), name


def printed(files: Files) -> list[str]:
    """Run a program; gives what it prints, and the exception that ends it."""
    with loaded(files, "__main__") as lines:
        return lines


def twins(before: Files, after: Files) -> list[str]:
    """Give the twins at the top of the library."""
    old, new = (
        {
            node.name
            for node in ast.parse(files["lib.py"]).body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        for files in (before, after)
    )
    return sorted(new - old)


def results(files: Files, name: str) -> list[str]:
    """Call a function of the library, freshly imported; gives what it prints and gives back, or its exception."""
    with loaded(files, "main"):
        function = getattr(sys.modules["lib"], name)
        waits = inspect.iscoroutinefunction(function)
        with caught() as lines:
            for number in (0, 1, 3):
                lines.append(repr(asyncio.run(function(number)) if waits else function(number)))
        return lines


@contextlib.contextmanager
def loaded(files: Files, name: str) -> Iterator[list[str]]:
    """Import the library, then run the program under a name; gives what it prints."""
    modules = {"lib": types.ModuleType("lib"), "main": types.ModuleType(name)}
    sys.modules["lib"] = modules["lib"]
    try:
        codes = {path: compile(files[f"{path}.py"], path, "exec") for path in modules}
        with caught() as lines:
            for path, module in modules.items():
                exec(codes[path], vars(module))  # noqa: S102
        vars(modules["lib"])["STEPS"].clear()
        yield lines
    finally:
        del sys.modules["lib"]


@contextlib.contextmanager
def caught() -> Iterator[list[str]]:
    """Catch what is printed, how it ends, and coroutines that nobody awaits."""
    lines: list[str] = []
    hook = sys.unraisablehook
    sys.unraisablehook = lambda found: lines.append(f"never awaited: {found.exc_value}")
    text = io.StringIO()
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(text):
            warnings.simplefilter("error", RuntimeWarning)
            yield lines
            gc.collect(0)
    except Exception as error:  # noqa: BLE001 - any is compared
        lines.append(type(error).__name__)
    finally:
        sys.unraisablehook = hook
    lines.insert(0, re.sub("0x[0-9a-f]+", "", text.getvalue()))
