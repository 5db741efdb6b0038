"""Docstrings of modules and classes: what they say, where they go, and where there is none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from parallel_refactor.engines.interface import FileResult, Outcome
from parallel_refactor.engines.recipes.docstring_style import Style
from tests.engines.documenting import RECIPE, RECIPE_FOR_ALL
from tests.engines.engine_runs import after, reasons, run_recipe, settled


def documented(source: str, path: str = "shop/http_client.py") -> str:
    return settled(RECIPE_FOR_ALL, {path: source.encode()})[path].decode()


CLASSES = {
    "class HTTPAdapter(BaseAdapter, abc.ABC): x = 1": ("HTTP adapter: a kind of `BaseAdapter` and `abc.ABC`; has `x`."),
    "class Colour(Enum):\n  RED = 1\n  BLUE = 2": "Colour: a kind of `Enum`; one of `RED` and `BLUE`.",
    "class Point:\n  x: int\n  y: int\n  z: int\n  t: int": "Point: has `x`, `y`, `z` and more.",
    "class Door(object):\n  'x' + 'y'\n  def _lock(self): 'x'\n  def open(self): 'x'": "Door: offers `open`.",
    "class Pair(namedtuple('Pair', 'a b')): a": "Pair: a kind of `namedtuple('Pair', 'a b')`.",
    "class X(Y): pass": "The class `X`: a kind of `Y`.",
    "class ThisThing: pass": "The class `ThisThing`.",
    "class ReservedWordError: pass": "Reserved word error.",
}


@pytest.mark.parametrize("source", CLASSES)
def test_a_class_says_what_it_is_based_on_and_has(source: str) -> None:
    assert f'"""{CLASSES[source]}"""' in documented(f"'''Doc.'''\n{source}\n")


def test_an_inner_class_names_the_outer() -> None:
    source = "'''Doc.'''\nclass Book:\n    '''Book.'''\n    class Meta:\n        ordering = 1\n"
    assert '"""Meta of `Book`: has `ordering`."""' in documented(source)


MODULES = {
    "shop/http_client.py": ("def get(): 'x'\nclass A:\n  'x'", "HTTP client: the class `A`; the function `get`."),
    "shop/__init__.py": ("from .a import b\nfrom . import c", "The package `shop`: takes names from `.a` and `.`."),
    "shop/__main__.py": ("run()", "What running the package `shop` does."),
    "tests/test_view.py": ("def test_it(): 'x'", "Tests of view: the function `test_it`."),
    "0001_initial.py": ("class Migration: 'x'", "The module `0001_initial`: the class `Migration`."),
    "db.py": ("HOST = 1\n_x = 2", "The module `db`: sets `HOST`."),
    "prog.py": ("if __name__ == '__main__': run()", "Prog: can be run as a program."),
}


@pytest.mark.parametrize("path", MODULES)
def test_a_module_says_what_it_defines(path: str) -> None:
    source, text = MODULES[path]
    assert documented(source + "\n", path).startswith(f'"""{text}"""\n')


PLACES = {
    "at the top": ("run()\n", '"""Run."""\n\nrun()\n'),
    "above empty lines": ("\n\nrun()\n", '"""Run."""\n\n\nrun()\n'),
    "below the first lines": (
        "#!/usr/bin/python\n# coding: utf-8\nrun()\n",
        '#!/usr/bin/python\n# coding: utf-8\n"""Run."""\n\nrun()\n',
    ),
    "below a comment that stands alone": ("# one\n# two\n\nrun()\n", '# one\n# two\n\n"""Run."""\n\nrun()\n'),
    "below a licence": ("# Licence: MIT\nrun()\n", '# Licence: MIT\n\n"""Run."""\n\nrun()\n'),
    "below what tools read": ("# mypy: ignore\nrun()\n", '# mypy: ignore\n\n"""Run."""\n\nrun()\n'),
    "above a comment about the code": ("# why\nrun()\n", '"""Run."""\n\n# why\nrun()\n'),
    "where there is no code but a comment": ("# one\n", "# one\n"),
    "where lines end as on Windows": ("run()\r\n", '"""Run."""\r\n\r\nrun()\r\n'),
    "below a mark": ("\ufeffrun()\n", '\ufeff"""Run."""\n\nrun()\n'),
    "nowhere in an empty file": ("", ""),
}


@pytest.mark.parametrize("case", PLACES)
def test_a_module_has_its_docstring(case: str) -> None:
    before, wanted = PLACES[case]
    assert documented(before, "go/run.py") == wanted


SHAPES = {
    "class Ab(Cd): pass\n": 'class Ab(Cd):\n    """Ab."""\n\n    pass\n',
    "class Ab[T: {1: 2}](Cd): pass\n": 'class Ab[T: {1: 2}](Cd):\n    """Ab."""\n\n    pass\n',
    "class Ab(Cd, key={1: 2}):  # why:\n\tx = 1\n": 'class Ab(Cd, key={1: 2}):  # why:\n\t"""Ab."""\n\n\tx = 1\n',
    "class Ab(  # (:\n):\n\n  # why\n  x = 1\n": 'class Ab(  # (:\n):\n  """Ab."""\n\n  # why\n  x = 1\n',
}


@pytest.mark.parametrize("source", SHAPES)
def test_a_class_has_its_docstring_alone(source: str) -> None:
    if "[T" in source and sys.version_info < (3, 12):
        pytest.skip("this Python has no type parameters")
    done = documented(f"'''Doc.'''\n{source}").partition("\n")[2]
    start, _, rest = done.partition('"""')
    assert start + '"""Ab.' + '"""' + rest.partition('"""')[2] == SHAPES[source]


LEFT = {
    "import argparse\nargparse.ArgumentParser(description=__doc__)\n": (
        "the module has no docstring: the file uses or sets it"
    ),
    "import fire\n": "the module has no docstring: `fire` may show it to users",
    "class Ab(BaseModel): x: int\n": "`Ab` has no docstring: docstrings of a `BaseModel` may be shown or read",
    "class Ab:\n    def close(self): return self.__doc__\n": "`Ab` has no docstring: code of the workspace reads it",
    "class Ab:\n    __doc__ = 'x'\n": "`Ab` has no docstring: the class uses or sets it",
    "import typer\n@typer.Typer().thing\nclass Ab: pass\n": (
        "`Ab` has no docstring: `typer` may show its docstring to users"
    ),
}


@pytest.mark.parametrize("source", LEFT)
def test_what_is_shown_is_left(source: str) -> None:
    result = run_recipe(RECIPE_FOR_ALL, {"a.py": source.encode()})
    assert LEFT[source] in reasons(result)["a.py"]


def test_what_other_files_read_is_left_with_its_kind() -> None:
    files = {
        "base.py": b"class Base:\n    def text(self):\n        return type(self).__doc__\n",
        "more.py": b"class More(Base): pass\n",
        "last.py": b"class Last(more.More): pass\n",
        "tools.py": b"x = 1\n",
        "free.py": b"import tools\nprint(tools.__doc__)\nclass Free: pass\n",
    }
    left = reasons(run_recipe(RECIPE_FOR_ALL, files))
    assert left["last.py"] == ["`Last` has no docstring: docstrings of a `More` may be shown or read"]
    assert left["tools.py"] == ["the module has no docstring: code of the workspace reads it"]
    assert "free.py" not in left


def test_the_title_for_functions_is_for_functions() -> None:
    (file,) = run_recipe(RECIPE, {"a.py": b"class A:\n    def close(self): return 1\n"}).files
    assert file.new == b'class A:\n    def close(self):\n        """Close; always returns `1`."""\n        return 1\n'
    assert RECIPE.check(b"x = 1\n", FileResult("a.py", Outcome.CHANGED, b"'''X.'''\nx = 1\n"), {}) != ""
    assert RECIPE_FOR_ALL.check(b"x = 1\n", FileResult("a.py", Outcome.CHANGED, b"'''X.'''\nx = 1\n"), {}) == ""


SAMPLE = """#!/usr/bin/env python
import enum
class Kind(enum.Enum):
    ONE = 1
    TWO = 2
class Door:
    class Key:

        def turn(self, times=3):

            if times > 3: raise ValueError("too often")
            self.turned = times
            return times
    def open(self, key, *others):
        def tried(): return key
        return tried()
def a_function_with_a_name_that_is_longer_than_a_line_of_a_docstring_may_be_wherever(it): it()
"""


@pytest.mark.parametrize("style", get_args(Style))
def test_ruff_finds_nothing_in_what_is_added(style: Style, tmp_path: Path) -> None:
    files = {"shop/door.py": SAMPLE.encode(), "shop/__init__.py": b"from .door import Door\n"}
    done = after(files, run_recipe(RECIPE_FOR_ALL, files, {"style": style}))
    for path, data in done.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(data)
    convention = f"lint.pydocstyle.convention='{style.replace('rest', 'pep257')}'"
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--no-cache", "--select=D", "--config", convention]
    # The name of a function is not always an instruction, and not every parameter of a short one is told of.
    checked = subprocess.run([*ruff, "--ignore=D401,D417", tmp_path], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
