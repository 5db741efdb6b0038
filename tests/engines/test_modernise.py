"""Modernising Python: newer syntax, the rest of the file as it was, and nothing that depends on the other files."""

from __future__ import annotations

import codecs
import time

import pytest

from parallel_refactor.engines.interface import EngineError, FileResult, Job, Outcome, StoppedError
from parallel_refactor.engines.recipes.modernise import Modernise
from tests.engines.engine_runs import MemoryReader, after, never, reasons, run_recipe, settled

RECIPE = Modernise()


def one(data: bytes, path: str = "m.py", target: str = "py311") -> bytes:
    """Modernise a file that is alone."""
    return settled(RECIPE, {path: data}, {"target": target})[path]


SYNTAX = {
    "types": (
        b"from typing import Dict, List, Optional\n\nx: Optional[Dict[str, List[int]]] = '\\d'\n",
        b"x: dict[str, list[int]] | None = '\\d'\n",
    ),
    "classes": (
        b"class A(object):\n    def f(self):\n        return super(A, self).f()\n",
        b"class A:\n    def f(self):\n        return super().f()\n",
    ),
    "texts": (b"x = u'a'\ny = '{} {}'.format(a, b)\n", b"x = 'a'\ny = f'{a} {b}'\n"),
    "sorted imports": (
        b"import sys\nfrom b import c, a\nimport os\n\nprint(sys, a, c, os)\n",
        b"import os\nimport sys\n\nfrom b import a, c\n\nprint(sys, a, c, os)\n",
    ),
    "simpler code": (
        b"with a:\n    with b:\n        if c:\n            d()\n        elif e:\n            d()\n",
        b"with a, b:\n    if c or e:\n        d()\n",
    ),
    "comprehensions": (b"x = {y: None for y in z}\nlist(sorted(x))\n", b"x = dict.fromkeys(z)\nsorted(x)\n"),
    "not what other operands are asked": (b"1 == x\n", b"1 == x\n"),
    "unused imports": (b"import os\nimport sys\n\nprint(sys)\n", b"import sys\n\nprint(sys)\n"),
    "part of an import": (
        b"from os import (\n    path,\n    sep,\n)\n\nprint(sep)\n",
        b"from os import (\n    sep,\n)\n\nprint(sep)\n",
    ),
    "for the type checker": (
        b"from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import os\n    import re\n    from sys import path",
        b"from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    pass\n",
    ),
}


@pytest.mark.parametrize("case", SYNTAX)
def test_what_is_modernised(case: str) -> None:
    before, expected = SYNTAX[case]
    assert one(before) == expected


def test_what_ruff_could_not_change_safely_is_told() -> None:
    source = (
        b"try:\n    a()\nexcept E:\n    pass\nfor x in y:\n    if x:\n        if z:\n            a()\n        b()\n"
    )
    assert reasons(run_recipe(RECIPE, {"m.py": source + b"\n\ndef f():\n    return dict(a=1)\n"})) == {
        "m.py": [
            "suppressible-exception (SIM105) stays: ruff's fix could change what the code does",
            "unnecessary-collection-call (C408) stays: ruff's fix could change what the code does",
        ]
    }


BYTES = {
    "CRLF": (b"x = u'a'\r\ny = 1\r\n", b"x = 'a'\r\ny = 1\r\n"),
    "CR": (b"x = u'a'\ry = 1\r", b"x = 'a'\ry = 1\r"),
    "mixed line ends": (b"x = u'a'\r\ny = 1\nz = 2\r\n", b"x = 'a'\r\ny = 1\nz = 2\r\n"),
    "byte order mark": (codecs.BOM_UTF8 + b"x = u'a'\n", codecs.BOM_UTF8 + b"x = 'a'\n"),
    "mark and imports": (
        codecs.BOM_UTF8 + b"import os, re\r\nprint(os)\r\n",
        codecs.BOM_UTF8 + b"import os\r\n\r\nprint(os)\r\n",
    ),
    "latin-1": (b"# coding: latin-1\nx = u'\xe9'\n", b"# coding: latin-1\nx = '\xe9'\n"),
    "cyrillic": (b"# -*- coding: koi8-r -*-\nx = u'\xc1'  # \xc2\n", b"# -*- coding: koi8-r -*-\nx = '\xc1'  # \xc2\n"),
    "no final newline": (b"x = u'a'", b"x = 'a'"),
    "form feeds": (b"\x0cx = u'a'\n\x0c\ny = 1\n", b"\x0cx = 'a'\n\x0c\ny = 1\n"),
    "tabs": (b"if 1:\n\tx = u'a'\n\ty = 1\n", b"if 1:\n\tx = 'a'\n\ty = 1\n"),
    "astral": ("x = u'\U0001f600'; y = u'\u00e9'\n".encode(), "x = '\U0001f600'; y = '\u00e9'\n".encode()),
    "astral before an unused import": (
        "x = '\U0001f600'; import os; import sys\nprint(sys)\n".encode(),
        "x = '\U0001f600'; import sys\nprint(sys)\n".encode(),
    ),
    "trailing space": (b"x = u'a'   \n\n\n\n", b"x = 'a'   \n\n\n\n"),
    "odd escapes": (b"x = u'a'; y = '\\d'\n", b"x = 'a'; y = '\\d'\n"),
}


@pytest.mark.parametrize("case", BYTES)
def test_other_bytes_stay(case: str) -> None:
    before, expected = BYTES[case]
    assert one(before) == expected


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"# only a comment", b"x = 1", codecs.BOM_UTF8, b"\x0c\n", b"x = 1\r\n\r\n"]
)
def test_nothing_to_do(data: bytes) -> None:
    (file,) = run_recipe(RECIPE, {"m.py": data}).files
    assert file == FileResult("m.py", Outcome.UNCHANGED)


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"x = u'a'\ndef f(:\n", 2),
        (b"x = u'a'\n  y\n", 2),
        (b"x = '\xff'\n", 1),
        (b"# coding: none-such\n", 0),
        (b"\0", 0),
    ],
)
def test_broken_syntax_fails_its_file_only_and_says_where(data: bytes, line: int) -> None:
    bad, good = run_recipe(RECIPE, {"bad.py": data, "good.py": b"x = u'a'\n"}).files
    assert bad.outcome is Outcome.FAILED
    assert bad.left[0].line == line
    assert good.new == b"x = 'a'\n"


def test_a_file_that_is_gone_stays_gone() -> None:
    options = RECIPE.prepare({}, [], MemoryReader({}))
    (file,) = RECIPE.apply(Job({"m.py": None}, options=options), MemoryReader({}), never).files
    assert file == FileResult("m.py", Outcome.UNCHANGED)


@pytest.mark.parametrize("requires", ["", '[project]\nrequires-python = ">=3.8"\n'])
def test_newer_syntax_only_where_the_project_has_it(requires: str) -> None:
    source = b"from typing import Optional\n\n\ndef f(x: Optional[int]): ...\n"
    files = {"pyproject.toml": requires.encode(), "m.py": source}
    assert settled(RECIPE, files) == files
    newer = {"pyproject.toml": b'[project]\nrequires-python = ">=3.10"\n', "m.py": source}
    assert settled(RECIPE, newer)["m.py"] == b"def f(x: int | None): ...\n"
    assert settled(RECIPE, files, {"target": "py310"})["m.py"] == b"def f(x: int | None): ...\n"


def test_annotations_that_programs_read_keep_what_their_python_evaluates() -> None:
    source = b"from __future__ import annotations\n\nfrom typing import Optional\n\n\nclass A:\n    x: Optional[int]\n"
    assert one(source, target="py39") == source


def test_each_project_has_its_own_settings() -> None:
    source = b"from os import path, sep\nimport a\n\nprint(a, path, sep)\n"
    files = {
        "m.py": source,
        "one/pyproject.toml": b"[tool.ruff.lint.isort]\nforce-single-line = true\n",
        "one/deep/m.py": source,
        "two/pyproject.toml": b"[tool.isort]\nforce_sort_within_sections = true\nknown_first_party = 'a'\n",
        "two/m.py": b"import os\nfrom a import b\nimport c\n\nprint(os, b, c)\n",
    }
    done = settled(RECIPE, files)
    assert done["m.py"] == b"from os import path, sep\n\nimport a\n\nprint(a, path, sep)\n"
    assert done["one/deep/m.py"] == b"from os import path\nfrom os import sep\n\nimport a\n\nprint(a, path, sep)\n"
    assert done["two/m.py"] == b"import os\n\nimport c\n\nfrom a import b\n\nprint(os, b, c)\n"


def test_own_modules_are_told_from_others() -> None:
    source = b"import app\nimport helper\nimport other\nimport tests\n\nprint(app, helper, other, tests)\n"
    sorted_ = b"import other\n\nimport app\nimport helper\nimport tests\n\nprint(app, helper, other, tests)\n"
    files = {"app/__init__.py": b"", "app/m.py": source, "src/helper.py": b"", "tests/deep/m.py": source}
    done = settled(RECIPE, files)
    assert done["app/m.py"] == done["tests/deep/m.py"] == sorted_


def test_a_package_knows_itself_wherever_it_lies() -> None:
    source = b"import app\nimport other\n\nprint(app, other)\n"
    files = {
        "back/end/app/__init__.py": b"",
        "back/end/app/in/__init__.py": b"",
        "back/end/app/in/m.py": source,
        "m.py": source,
    }
    done = settled(RECIPE, files)
    assert done["back/end/app/in/m.py"] == b"import other\n\nimport app\n\nprint(app, other)\n"
    assert done["m.py"] == source


@pytest.mark.parametrize("settings_", [b"x = [", b"[tool.ruff.lint.isort]\nno-such-setting = 1\n"])
def test_broken_settings_leave_the_project(settings_: bytes) -> None:
    files = {"in/pyproject.toml": settings_, "in/m.py": b"x = u'a'\n", "m.py": b"x = u'a'\n"}
    result = run_recipe(RECIPE, files)
    assert after(files, result) == {**files, "m.py": b"x = 'a'\n"}
    assert "in/pyproject.toml" in reasons(result)["in/m.py"][0]
    with pytest.raises(EngineError, match=r"pyproject\.toml"):
        run_recipe(RECIPE, {"pyproject.toml": settings_, "m.py": b""})


@pytest.mark.parametrize("target", ["3.11", "py2", "py399", "py311; import os"])
def test_a_target_that_is_none_is_refused(target: str) -> None:
    with pytest.raises(EngineError, match="target"):
        run_recipe(RECIPE, {"m.py": b""}, {"target": target})


def test_settings_of_the_machine_do_not_count(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setenv("RUFF_OUTPUT_FILE", str(tmp_path_factory.mktemp("ruff") / "out"))
    monkeypatch.setenv("RUFF_CONFIG", "/none")
    assert one(b"x = u'a'\n") == b"x = 'a'\n"


def test_it_stops_when_asked() -> None:
    files = {f"m{number}.py": b"x = u'a'\n" for number in range(50)}
    reader = MemoryReader(files)
    options = RECIPE.prepare({}, list(files), reader)
    began = time.monotonic()
    with pytest.raises(StoppedError):
        RECIPE.apply(Job(files, options=options), reader, lambda: True)
    assert time.monotonic() - began < 10


CHECKS = {
    "a lost function": (b"def f(): ...\ndef g(): ...\n", b"def f(): ...\n"),
    "another parameter": (b"def f(a, *, b=1): ...\n", b"def f(a, *, c=1): ...\n"),
    "an async function": (b"def f(): ...\n", b"async def f(): ...\n"),
    "a lost name": (b"x = 1\ny = 2\n", b"x = 1\n"),
    "a lost method": (b"class A:\n    def f(self): ...\n", b"class A: ...\n"),
    "a lost attribute": (b"class A:\n    x = 1\n    y = 1\n", b"class A:\n    x = 1\n"),
    "a new name": (b"x = 1\n", b"x = 1\ny = 1\n"),
    "a used import lost": (b"import os\nprint(os)\n", b"print(os)\n"),
    "a used import lost, with a local of that name": (
        b"import os\ndef f(): print(os)\ndef g(os): ...\n",
        b"def f(): print(os)\ndef g(os): ...\n",
    ),
    "an undefined annotation": (
        b"from __future__ import annotations\nfrom a import B\ndef f(x: B): ...\n",
        b"from __future__ import annotations\ndef f(x: B): ...\n",
    ),
    "broken syntax": (b"x = 1\n", b"x = = 1\n"),
    "what parses and does not compile": (b"def f(): return 1\n", b"def f(): ...\nreturn 1\n"),
    "other line ends": (b"x = 1\r\n", b"x = 1\n"),
    "a lost byte order mark": (codecs.BOM_UTF8 + b"x = 1\n", b"x = 1\n"),
}


@pytest.mark.parametrize("case", CHECKS)
def test_the_check_sees(case: str) -> None:
    before, lie = CHECKS[case]
    assert RECIPE.check(before, FileResult("m.py", Outcome.CHANGED, lie), {}) != ""
    assert RECIPE.check(before, FileResult("m.py", Outcome.CHANGED, before), {}) == ""


@pytest.mark.parametrize(
    ("before", "honest"),
    [
        (b"import os\nimport re\nprint(re)\n", b"import re\nprint(re)\n"),
        (
            b"from functools import lru_cache\n@lru_cache(None)\ndef f(): ...\n",
            b"from functools import cache\n@cache\ndef f(): ...\n",
        ),
        (b"A = NamedTuple('A', [('x', int)])\n", b"class A(NamedTuple):\n    x: int\n"),
        (b"class A:\n    __metaclass__ = type\n    x = 1\n", b"class A:\n    x = 1\n"),
    ],
)
def test_the_check_allows(before: bytes, honest: bytes) -> None:
    assert RECIPE.check(before, FileResult("m.py", Outcome.CHANGED, honest), {}) == ""
