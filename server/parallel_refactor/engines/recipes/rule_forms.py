"""How a rule reads in one Python file: its names written as that file imports them."""

from __future__ import annotations

import builtins
import itertools
import re
from collections.abc import Iterator, Mapping

from attrs import frozen

from parallel_refactor.engines.recipes.python_names import Binding, ImportedNames
from parallel_refactor.engines.recipes.rule_file import Replacement, RuleFile


@frozen
class Form:
    """A rule as a file writes it. `imports` are the statements that it needs; `problem` says why it cannot be used."""

    pattern: str
    replace: str
    imports: frozenset[str] = frozenset()
    problem: str = ""


def forms(rule: Replacement, file: RuleFile, names: ImportedNames) -> Iterator[Form]:
    """Give a rule in every way in which a file can write the names of its pattern; none where it imports them not."""
    used = _used(rule.pattern, file)
    for chosen in itertools.product(*(list(names.spellings(file.imports[name].dotted)) for name in used)):
        roots = [binding for _, binding in chosen]
        pattern = _written(rule.pattern, {name: text for name, (text, _) in zip(used, chosen, strict=True)})
        replace, imports, problem = _replacement(rule, file, names, roots)
        yield Form(pattern, replace, imports, problem)


def doubtful_forms(rule: Replacement, file: RuleFile, names: ImportedNames) -> Iterator[Form]:
    """Give what looks like the rule's pattern, but for a name that has several meanings in the file."""
    for name in _used(rule.pattern, file):
        for spelled, local in names.doubtful(file.imports[name].dotted):
            pattern = _written(rule.pattern, {name: spelled})
            yield Form(pattern, "", problem=f"{local} means several things in this file")


def _used(code: str, file: RuleFile) -> list[str]:
    return [name for name in file.imports if _word(name).search(code)]


def _replacement(
    rule: Replacement, file: RuleFile, names: ImportedNames, roots: list[Binding]
) -> tuple[str, frozenset[str], str]:
    """Write the replacement by what the match itself uses, what the whole file can use, or by a new import."""
    spelled, imports = {}, set()
    problem = next((_shadowed(word) for word in _BUILTIN.findall(rule.replace) if names.binds(word)), "")
    for name in _used(rule.replace, file):
        ways = list(names.spellings(file.imports[name].dotted))
        near = (text for text, binding in ways if binding in roots)
        known = next(near, next((text for text, binding in ways if binding.everywhere), ""))
        spelled[name] = known or name
        if not known:
            first = name.partition(".")[0]
            imports.add(file.imports[name].statement)
            problem = problem or (_shadowed(first) if names.uses(first) else "")
    return _written(rule.replace, spelled), frozenset(imports), problem


def _shadowed(word: str) -> str:
    return f"{word} means something else in this file"


def _written(code: str, spelled: Mapping[str, str]) -> str:
    """Put other spellings of names into a rule's code."""
    if not spelled:
        return code
    longest_first = sorted(spelled, key=len, reverse=True)
    words = re.compile("|".join(_word(name).pattern for name in longest_first))
    return words.sub(lambda match: spelled[match[0]], code)


def _word(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.$]){re.escape(name)}(?!\w)")


_BUILTIN = re.compile(rf"(?<![\w.$])(?:{'|'.join(name for name in dir(builtins) if name.isidentifier())})(?![\w=])")
