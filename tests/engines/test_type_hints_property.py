"""Whatever files look like: the result parses, only annotations are new, and a second run changes nothing."""

from __future__ import annotations

import ast

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parallel_refactor.engines.interface import Outcome
from parallel_refactor.engines.recipes.python_source import PythonSource
from parallel_refactor.engines.recipes.type_hints import AddTypeHints
from tests.engines.engine_runs import after, run_recipe
from tests.engines.test_docstrings_property import files

RECIPE = AddTypeHints()


def bare(raw: bytes) -> str:
    """Give the program without annotations and without what only type checkers see."""
    tree = PythonSource.read(raw).tree
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.returns = None
        elif isinstance(node, ast.arg):
            node.annotation = None
    tree.body = [node for node in tree.body if "TYPE_CHECKING" not in ast.dump(node)]
    return ast.dump(tree)


# Each start of pyrefly takes a tenth of a second and more, so many files are tried at once.
@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(files(), min_size=15, max_size=25))
def test_any_files_keep_their_code(sources: list[bytes]) -> None:
    before = {f"m{number}.py": source for number, source in enumerate(sources)}
    first = run_recipe(RECIPE, before)
    done = after(before, first)
    for file in first.files:
        assert file.outcome is not Outcome.FAILED or "read as Python" in file.left[0].reason, file.left
        if file.outcome is Outcome.CHANGED:
            assert bare(before[file.path]) == bare(done[file.path])
            assert (b"\r" in before[file.path]) == (b"\r" in done[file.path])
    again = run_recipe(RECIPE, done)
    assert {file.path for file in again.files if file.outcome is Outcome.CHANGED} == set()
