"""Functions are left without a docstring, with the reason, where one would be read by more than people."""

from __future__ import annotations

import pytest

from parallel_refactor.engines.interface import Outcome
from tests.engines.documenting import reasons, visit

LEFT = {
    "an overload": (
        "from typing import overload\n@overload\ndef read(a: int): ...\n@overload\ndef read(a: str): ...\n"
        "def read(a): return a\n",
        [("overload", 3), ("overload", 5)],
    ),
    "a click command": (
        "import click\n@click.command()\n@click.option('--x')\ndef run(x): pass\ndef other(): pass\n",
        [("`click` may show", 4)],
    ),
    "a command of an application object": (
        "from typer import Typer\napp = Typer()\nsub = app.more()\n@sub.callback()\ndef run(x): pass\n",
        [("`sub` may show", 5)],
    ),
    "a command of somebody else's group": (
        "from .main import cli\n@cli.command\ndef run(x): pass\n@cli.help\ndef other(x): pass\n",
        [("`command` may show", 3)],
    ),
    "a function that is handed over": (
        "import typer\ndef run(x): pass\ndef other(x): pass\nif x: typer.run(run)\n",
        [("handed to a package", 2)],
    ),
    "a command line made of all that there is": (
        "import fire\nclass A:\n    def run(self):\n        def inner(): pass\nfire.Fire()\n",
        [("handed to a package", 3)],
    ),
    "a command interpreter": (
        "import cmd\nclass Base(cmd.Cmd):\n    def do_go(self, x): pass\n    def help_go(self): pass\n",
        [("command interpreter", 3)],
    ),
    "a command interpreter by its base": (
        "from .base import MyCmd\nclass Base(MyCmd): x = 1\nclass Shell(Base):\n    def do_go(self, x): pass\n",
        [("command interpreter", 4)],
    ),
    "a grammar": (
        "import ply.yacc as yacc\ndef p_expression(p): pass\ndef other(): pass\n",
        [("parser generator", 2)],
    ),
    "a grammar without its tool": (
        "def t_NUMBER(t):\n    r'\\d+'\n    return t\ndef t_newline(t): pass\ndef p_x(t): pass\n",
        [("parser generator", 4)],
    ),
    "a publisher of documented methods": (
        "from OFS.SimpleItem import SimpleItem\nclass A(SimpleItem):\n    def secret(self): pass\ndef other(): pass\n",
        [("Zope", 3)],
    ),
    "a step of a database migration": (
        "def forwards(apps, schema): x = 1\nclass Migration:\n    operations = [migrations.RunPython(forwards)]\n",
        [("handed to a package", 1)],
    ),
    "a test that another test runs": (
        "class RunnerTests(TestCase):\n    class Inner(TestCase):\n        def runTest(self): pass\n"
        "    def test_x(self):\n        class Inner(unittest.TestCase):\n            def test_y(self): pass\n",
        [("a test that runs it", 3), ("a test that runs it", 6)],
    ),
    "a function that does nothing by its name": (
        "def noop(): pass\nclass A:\n    def _do_nothing(self): pass\n",
        [("name says all", 1), ("name says all", 3)],
    ),
    "a docstring that is read": (
        "def run(): pass\ndef other(): pass\nparser = ArgumentParser(description=run.__doc__)\n",
        [("the file reads its docstring", 1)],
    ),
    "a docstring that is read through inspect": (
        "def run(): pass\ndef other(): pass\nprint(inspect.getdoc(run), getattr(A.other, '__doc__', ''))\n",
        [("the file reads its docstring", 1), ("the file reads its docstring", 2)],
    ),
    "a docstring that is set": (
        "def run(): pass\nclass A:\n    def other(self): pass\nrun.__doc__ = 'x' % A.__doc__\n",
        [("the file sets its docstring", 1)],
    ),
    "a table of functions whose docstrings are shown": (
        "def show():\n    for f in COMMANDS: print(f.__doc__)\ndef run(): pass\ndef other(): run()\nCOMMANDS = [run]\n",
        [("the file reads docstrings", 3)],
    ),
    "registered functions whose docstrings are shown": (
        "@add\ndef run(): pass\ndef other(): pass\ndef show():\n    for f in FOUND: print(f.__doc__)\n",
        [("the file reads docstrings", 2)],
    ),
    "functions found by name whose docstrings are shown": (
        "class A:\n    def cmd_run(self): pass\n    def show(self, n): print(getattr(self, 'cmd_' + n).__doc__)\n",
        [("the file reads docstrings", 2), ("the file reads docstrings", 3)],
    ),
    "source that is read": (
        "import inspect\ndef run(): pass\ndef other(): pass\nassert 'pass' in inspect.getsource(run)\n",
        [("the file reads its source", 2)],
    ),
    "code that is looked into": (
        "def run(): pass\ndef other(): pass\nassert run.__code__.co_consts == (None,)\n",
        [("the file reads its code", 1)],
    ),
}


@pytest.mark.parametrize("case", LEFT)
def test_left_with_its_reason(case: str) -> None:
    source, expected = LEFT[case]
    found = reasons(source)
    assert [line for _, line in found] == [line for _, line in expected]
    for (reason, _), (words, _) in zip(found, expected, strict=True):
        assert words in reason


@pytest.mark.parametrize("path", ["tests/data/x.py", "a/testdata/b/x.py", "test/snapshots/x.py"])
def test_input_of_tests_is_left(path: str) -> None:
    result = visit(b"def run(): pass\ndef other(): pass\n", path)
    assert result.outcome is Outcome.LEFT
    assert ["input of tests" in left.reason for left in result.left] == [True, True]


@pytest.mark.parametrize("path", ["data/x.py", "data/tests/x.py", "tests/data.py", "a/samples/x.py"])
def test_data_apart_from_tests_is_documented(path: str) -> None:
    assert visit(b"def run(): pass\n", path).outcome is Outcome.CHANGED


@pytest.mark.parametrize(
    "source",
    [
        "def wraps(f):\n    def g(): pass\n    g.__name__ = f.__name__\n    h.__doc__ = f.__doc__\n    return g\n",
        "class A:\n    def run(self): print(self.__doc__, type(self).__doc__, A.__doc__, self.__class__.__doc__)\n",
        "import os\ndef run(): print(os.__doc__)\n",
        "def run(): print(__doc__)\n",
        "class TestA:\n    class TestB:\n        def test_x(self): pass\n",
        "def run(): return type('A', (), {'__doc__': f.__doc__})\n",
        "def run(): return property(f, doc=f.__doc__)\n",
        "class A:\n    def do_go(self, x): pass\n",
        "def p_x(p): pass\ndef t_x(p): pass\n",
        "def run(): return run.__code__.co_argcount\n",
        "def test_x(tag):\n    assert tag.__doc__ == 'x'\n@patch\ndef test_y(): getattr(x, 'y')\n",
    ],
)
def test_nothing_is_left_without_need(source: str) -> None:
    assert reasons(source) == []
