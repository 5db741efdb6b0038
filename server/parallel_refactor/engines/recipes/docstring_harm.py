"""Functions that are better off without a docstring, and why: programs read docstrings, not only people.

Some frameworks show a docstring to the users of the program, some read it as data (a grammar rule, the permission to
publish a method). What the file itself reads is told by `docstring_reads`.
"""

from __future__ import annotations

import ast
import re
from functools import cached_property
from pathlib import PurePosixPath

from attrs import define

from parallel_refactor.engines.recipes.docstring_reads import DocstringReads
from parallel_refactor.engines.recipes.docstring_words import word_set
from parallel_refactor.engines.recipes.python_module import (
    Definition,
    Function,
    PythonModule,
    called,
    last_name,
    root_name,
)

_SHOWN_BY = word_set(
    """
    airflow apiflask argh asyncclick baker begin clize click crewai cyclopts defopt discord disnake django_typer djclick
    errbot fabric fastapi fastmcp fire flask_restx flask_smorest invoke jsargparse langchain langchain_core mcp nextcord
    ninja nox plac prefect pydantic_ai pyxll rich_click robot smolagents spyne typer tyro xlwings
    """
)
"""Packages that show a decorated or handed-over function's docstring to users, or send it to a model."""

_COMMAND_DECORATORS = frozenset({"command", "group", "subcommand", "line_magic", "cell_magic", "line_cell_magic"})
_SHOWN_ALONE = frozenset({"RunPython"})
"""Calls that show the docstring of a function that they are given (Django's plan of migrations does)."""

_DO_NOTHING = frozenset({"do_nothing", "no_op", "noop", "nop"})
_TEST_DATA = frozenset({"regrtest_data", "test-data", "test_data", "testdata"})
_DATA_OF_TESTS = word_set("corpus data examplefiles files golden input inputs resources samples snapshots")
_PUBLISH_DOCUMENTED = frozenset({"AccessControl", "OFS", "Products", "ZPublisher", "Zope2"})
_GRAMMAR_TOOLS = frozenset({"lex", "ply", "sly", "spark_parser", "yacc"})


def harm_to_file(path: str) -> str:
    """Tell why a whole file is better left alone, "" if it is not: tests may compare their input to the line."""
    folders = PurePosixPath(path).parts[:-1]
    tests = next(
        (place for place, folder in enumerate(folders) if folder in {"test", "tests", "testing"}), len(folders)
    )
    if _TEST_DATA & {*folders} or _DATA_OF_TESTS & {*folders[tests:]}:
        return "it is input of tests, which may depend on its lines"
    return ""


@define(slots=False)
class Harm:
    """Judges the functions of one file."""

    module: PythonModule

    def reason(self, definition: Definition) -> str:
        """Tell why a function is better left without a docstring, "" if it is not."""
        if "overload" in {decorator.rpartition(".")[2] for decorator in definition.decorators}:
            return "an overload: the docstring belongs to the implementation"
        if definition.node.name.strip("_") in _DO_NOTHING:
            return "its name says all that it does"
        return self._shown_to_users(definition) or self._read_as_data(definition) or self._reads.reason(definition)

    @cached_property
    def _reads(self) -> DocstringReads:
        return DocstringReads(self.module)

    def shown_by_decorator(self, node: ast.ClassDef | Function) -> str:
        """Tell which decorator may hand a docstring on, "" if none does."""
        for decorator in node.decorator_list:
            function = called(decorator)
            if root_name(decorator) in self._showing_names:
                return f"`{root_name(decorator)}` may show its docstring to users"
            if isinstance(function, ast.Attribute) and function.attr in _COMMAND_DECORATORS:
                return f"a `{function.attr}` may show its docstring to users"
        return ""

    def _shown_to_users(self, definition: Definition) -> str:
        if by_decorator := self.shown_by_decorator(definition.node):
            return by_decorator
        if definition.node.name in self._handed_over or ("fire" in self.module.packages and definition.outer is None):
            return "it is handed to a package that shows its docstring to users"
        if definition.owner is not None and definition.node.name.startswith("do_"):
            bases = self.module.bases(definition.owner)
            if self.module.packages & {"cmd", "cmd2"} or any("Cmd" in base for base in bases):
                return "the command interpreter shows its docstring as help"
        return self._shown_by_test(definition)

    def _shown_by_test(self, definition: Definition) -> str:
        """Tell of the methods of a unittest class within a function or class that another test runs them."""
        owner, name = definition.owner, definition.node.name
        if owner is None or not (name == "runTest" or name.startswith("test")):
            return ""
        unittests = any(base.endswith(("TestCase", "Test", "Tests")) for base in self.module.bases(owner))
        if unittests and (definition.outer is not None or owner in self.module.holders):
            return "a test that runs it may look at what is shown of it"
        return ""

    def _read_as_data(self, definition: Definition) -> str:
        name = definition.node.name
        if definition.owner is not None and self.module.packages & _PUBLISH_DOCUMENTED:
            return "Zope publishes methods that have a docstring"
        if re.match(r"[pt]_", name):
            grammar = self.module.packages & _GRAMMAR_TOOLS or any(
                other.documented and other.node.name[:2] == name[:2] for other in self.module.definitions
            )
            if grammar:
                return "a parser generator may read its docstring as grammar"
        return ""

    @cached_property
    def _showing_names(self) -> set[str]:
        """The names that stand for a package of `_SHOWN_BY` or for something that it made."""
        origins = self.module.origins.items()
        found = {name for name, origin in origins if origin.partition(".")[0] in _SHOWN_BY}
        if found:
            for node in self.module.nodes:
                if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and root_name(node.value) in found:
                    found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        return found

    @cached_property
    def _handed_over(self) -> set[str]:
        """The functions that are given to a package of `_SHOWN_BY` by name."""
        found: set[str] = set()
        for call in [node for node in self.module.nodes if isinstance(node, ast.Call)]:
            if root_name(call) in self._showing_names or last_name(call.func) in _SHOWN_ALONE:
                given = [*call.args, *(keyword.value for keyword in call.keywords)]
                names = [node for argument in given for node in ast.walk(argument)]
                found |= {node.id for node in names if isinstance(node, ast.Name)}
        return found & set(self.module.by_name)
