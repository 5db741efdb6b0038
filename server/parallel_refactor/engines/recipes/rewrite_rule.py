"""A pattern and its replacement: what they are made of, and what becomes of one match.

Variables are ast-grep's: `$NAME` is one node, `$$$NAME` any number of nodes, and `$_`, `$_NAME` and `$$$` stand for
nodes that the replacement does not use. A variable that comes twice in the pattern means the same code twice.
"""

from __future__ import annotations

import re
from itertools import count

from ast_grep_py import Pattern, SgNode
from attrs import frozen

from parallel_refactor.engines.interface import EngineError
from parallel_refactor.engines.recipes.rewrite_syntax import descend, errors, span, tree


@frozen
class Template:
    """Code with variables: `texts[0] names[0] texts[1] names[1] ... texts[-1]`."""

    texts: tuple[str, ...]
    names: tuple[str, ...]

    @classmethod
    def read(cls, code: str) -> Template:
        """Take code apart at its variables. Names keep their dollar signs."""
        parts = _VARIABLE.split(code)
        return cls(tuple(parts[::2]), tuple(parts[1::2]))

    def fill(self, values: dict[str, str]) -> str:
        """Put a text in the place of each variable."""
        filled = (text + values[name] for text, name in zip(self.texts, self.names, strict=False))
        return "".join(filled) + self.texts[-1]

    def without(self, empty: set[str]) -> Template:
        """Leave out variables that stand for nothing, each with the comma that set it apart."""
        texts, names = [self.texts[0]], []
        for name, text in zip(self.names, self.texts[1:], strict=True):
            if name in empty:
                texts[-1] = _joined(texts[-1], text)
            else:
                names.append(name)
                texts.append(text)
        return Template(tuple(texts), tuple(names))


@frozen
class Rule:
    """A pattern and a replacement for one language.

    `pattern` has a different name for each variable, so that each can be found in a match: `twins` pairs those that
    must be the same code. `kind` is the pattern's kind of node in the language's surroundings, "" where it has none and
    stands alone. `single` tells that the replacement is one node, which it must then be where it lands.
    `example` is code that the replacement makes.
    """

    language: str
    pattern: Template
    twins: tuple[tuple[str, str], ...]
    replacement: Template
    kind: str
    single: bool
    example: str

    def matches(self, root: SgNode) -> list[SgNode]:
        """Find all matches of the pattern; those of its twins that differ too."""
        before, after = _SURROUNDINGS.get(self.language, ("", ""))
        code = self.pattern.fill({name: name for name in self.pattern.names})
        if self.kind:
            return root.find_all(pattern=Pattern(context=before + code + after, selector=self.kind, strictness="smart"))
        return root.find_all(pattern=code)


def compile_rule(pattern: str, replacement: str, language: str) -> Rule | None:
    """Make a rule; None where the pattern does not parse in the language, EngineError where the rule makes no sense."""
    wanted, given = Template.read(pattern.strip()), Template.read(replacement.strip("\r\n"))
    if unknown := sorted({name for name in given.names if name not in wanted.names or _is_anonymous(name)}):
        raise EngineError(f"the replacement uses {', '.join(unknown)}, which the pattern does not name: {pattern!r}")
    named, twins = _with_different_names(wanted)
    code, new = _plain(wanted), _plain(given)
    kind, _, surrounded = _alone(code, language)
    alone, root, _ = _alone(new, language)
    rule = Rule(language, named, twins, given, kind if surrounded else "", single=bool(alone), example=root.text())
    if not _parses(code, language):
        return None
    try:
        rule.matches(root)
    except RuntimeError:  # several pieces of code, or none
        return None
    return rule


# Where an expression or a declaration is not one when it stands alone.
_SURROUNDINGS = {
    "c": ("void f() { ", "; }"),
    "css": ("a { ", "; }"),
    "dart": ("void f() { ", "; }"),
    "hcl": ("a = ", ""),
    "solidity": ("contract A { function f() public { ", "; } }"),
}
_VARIABLE = re.compile(r"(\${3}(?:[A-Z_][A-Z0-9_]*)?|\${1,2}[A-Z_][A-Z0-9_]*)")


def _joined(left: str, right: str) -> str:
    before, after = left.rstrip(), right.lstrip()
    if before.endswith(",") and (not after or after[0] in ",)]}>"):
        return before[:-1] + (after if after[:1] != "," else right)
    if after.startswith(",") and (not before or before[-1] in "([{<"):
        return left + after[1:].lstrip()
    return left + right


def _is_anonymous(name: str) -> bool:
    return name.strip("$")[:1] in ("", "_")


def _with_different_names(pattern: Template) -> tuple[Template, tuple[tuple[str, str], ...]]:
    names: list[str] = []
    twins = []
    fresh = (f"PR{number}" for number in count(1) if not any(f"PR{number}" in name for name in pattern.names))
    for name in pattern.names:
        if _is_anonymous(name) or name in names:
            names.append("$" * (len(name) - len(name.lstrip("$"))) + next(fresh))
            if not _is_anonymous(name):
                twins.append((name, names[-1]))
        else:
            names.append(name)
    return Template(pattern.texts, tuple(names)), tuple(twins)


def _plain(template: Template) -> str:
    """Give code with a name in place of each variable."""
    return template.fill({name: f"v{name.strip('$')}" for name in template.names})


def _alone(code: str, language: str) -> tuple[str, SgNode, bool]:
    """Parse code: its kind where it is one node, the whole tree, whether in the language's surroundings."""
    before, after = _SURROUNDINGS.get(language, ("", ""))
    root = tree(before + code + after, language)
    if errors(root):
        before, root = "", tree(code, language)
    whole = (len(before), len(before) + len(code))
    found = (node.kind() for node in descend(root) if span(node) == whole and node.parent() is not None)
    return next(found, ""), root, bool(before)


def _parses(code: str, language: str) -> bool:
    """Tell whether a pattern is more than a beginning: one with an open bracket would match nothing, without a word.

    Others that are no code by themselves, as parameters or cases, still match.
    """
    open_ = any(code.count(left) != code.count(right) for left, right in ("()", "[]", "{}"))
    return not (open_ and errors(tree(code, language)))
