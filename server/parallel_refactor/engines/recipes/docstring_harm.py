"""Functions that are better off without a docstring, and why: programs read docstrings, not only people.

Some frameworks show a docstring to the users of the program, some read it as data (a grammar rule, the permission to
publish a method), and some files read the docstrings or the source of their own functions.
"""

from __future__ import annotations

import ast
import re
from functools import cached_property

from attrs import define

from parallel_refactor.engines.recipes.docstring_words import word_set
from parallel_refactor.engines.recipes.python_module import Definition, PythonModule, called, dotted, root_name

_SHOWN_BY = word_set(
    """
    airflow apiflask argh asyncclick baker begin clize click crewai cyclopts defopt discord disnake django_typer djclick
    errbot fabric fastapi fastmcp fire flask_restx flask_smorest invoke jsargparse langchain langchain_core mcp nextcord
    ninja nox plac prefect pydantic_ai pyxll rich_click robot smolagents spyne typer tyro xlwings
    """
)
"""Packages that show a decorated or handed-over function's docstring to users, or send it to a model."""

_COMMAND_DECORATORS = frozenset({"command", "group", "subcommand", "line_magic", "cell_magic", "line_cell_magic"})
_PUBLISH_DOCUMENTED = frozenset({"AccessControl", "OFS", "Products", "ZPublisher", "Zope2"})
_GRAMMAR_TOOLS = frozenset({"lex", "ply", "sly", "spark_parser", "yacc"})
_CLASS_WORDS = frozenset({"self", "cls", "klass", "class_", "mcs", "metacls", "type", "module", "mod", "__class__"})
_READERS = frozenset({"getdoc", "getcomments"})
_SOURCE_READERS = frozenset({"getsource", "getsourcelines", "findsource", "dis", "get_instructions"})
_CODE_PARTS = frozenset({"co_code", "co_consts", "co_firstlineno", "co_linetable", "co_lnotab", "co_lines"})
_REFLECTION = frozenset({"getattr", "getmembers", "dir", "vars", "globals", "__dict__", "__subclasses__"})


@define(slots=False)
class Harm:
    """Judges the functions of one file."""

    module: PythonModule

    def reason(self, definition: Definition) -> str:
        """Tell why a function is better left without a docstring, "" if it is not."""
        name = definition.node.name
        if "overload" in {decorator.rpartition(".")[2] for decorator in definition.decorators}:
            return "an overload: the docstring belongs to the implementation"
        return (
            self._shown_to_users(definition)
            or self._read_as_data(definition)
            or self._named_reads.get(name, "")
            or (self._unnamed_read if self._unnamed_read and self._within_reach(definition) else "")
        )

    def _shown_to_users(self, definition: Definition) -> str:
        for decorator in definition.node.decorator_list:
            function = called(decorator)
            if root_name(decorator) in self._showing_names:
                return f"`{root_name(decorator)}` may show its docstring to users"
            if isinstance(function, ast.Attribute) and function.attr in _COMMAND_DECORATORS:
                return f"a `{function.attr}` may show its docstring to users"
        if definition.node.name in self._handed_over or ("fire" in self.module.packages and definition.outer is None):
            return "it is handed to a package that shows its docstring to users"
        if definition.owner is not None and definition.node.name.startswith("do_"):
            bases = self.module.bases(definition.owner)
            if self.module.packages & {"cmd", "cmd2"} or any("Cmd" in base for base in bases):
                return "the command interpreter shows its docstring as help"
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
        if not self._showing_names:
            return set()
        calls = [node for node in self.module.nodes if isinstance(node, ast.Call)]
        found: set[str] = set()
        for call in calls:
            if root_name(call) in self._showing_names:
                given = [*call.args, *(keyword.value for keyword in call.keywords)]
                names = [node for argument in given for node in ast.walk(argument)]
                found |= {node.id for node in names if isinstance(node, ast.Name)}
        return found & set(self.module.by_name)

    def _within_reach(self, definition: Definition) -> bool:
        """Whether a read of some function's docstring may be of this one."""
        name = definition.node.name
        registered = bool(definition.node.decorator_list)
        looked_up = self._reflective and definition.outer is None
        return name in self._used_as_values or ((registered or looked_up) and not name.startswith("test"))

    @cached_property
    def _used_as_values(self) -> set[str]:
        callees = {id(node.func) for node in self.module.nodes if isinstance(node, ast.Call)}
        return {_last_name(node) for node in self.module.nodes if id(node) not in callees} - {""}

    @cached_property
    def _reflective(self) -> bool:
        return any(_last_name(node) in _REFLECTION for node in self.module.nodes)

    @cached_property
    def _unnamed_read(self) -> str:
        """Why functions are left that the file does not name where it reads docstrings, "" if it reads none."""
        for node, _ in self._reads:
            name = _last_name(node)
            classlike = name in _CLASS_WORDS or name[:1].isupper() or name in self.module.classes
            inside_class = isinstance(node, ast.Call) and dotted(node.func) in {"type", "super"}
            if not classlike and not inside_class and name not in {*self.module.by_name, *self.module.origins}:
                return "the file reads docstrings of functions that it does not name"
        return ""

    @cached_property
    def _named_reads(self) -> dict[str, str]:
        """Why each function is left whose docstring or source the file reads or sets by its name."""
        found: dict[str, str] = {}
        for node, what in [*self._reads, *self._writes, *self._source_reads]:
            found.setdefault(_last_name(node), f"the file {what}")
        return found

    @cached_property
    def _reads(self) -> list[tuple[ast.expr, str]]:
        """Whose docstrings the file reads for another purpose than to copy them into another docstring."""
        data = self.module.source.data
        if b"__doc__" not in data and b"getdoc" not in data:
            return []
        copies = {id(node) for copy in self.module.nodes if _copies_docstring(copy) for node in ast.walk(copy)}
        found = []
        for node in self.module.nodes:
            if id(node) in copies:
                continue
            if isinstance(node, ast.Attribute) and node.attr == "__doc__" and isinstance(node.ctx, ast.Load):
                found.append((node.value, "reads its docstring"))
            elif isinstance(node, ast.Call) and node.args:
                reader = _last_name(node.func)
                by_name = reader == "getattr" and any(_is_constant(argument, "__doc__") for argument in node.args[1:])
                if by_name or reader in _READERS:
                    found.append((node.args[0], "reads its docstring"))
        return found

    @cached_property
    def _writes(self) -> list[tuple[ast.expr, str]]:
        if b"__doc__" not in self.module.source.data:
            return []
        stores = [node for node in self.module.nodes if isinstance(node, ast.Attribute) and node.attr == "__doc__"]
        return [(node.value, "sets its docstring") for node in stores if isinstance(node.ctx, ast.Store)]

    @cached_property
    def _source_reads(self) -> list[tuple[ast.expr, str]]:
        found = []
        for node in self.module.nodes:
            if isinstance(node, ast.Call) and node.args and _last_name(node.func) in _SOURCE_READERS:
                found.append((node.args[0], "reads its source"))
            elif isinstance(node, ast.Attribute) and node.attr in _CODE_PARTS and _last_name(node.value) == "__code__":
                found.append((getattr(node.value, "value", node.value), "reads its code"))
        return found


def _last_name(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _is_constant(node: ast.expr, value: str) -> bool:
    return isinstance(node, ast.Constant) and node.value == value


def _copies_docstring(node: ast.AST) -> bool:
    """Whether a statement or argument gives one thing's docstring to another."""
    if isinstance(node, ast.Assign):
        return any(isinstance(target, ast.Attribute) and target.attr == "__doc__" for target in node.targets)
    if isinstance(node, ast.keyword):
        return node.arg in {"doc", "__doc__"}
    if isinstance(node, ast.Dict):
        return any(key is not None and _is_constant(key, "__doc__") for key in node.keys)
    return False
