"""Adding type hints: what is told, how it is written, and what is left alone."""

from __future__ import annotations

import pytest

from parallel_refactor.engines.interface import EngineError, Job, Outcome, StoppedError
from parallel_refactor.engines.recipes.hints_check import broken_hints
from parallel_refactor.engines.recipes.type_hints import AddTypeHints
from tests.engines.engine_runs import MemoryReader, after, reasons, run_recipe, settled

RECIPE = AddTypeHints()


BEFORE = b'''\
"""A module."""
import re
from m2 import make


def nothing(a):
    print(a)


def same(a=1, *, flag=False) :
    return "x" if flag else None


def pattern():
    return re.compile("a")


def made(): return make()


class A:
    def copy(self):
        return self

    def list(self):
        return [1]

    def numbers(self):
        return [1]

    def __eq__(self, other):
        return self is other
'''
AFTER = b'''\
"""A module."""
import re
from m2 import make
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from m2 import B
    from re import Pattern
    from typing import Self


def nothing(a) -> None:
    print(a)


def same(a: int = 1, *, flag: bool = False) -> str | None :
    return "x" if flag else None


def pattern() -> "Pattern[str]":
    return re.compile("a")


def made() -> "B": return make()


class A:
    def copy(self) -> "Self":
        return self

    def list(self):
        return [1]

    def numbers(self):
        return [1]

    def __eq__(self, other: object) -> bool:
        return self is other
'''
OTHER = b"class B: pass\ndef make(): return B()\n"


def test_what_is_told() -> None:
    files = {"m.py": BEFORE, "m2.py": OTHER}
    done = settled(RECIPE, files, {"target": "py311"})
    assert done["m.py"] == AFTER
    assert done["m2.py"] == b'class B: pass\ndef make() -> "B": return B()\n'
    left = reasons(run_recipe(RECIPE, files, {"target": "py311"}))["m.py"]
    assert left == [
        "no type could be told for its parameters",
        *["the file means something else by the name of its type"] * 2,
    ]


TEXTS = {
    "old Python": (
        "def f(a):\n    return 1 if a else None\n",
        'def f(a) -> "int | None":\n    return 1 if a else None\n',
    ),
    "postponed": (
        "from __future__ import annotations\nimport re\n\ndef f():\n    return re.compile('')\n",
        "from __future__ import annotations\nimport re\nfrom typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n"
        "    from re import Pattern\n\ndef f() -> Pattern[str]:\n    return re.compile('')\n",
    ),
    "own annotations": (
        "def f(a: str, b=1) -> object:\n    return 1\n",
        "def f(a: str, b: int = 1) -> object:\n    return 1\n",
    ),
    "CRLF": ("def f():\r\n    return 1\r\n", "def f() -> int:\r\n    return 1\r\n"),
    "CR": ("def f():\r    return 1\r", "def f() -> int:\r    return 1\r"),
    "tabs, form feeds": ("\x0cdef f():\n\treturn 1\n\x0c\n", "\x0cdef f() -> int:\n\treturn 1\n\x0c\n"),
    "semicolons": ("x = 1; y = 2\ndef f(): x = 1; return x\n", "x = 1; y = 2\ndef f() -> int: x = 1; return x\n"),
    "continuation": (
        "def f \\\n  ( a = \\\n 1 ) \\\n :\n    return a\n",
        "def f \\\n  ( a: int = \\\n 1 ) -> int \\\n :\n    return a\n",
    ),
    "comments": (
        "def f(  # ):\n    a=1,  # b: int\n    b=(2),\n):  # -> str\n    return a\n",
        "def f(  # ):\n    a: int = 1,  # b: int\n    b: int = (2),\n) -> int:  # -> str\n    return a\n",
    ),
    "decorators": (
        "class A:\n    @property\n    def x(self): return 1\n    @staticmethod\n    def y(): return 's'\n",
        "class A:\n    @property\n    def x(self) -> int: return 1\n    @staticmethod\n"
        "    def y() -> str: return 's'\n",
    ),
    "nested": (
        "def f():\n    def g(a=1.5): return a\n    return g(2.5)\n",
        "def f() -> float:\n    def g(a: float = 1.5) -> float: return a\n    return g(2.5)\n",
    ),
    "match": (
        "def f(a):\n    match a:\n        case [int, *_]: return 1\n        case _: return 2\n",
        "def f(a) -> int:\n    match a:\n        case [int, *_]: return 1\n        case _: return 2\n",
    ),
    "lambda defaults": ("def f(a=lambda x: (x)): return 1\n", "def f(a=lambda x: (x)) -> int: return 1\n"),
    "no final newline": ("def f(): return 1", "def f() -> int: return 1"),
    "coroutine": ("async def f(a): print(a)\n", "async def f(a) -> None: print(a)\n"),
    "string annotations": (
        "def f(a: 'int', b='x') -> 'list[int]': return [a]\ndef g(): return f(1)\n",
        "def f(a: 'int', b: str = 'x') -> 'list[int]': return [a]\ndef g() -> list[int]: return f(1)\n",
    ),
    "conditional imports": (
        "try:\n    import json as j\nexcept ImportError:\n    j = None\ndef f(): return j is None\n",
        "try:\n    import json as j\nexcept ImportError:\n    j = None\ndef f() -> bool: return j is None\n",
    ),
    "a star import may hide built-in names": (
        "from os.path import *\n__all__ = ['f']\ndef f(): return 1\n",
        "from os.path import *\n__all__ = ['f']\ndef f() -> \"int\": return 1\n",
    ),
    "a docstring, a comment, no imports": (
        "#!/usr/bin/python\n'Doc.'  # why\n\nasync def f(a):\n    'Doc.'\n    await a\n",
        "#!/usr/bin/python\n'Doc.'  # why\n\nasync def f(a) -> None:\n    'Doc.'\n    await a\n",
    ),
    "future imports come first": (
        "from __future__ import generator_stop\nclass A:\n    def f(self): return self\n",
        "from __future__ import generator_stop\nfrom typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n"
        '    from typing_extensions import Self\n\nclass A:\n    def f(self) -> "Self": return self\n',
    ),
    "special methods": (
        "class A:\n    def __enter__(self): return 1\n    def __exit__(self, *args): pass\n"
        "    def __eq__(self, other): return NotImplemented if other else True\n",
        "class A:\n    def __enter__(self) -> int: return 1\n    def __exit__(self, *args: object) -> None: pass\n"
        "    def __eq__(self, other: object) -> bool: return NotImplemented if other else True\n",
    ),
    "coroutines and generators": (
        "async def f(a):\n    if a: return 'x'\nasync def g(): yield 1\ndef h():\n    for i in [1, 2]:\n"
        "        yield i, 'a'\ndef odd():\n    x = yield 1\ndef whole(): yield from [1]\n",
        "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n"
        "    from collections.abc import AsyncIterator, Iterator\n\n"
        'async def f(a) -> "str | None":\n    if a: return \'x\'\nasync def g() -> "AsyncIterator[int]": yield 1\n'
        'def h() -> "Iterator[tuple[int, str]]":\n    for i in [1, 2]:\n'
        "        yield i, 'a'\ndef odd():\n    x = yield 1\ndef whole(): yield from [1]\n",
    ),
    "own block": (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n\timport os\nimport re\ndef f(): return re.compile('')\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n\timport os\n\tfrom re import Pattern\nimport re\n"
        "def f() -> \"Pattern[str]\": return re.compile('')\n",
    ),
    "always raises": (
        "def f(): raise ValueError\ndef g():\n    f()\ndef h(a): a()\n",
        "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from typing import NoReturn\n\n"
        'def f() -> "NoReturn": raise ValueError\ndef g() -> "NoReturn":\n    f()\ndef h(a) -> None: a()\n',
    ),
    "typing by another name": (
        "import typing as t, re\ndef f(): return re.compile('')\n",
        "import typing as t, re\n\nif t.TYPE_CHECKING:\n    from re import Pattern\n\n"
        "def f() -> \"Pattern[str]\": return re.compile('')\n",
    ),
}


@pytest.fixture(scope="module")
def written() -> dict[str, bytes]:
    """Annotate all of these files in one workspace, where a start of pyrefly serves all of them."""
    files = {f"{number}.py": before.encode() for number, (before, _) in enumerate(TEXTS.values())}
    return settled(RECIPE, files, {"target": "py39"})


@pytest.mark.parametrize("case", TEXTS)
def test_how_it_is_written(case: str, written: dict[str, bytes]) -> None:
    assert written[f"{[*TEXTS].index(case)}.py"].decode() == TEXTS[case][1]


LEFT = {
    "a comment has its types": "def f(a):\n    # type: (int) -> int\n    return 1\n",
    "overloads": "from typing import overload\n@overload\ndef f(a: int) -> int: ...\n"
    "@overload\ndef f(a: str) -> str: ...\ndef f(a): return a\n",
    "dispatched": "from functools import singledispatch\n@singledispatch\ndef f(a): return 1\n@f.register\n"
    "def _(a: int, b=1): return 2\n",
    "reads annotations": "def f(): return 1\nprint(f.__annotations__)\n",
    "its own names": "import re\ndef f(): return re.compile('')\nprint(globals())\n",
    "no place for imports": "import re; x = 1\ndef f(): return re.compile('')\n",
    "to be written": "def f(): raise NotImplementedError\nclass A:\n    def f(self): raise ValueError\n",
    "name taken": "import re\nPattern = 1\ndef f(): return re.compile('')\n",
    "metaclass": "class M(type):\n    def me(cls, x): return cls\n    def f(self): return self\n",
    "contradicted": "class A:\n    def f(self): return 1\nclass B(A):\n    def f(self): return 's'\n",
}


def test_what_is_left() -> None:
    files = {f"{number}.py": before.encode() for number, before in enumerate(LEFT.values())}
    result = run_recipe(RECIPE, files)
    assert after(files, result) == files
    assert {file.outcome for file in result.files} == {Outcome.LEFT}
    assert all(left.line for file in result.files for left in file.left)


def test_what_packages_read_is_left() -> None:
    web = b"from fastapi import Depends, FastAPI\napp = FastAPI()\n@app.get('/')\ndef f(a=1): return {'a': a}\n"
    handed = b"def g(q='x'): return q\n"
    files = {"web.py": web + b"from other import g\nDepends(g)\n", "other.py": handed}
    result = run_recipe(RECIPE, files)
    assert after(files, result) == files
    assert reasons(result) == {
        "web.py": ["a decorator may give it to a package that reads annotations"],
        "other.py": ["it is handed to a package that reads annotations"],
    }


def test_other_encodings_keep_their_bytes() -> None:
    before = "# coding: latin-1\ndef f(): return 'é'\n".encode("latin-1")
    files = settled(RECIPE, {"m.py": before})
    assert files["m.py"] == before.replace(b"f()", b"f() -> str")


def test_stubs_speak_for_their_modules() -> None:
    files = {"m.py": b"def f(): return 1\n", "m.pyi": b"def f(): ...\n", "p/py.typed": b""}
    result = run_recipe(RECIPE, files)
    assert after(files, result) == files
    assert reasons(result) == {"m.py": ["its types are in the stub beside it"]}


def test_broken_files_fail_alone() -> None:
    result = run_recipe(RECIPE, {"bad.py": b"def f(:\n", "good.py": b"def f(): return 1\n"})
    bad, good = result.files
    assert (bad.outcome, bad.left[0].line) == (Outcome.FAILED, 1)
    assert good.new == b"def f() -> int: return 1\n"


def test_a_file_that_changes_after_the_plan_is_left() -> None:
    reader = MemoryReader({"m.py": b"def f(): return 1\n"})
    options = RECIPE.prepare({}, ["m.py"], reader)
    (file,) = RECIPE.apply(Job({"m.py": b"def f(): return 2\n"}, options=options), reader, lambda: False).files
    assert file.outcome is Outcome.LEFT
    assert "run again" in file.left[0].reason
    with pytest.raises(StoppedError):
        RECIPE.apply(Job({"m.py": b"def f(): return 1\n"}, options=options), reader, lambda: True)


def test_options_are_checked() -> None:
    with pytest.raises(EngineError, match="not a Python version"):
        RECIPE.prepare({"target": "3.9"}, [], MemoryReader({}))
    with pytest.raises(EngineError, match="not prepared"):
        RECIPE.apply(Job({"m.py": b"x = 1\n"}), MemoryReader({}), lambda: False)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def f(a): return 1\n", "def f(a) -> int: return 2\n"),
        ("def f(a: int): return 1\n", "def f(a: str): return 1\n"),
        ("def f(a): return 1\n", "import os\ndef f(a): return 1\n"),
        ("def f(a): return 1\n", "def f(a) -> Missing: return 1\n"),
        ("def f(a): return 1\n", "def f(a) -> 'Missing': return 1\n"),
        ("def f(a): return 1\n", "def f(a, b: int): return 1\n"),
        ("def f(a): return 1\n", "def f(a) -> int: return 1\nif TYPE_CHECKING:\n    import os\n    x = 1\n"),
    ],
)
def test_the_check_sees_more_than_hints(before: str, after: str) -> None:
    assert broken_hints(before.encode(), after.encode())
