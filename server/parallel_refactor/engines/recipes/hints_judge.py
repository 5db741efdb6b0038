"""Whether a type that was found out can be written at its place, how, and if not why."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Set

from attrs import define, frozen

from parallel_refactor.engines.recipes.docstring_words import word_set
from parallel_refactor.engines.recipes.hints_names import BUILTIN_TYPES, FileNames
from parallel_refactor.engines.recipes.hints_slots import Place
from parallel_refactor.engines.recipes.python_module import Definition
from parallel_refactor.engines.recipes.python_scope import own_statements


@frozen
class Hint:
    """An annotation to write: its text, and what must be imported for it as pairs of module and name."""

    text: str
    imports: frozenset[tuple[str, str]] = frozenset()


class RefusedError(Exception):
    """The type is not written; the message says why."""


@define
class Judge:
    """Judges the types for one file. `python` is the oldest version that it runs on, as (3, 9).

    `modules`: where names come from that the file does not have. `can_import`: whether it can get more of them.
    """

    names: FileNames
    python: tuple[int, int]
    modules: Mapping[str, str]
    can_import: bool

    def write(self, place: Place, annotation: ast.expr) -> Hint:
        """Give the annotation as it is to be written; raises RefusedError."""
        annotation = _tidied(annotation, place)
        imports = set()
        of_modules = self._modules_in(annotation, place.definition)
        bare = not self.names.has_star
        for node in ast.walk(annotation):
            if not isinstance(node, _FORMS):
                raise RefusedError(_UNNAMED)
            if not isinstance(node, ast.Name):
                continue
            if self.names.is_builtin_type(node.id, place.definition):
                continue
            bare = False
            if node.id == "Self":
                self._require_ordinary_class(place.definition)
            if source := self._origin(node.id, place.definition, of_modules):
                imports.add((source, node.id))
        text = ast.unparse(annotation)
        if len(text) > _LONGEST:
            raise RefusedError(f"its type would be written in more than {_LONGEST} characters")
        if not self.names.postponed and not (bare and self._evaluates(annotation)):
            text = repr(text) if '"' in text else f'"{text}"'
        return Hint(text, frozenset(imports))

    def _origin(self, name: str, definition: Definition, of_modules: Set[str]) -> str:
        """Give the module that a name must be imported from, "" for none; raises RefusedError."""
        if name in _NEVER_WRITTEN:
            raise RefusedError(_UNNAMED)
        if self.names.is_type_here(name, definition) or name in of_modules:
            return ""
        module = self.modules.get(name) or _WELL_KNOWN.get(name, "")
        module = _PUBLIC.get((module, name)) or _PUBLIC.get((module, "")) or module
        if name in BUILTIN_TYPES:
            raise RefusedError(_TAKEN)
        if not module or not f"{module}{name}".isascii():
            raise RefusedError(_UNNAMED)
        if any(part.startswith("_") for part in (name, *module.split("."))):
            raise RefusedError("its type has a private name")
        if not self.names.is_free(name):
            raise RefusedError(_TAKEN)
        if not self.can_import:
            raise RefusedError("its type would have to be imported, and the file has no safe place for that")
        if name == "Self" and self.python < (3, 11):
            return "typing_extensions"
        return module

    def _modules_in(self, annotation: ast.expr, definition: Definition) -> set[str]:
        """Give the modules of whose attributes the annotation speaks; raises RefusedError for those of other things."""
        found = {node.value for node in ast.walk(annotation) if isinstance(node, ast.Attribute)}
        roots = {node.id for node in found if isinstance(node, ast.Name)}
        if not all(self.names.is_module_here(root, definition) for root in roots):
            raise RefusedError(_UNNAMED)
        return roots

    def _require_ordinary_class(self, definition: Definition) -> None:
        owner = definition.owner
        ordinary = owner is not None and definition.outer is None and "staticmethod" not in definition.decorators
        if owner is None or not ordinary:
            raise RefusedError(_UNNAMED)
        if any(base.rpartition(".")[2].endswith(("type", "Type", "Meta")) for base in self.names.module.bases(owner)):
            raise RefusedError("the class of its class is not the ordinary one")

    def _evaluates(self, annotation: ast.expr) -> bool:
        """Whether the oldest Python can evaluate the annotation, of which all names are built in."""
        nodes = list(ast.walk(annotation))
        unions = any(isinstance(node, ast.BinOp) for node in nodes)
        generics = any(isinstance(node, ast.Subscript) for node in nodes)
        return (not unions or self.python >= (3, 10)) and (not generics or self.python >= (3, 9))


_TAKEN = "the file means something else by the name of its type"
_UNNAMED = "its type has no name that could be written here"

_LONGEST = 100
_FORMS = (
    ast.Name,
    ast.Attribute,
    ast.Subscript,
    ast.Tuple,
    ast.List,
    ast.BinOp,
    ast.BitOr,
    ast.Constant,
    ast.UnaryOp,
    ast.USub,
    ast.Load,
)
_NEVER_WRITTEN = frozenset({"LiteralString", "Never", "Unknown"})
_ABSTRACT = word_set(
    """
    AsyncGenerator AsyncIterable AsyncIterator Awaitable Callable Collection Container Coroutine Generator Hashable
    ItemsView Iterable Iterator KeysView Mapping MutableMapping MutableSequence Reversible Sequence Sized ValuesView
    """
)
_WELL_KNOWN = dict.fromkeys(_ABSTRACT, "collections.abc") | {"Any": "typing", "Literal": "typing", "Self": "typing"}
_PUBLIC = {("typing", name): "collections.abc" for name in _ABSTRACT} | {("_io", ""): "io", ("_decimal", ""): "decimal"}
_REFLECTED = frozenset({"NotImplementedType"})


def _tidied(annotation: ast.expr, place: Place) -> ast.expr:
    """Write a type as people do: no `NotImplemented` in what an operator gives, all parts of a `Generator`.

    Where one of several results is `False` and never `True`, users ask whether they got it: that is in the type, too.
    """
    name = place.definition.node.name
    if place.argument is None and isinstance(annotation, ast.BinOp) and (constant := _one_boolean(place.definition)):
        annotation = _union([constant if _is_bool(part) else part for part in _members(annotation)])
    if name.startswith("__") and name.endswith("__") and isinstance(annotation, ast.BinOp):
        kept = [part for part in _members(annotation) if not (isinstance(part, ast.Name) and part.id in _REFLECTED)]
        annotation = _union(kept) if kept else annotation
    for node in ast.walk(annotation):
        match node:
            case ast.Subscript(value=ast.Name(id="Generator"), slice=ast.Tuple()):
                pass
            case ast.Subscript(value=ast.Name(id="Generator")):
                node.slice = ast.Tuple([node.slice, ast.Constant(None), ast.Constant(None)], ast.Load())
    return annotation


def _members(union: ast.expr) -> list[ast.expr]:
    if isinstance(union, ast.BinOp) and isinstance(union.op, ast.BitOr):
        return [*_members(union.left), *_members(union.right)]
    return [union]


def _union(members: list[ast.expr]) -> ast.expr:
    first, *others = members
    for other in others:
        first = ast.BinOp(first, ast.BitOr(), other)
    return first


def _is_bool(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "bool"


def _one_boolean(definition: Definition) -> ast.expr | None:
    """Give the type of the only one of `True` and `False` that a function returns as such."""
    returns = [statement.value for statement, _ in own_statements(definition.node) if isinstance(statement, ast.Return)]
    values = {node.value for node in returns if isinstance(node, ast.Constant) and isinstance(node.value, bool)}
    if len(values) != 1:
        return None
    return ast.Subscript(ast.Name("Literal", ast.Load()), ast.Constant(values.pop()), ast.Load())
