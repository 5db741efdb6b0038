"""Say in words what an expression gives, where its source or its form shows it."""

from __future__ import annotations

import ast
from functools import cached_property

from attrs import define

from parallel_refactor.engines.recipes.docstring_words import phrase, word_set
from parallel_refactor.engines.recipes.python_module import Definition, PythonModule

_QUOTED_LENGTH = 50
_NAMES_NOTHING = word_set(
    """
    current data first found last left new next obj old other out output res result results ret retval right rv temp tmp
    val value values vals
    """
)
_TRUTH_FUNCTIONS = frozenset({"isinstance", "issubclass", "hasattr", "callable", "any", "all", "bool"})
_FORMS: dict[type[ast.expr], str] = {
    ast.List: "a list",
    ast.ListComp: "a list",
    ast.Set: "a set",
    ast.SetComp: "a set",
    ast.Dict: "a dict",
    ast.DictComp: "a dict",
    ast.GeneratorExp: "a generator",
    ast.JoinedStr: "a string",
    ast.Lambda: "a function",
    ast.Tuple: "a tuple",
}
_CONSTRUCTORS = {"list": "a list", "set": "a set", "dict": "a dict", "tuple": "a tuple", "str": "a string"}


def quoted(module: PythonModule, node: ast.expr, limit: int = _QUOTED_LENGTH) -> str:
    """Give an expression's source in backticks, "" where it is long or does not read well in a docstring."""
    text = module.source.text(node)
    unfit = len(text) > limit or any(part in text for part in ("`", "\\", '"""', "'''", ">>>"))
    return "" if unfit or not text.isprintable() or not text else f"`{text}`"


def callee(node: ast.expr) -> str:
    """Give a call's function as source with the arguments of inner calls left out, "" where that says nothing."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr):
            inner = callee(value)
            return f"{inner}.{attr}" if inner else ""
        case ast.Call(func=function, args=args, keywords=keywords):
            inner = callee(function)
            return f"{inner}({'...' if args or keywords else ''})" if inner else ""
    return ""


def quoted_callee(node: ast.expr, limit: int = _QUOTED_LENGTH) -> str:
    """Give what an expression calls in backticks, "" where it is no call or long."""
    while isinstance(node, ast.Await):
        node = node.value
    text = callee(node.func) if isinstance(node, ast.Call) else ""
    return f"`{text}`" if text and len(text) <= limit else ""


def names_something(variable: str) -> bool:
    """Tell whether a local variable's name says more than that it is one."""
    return len(variable.strip("_")) > 1 and variable.lower() not in _NAMES_NOTHING


def is_truth(node: ast.expr) -> bool:
    """Tell whether an expression can only be true or false by its form."""
    match node:
        case ast.Compare() | ast.UnaryOp(op=ast.Not()) | ast.Constant(value=bool()):
            return True
        case ast.BoolOp(values=values):
            return all(map(is_truth, values))
        case ast.Call(func=ast.Name(id=name)):
            return name in _TRUTH_FUNCTIONS
    return False


@define(slots=False)
class Values:
    """Describes the values of one function's expressions."""

    module: PythonModule
    definition: Definition
    statements: list[ast.stmt]
    expressions: list[tuple[ast.stmt, ast.AST]]

    def describe(self, node: ast.expr) -> str:
        """Say what an expression gives as a noun phrase in lower case, "" where nothing is known."""
        if isinstance(node, ast.Await):
            node = node.value
        if isinstance(node, ast.Name):
            return self._describe_name(node)
        source = quoted(self.module, node)
        match node:
            case ast.Compare() | ast.UnaryOp(op=ast.Not()):
                return f"whether {source}" if source else "a truth value"
            case ast.Dict(keys=keys) if keys and len(keys) <= 4 and not source:
                names = [quoted(self.module, key) for key in keys if isinstance(key, ast.Constant)]
                return f"a dict with {listing(names)}" if len(names) == len(keys) and all(names) else "a dict"
            case ast.IfExp(body=body, orelse=orelse) if not source:
                either = [self.describe(body), self.describe(orelse)]
                return " or ".join(either) if all(either) else ""
            case ast.BinOp(left=ast.Constant(value=str()), op=ast.Mod()) if not source:
                return "a string"
        return source or self._describe_form(node)

    def _describe_form(self, node: ast.expr) -> str:
        if isinstance(node, ast.Call):
            function = callee(node.func)
            if function and len(function) <= _QUOTED_LENGTH:
                return f"`{function}({'...' if node.args or node.keywords else ''})`"
        return _FORMS.get(type(node), "")

    def _describe_name(self, node: ast.Name) -> str:
        name = node.id
        if name == self.definition.bound_name:
            return "the class itself" if "classmethod" in self.definition.decorators else "the instance itself"
        bound = name in self.assigned or name in self.bound_otherwise
        if name in self.inner_functions and not bound:
            return f"the inner function `{name}`"
        forms = {self._form(value) for value in self.assigned.get(name, [])}
        if len(forms) == 1 and name not in self.bound_otherwise and (form := forms.pop()):
            return form
        if bound:
            return f"the {phrase(name)}" if names_something(name) else ""
        return f"`{name}`"

    def _form(self, value: ast.expr) -> str:
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
            return _CONSTRUCTORS.get(value.func.id, "")
        return _FORMS.get(type(value), "")

    @cached_property
    def assigned(self) -> dict[str, list[ast.expr]]:
        """What is assigned to each local name by itself."""
        found: dict[str, list[ast.expr]] = {}
        for statement in self.statements:
            match statement:
                case ast.Assign(targets=targets, value=value):
                    for target in targets:
                        if isinstance(target, ast.Name):
                            found.setdefault(target.id, []).append(value)
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                    found.setdefault(name, []).append(value)
        return found

    @cached_property
    def bound_otherwise(self) -> set[str]:
        """The local names that get a value in another way: from loops, unpacking, `with`, parameters."""
        bound = {
            node.id
            for statement, node in self.expressions
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and not _assigns_alone(statement, node)
        }
        bound |= self.module.rebound_elsewhere
        return bound | {parameter.arg for parameter in self.definition.parameters if parameter.arg in self.assigned}

    @cached_property
    def inner_functions(self) -> set[str]:
        """The names of the functions defined in this one."""
        node = self.definition.node
        return {inner.node.name for inner in self.module.definitions if inner.outer is node and inner.owner is None}


def listing(items: list[str]) -> str:
    """Join items as English does."""
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def _assigns_alone(statement: ast.stmt, name: ast.Name) -> bool:
    match statement:
        case ast.Assign(targets=targets):
            return name in targets
        case ast.AnnAssign(target=target):
            return name is target
    return False
