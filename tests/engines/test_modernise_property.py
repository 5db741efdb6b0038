"""Modernising anything: a second run changes nothing, and it does not matter which files share a task."""

from __future__ import annotations

import codecs

from hypothesis import given, settings
from hypothesis import strategies as st

from parallel_refactor.engines.recipes.modernise import Modernise
from parallel_refactor.engines.recipes.python_source import parse
from tests.engines.engine_runs import Files, after, run_recipe, settled

RECIPE = Modernise()

STATEMENTS = [
    "import os",
    "import sys, re",
    "from typing import List, Optional as Opt",
    "from . import sibling",
    "from app.compat import thing",
    "import app.helper",
    "x = u'\u00e9'",
    "class A(object):\n    y: Opt[List[int]] = None",
    "def f(a, b):\n    import json\n    return '%s' % a",
    "try:\n    import yaml\nexcept ImportError:\n    yaml = None",
    "print(os.sep, '{}'.format(re), '\\d')",
    "if True:\n\tz = set([1])",
    "__all__ = ['thing']",
    "\x0c",
    "# \U0001f600",
    "",
]


@st.composite
def workspaces(draw: st.DrawFn) -> Files:
    names = ["app/__init__.py", "app/compat.py", "app/helper.py", "app/sibling.py", "test_app.py", "stub.pyi"]
    files = {}
    for name in names:
        lines = draw(st.lists(st.sampled_from(STATEMENTS), max_size=8))
        end = draw(st.sampled_from(["\n", "\r\n"]))
        mark = draw(st.sampled_from(["", "\ufeff"]))
        files[name] = (mark + "\n".join(lines) + draw(st.sampled_from(["", "\n"]))).replace("\n", end).encode()
    return files


def test_a_line_without_an_end_may_become_two() -> None:
    files = {"stub.pyi": b"import sys, re"}
    assert settled(RECIPE, files) == {"stub.pyi": b"import re\nimport sys\n"}


@settings(max_examples=25, deadline=None)
@given(workspaces())
def test_idempotent_and_the_same_however_the_files_are_split(files: Files) -> None:
    done = settled(RECIPE, files)
    for size in (1, 2):
        assert after(files, run_recipe(RECIPE, files, size=size)) == done
    for path, data in done.items():
        parse(data)
        assert data.startswith(codecs.BOM_UTF8) == files[path].startswith(codecs.BOM_UTF8)
