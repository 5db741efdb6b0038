"""Rules over a Python file: what its names mean is found out first, and the imports follow at the end."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from parallel_refactor.engines.interface import Left
from parallel_refactor.engines.recipes.python_imports import ImportPlaceError, add_import, remove_import
from parallel_refactor.engines.recipes.python_module import dotted
from parallel_refactor.engines.recipes.python_names import ImportedNames
from parallel_refactor.engines.recipes.python_source import PythonSource
from parallel_refactor.engines.recipes.rewrite import compile_for
from parallel_refactor.engines.recipes.rewrite_syntax import span, tree
from parallel_refactor.engines.recipes.rewrite_text import EndlessError, Rewritten, rewrite
from parallel_refactor.engines.recipes.rule_file import RuleFile
from parallel_refactor.engines.recipes.rule_forms import Form, doubtful_forms, forms


class RuleLeftError(Exception):
    """The whole file stays as it is. `place` says why."""

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(reason)
        self.place = Left(reason, line)


def apply_rules(source: PythonSource, file: RuleFile) -> Rewritten:
    """Give a file's text after the rules, with its imports; raises RuleLeftError and PythonSourceError."""
    done = _Pass(source, file)
    if not done.places:
        return done.result()
    text = _with_imports(done.text, file.retires, done.imports)
    again = _Pass(PythonSource.read(text.encode()), file)  # tells what is left by its lines in the result
    if again.places:
        raise RuleLeftError(_ENDLESS)
    return Rewritten(text, done.places, again.result().left)


_ENDLESS = "the rules match what they make, again and again"
_NAME = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")


class _Pass:
    """The rules over one text, each once, in every way in which the file can write its names."""

    def __init__(self, source: PythonSource, file: RuleFile) -> None:
        names = ImportedNames(source)
        self.text = source.data.decode()
        self.places = 0
        self.imports: set[str] = set()
        self._left: list[Left] = []
        for rule in file.rules:
            for form in (*doubtful_forms(rule, file, names), *forms(rule, file, names)):
                if form.problem:
                    self._leave(form)
                elif _NAME.fullmatch(form.pattern) and _NAME.fullmatch(form.replace):
                    self._take(form, _rename(self.text, form))
                else:
                    self._take(form, _rewrite(self.text, form))

    def result(self) -> Rewritten:
        """Give the text, what changed in it, and what was left, by line."""
        return Rewritten(self.text, self.places, tuple(sorted(self._left, key=lambda place: place.line)))

    def _take(self, form: Form, done: Rewritten) -> None:
        self.text = done.text
        self.places += done.places
        self.imports |= form.imports if done.places else frozenset()
        self._left += done.left

    def _leave(self, form: Form) -> None:
        if _NAME.fullmatch(form.pattern):
            source = PythonSource.read(self.text.encode())
            lines = [node.lineno for node in _named(source.tree, form.pattern)]
        else:
            rule = compile_for(form.pattern, form.replace, "python")
            found = rule.matches(tree(self.text, "python")) if rule else ()
            lines = [self.text.count("\n", 0, span(match)[0]) + 1 for match in found]
        self._left += [Left(f"match left: {form.problem}", line) for line in lines]


def _rewrite(text: str, form: Form) -> Rewritten:
    rule = compile_for(form.pattern, form.replace, "python")
    try:
        return rewrite(text, rule) if rule else Rewritten(text, 0, ())
    except EndlessError:
        raise RuleLeftError(_ENDLESS) from None


def _rename(text: str, form: Form) -> Rewritten:
    """Put a name in another's place, wherever that is read. ast-grep would also find it in imports and attributes."""
    source = PythonSource.read(text.encode())
    data, places, left = source.data, 0, list[Left]()
    for node in sorted(_named(source.tree, form.pattern), key=source.start, reverse=True):
        start, end = source.start(node), source.end(node)
        if source.data[start:end] != form.pattern.encode():  # before 3.12 it is not told where in an f-string it is
            left.append(Left("match left: it is written in a way that has no place of its own", node.lineno))
            continue
        data = data[:start] + form.replace.encode() + data[end:]
        places += 1
    return Rewritten(data.decode(), places, tuple(left))


def _named(module: ast.Module, name: str) -> Iterator[ast.Name | ast.Attribute]:
    for node in ast.walk(module):
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load) and dotted(node) == name:
            yield node


def _with_imports(text: str, retired: str, wanted: Iterable[str]) -> str:
    """Add the imports that are needed, and take out that of what is retired."""
    try:
        for statement in sorted(wanted):
            text = add_import(PythonSource.read(text.encode()), statement).decode()
        if retired:
            source = PythonSource.read(text.encode())
            if lines := ImportedNames(source).mentions(retired):
                raise RuleLeftError(f"{retired} is used here for what has no rule: the file stays as it is", lines[0])
            text = remove_import(source, retired).decode()
    except ImportPlaceError as error:
        raise RuleLeftError(f"{error}: the file stays as it is") from error
    return text
