"""Which files of a workspace are looked through is told by their texts: none that matters is left out."""

from __future__ import annotations

import ast

import pytest

from parallel_refactor.engines.recipes.python_classes import sets_by_name
from parallel_refactor.engines.recipes.python_workspace import DEFINED, STORED, Workspace
from tests.engines.engine_runs import MemoryReader

STORES = (
    "a.x = 1",
    "b = a.x = 1",
    "a.x: int = 1",
    "a.x += 1",
    "a.x //= 1",
    "a.x **= 1",
    "a.x \\\n = 1",
    "a.x, b = 1, 2",
    "b, a.x = 1, 2",
    "(a.x,\n b) = 1, 2",
    "(a.x, b,\n c) = 1, 2, 3",
    "[b,\n a.x, # one\n] = 1, 2",
    "a.x, b, \\\n c = 1, 2, 3",
    "[*a.x] = b",
    "for a.x in b: pass",
    "for a.x, c in b: pass",
    "c = [0 for a.x, b in c]",
    "with b as a.x: pass",
    "with b as a.x, c: pass",
    "with (b as a.x, c,\n d): pass",
    "with (\n b as a.x, # one\n c): pass",
    "setattr(a, 'x', 1)",
    'mock.patch("a.b.x")',
    "mock.patch.object(a,\n\t'x')",
)
LOADS = ("a.x()", "a.x.b = 1", "x = 1", "print(a.x.y)", "a.xx = 1", "a.ax = 1", "y = a.x[0]", "if a.x == 1: pass")


@pytest.mark.parametrize("text", STORES)
def test_a_file_that_gives_an_attribute_a_value_is_found(text: str) -> None:
    workspace = Workspace(["m.py"], MemoryReader({"m.py": f"def f():\n    pass\n{text}\n".encode()}))
    file = workspace.file("m.py")
    assert file is not None
    stored = [
        mention
        for mention in file.mentions["x"]
        if sets_by_name(mention) or isinstance(getattr(mention.node, "ctx", None), ast.Store)
    ]
    assert stored
    assert workspace.files_with("x", STORED) == ["m.py"]


@pytest.mark.parametrize("text", LOADS)
def test_a_file_that_does_not_is_mostly_left_out(text: str) -> None:
    workspace = Workspace(["m.py"], MemoryReader({"m.py": text.encode()}))
    assert workspace.files_with("x", STORED) == []


def test_names_are_found_as_words_and_functions_by_their_beginnings() -> None:
    texts = {"a.py": b"x", "b.py": b"def \\\n x(): pass", "c.py": b"ax, xa", "d.py": b"async  def x(): pass"}
    workspace = Workspace(list(texts), MemoryReader(texts))
    assert workspace.files_with("x") == ["a.py", "b.py", "d.py"]
    assert workspace.files_with("x", DEFINED) == ["b.py", "d.py"]
