"""Write a docstring from what a name and its code show: one line where it is enough, sections else."""

from __future__ import annotations

import re
from collections.abc import Sequence

from attrs import frozen

from parallel_refactor.engines.recipes.docstring_facts import Facts
from parallel_refactor.engines.recipes.docstring_names import is_test, says_nothing, summary
from parallel_refactor.engines.recipes.docstring_parameters import parameter_entries
from parallel_refactor.engines.recipes.docstring_pieces import capitalized, pieces
from parallel_refactor.engines.recipes.docstring_style import Style, lay_out

_WIDTH = 79
_NARROWEST = 40
_TAB = 8
_SHORT = 3
_WORD = re.compile(r"(?:`[^`]*`|[^\s`])+")
_SECTIONS = ("Args", "Returns", "Yields", "Raises")


@frozen
class Written:
    """A docstring's text. `name_only`: it says nothing beyond the name and kind of what it belongs to."""

    text: str
    name_only: bool


def write(facts: Facts, column: int, unit: str, style: Style) -> Written:
    """Write a function's docstring, beginning at a column; `unit` is what its sections are indented by."""
    width = max(_WIDTH - column, _NARROWEST)
    found = summary(facts)
    facts_told = pieces(facts, found)
    arguments = _arguments(facts)
    if arguments and facts.definition.node.name == "__init__":
        facts_told = [piece for piece in facts_told if piece.section]  # what it sets is said of its arguments
    name_only = not (facts_told or arguments or found.more)
    if not arguments:
        line = found.text + "".join(piece.tail for piece in facts_told) + "."
        if len(line) + len('""""""') <= width:
            return Written(line, name_only)
    blocks = [f"{found.text}."]  # however long: a first line that is broken is none
    if sentences := [f"{capitalized(piece.sentence)}." for piece in facts_told if not piece.section]:
        blocks.append(_wrap(" ".join(sentences), width))
    entries = {"Args": arguments}
    for piece in facts_told:
        if piece.section:
            entries.setdefault(piece.section, []).append(piece.entry)
    sections = {title: entries[title] for title in _SECTIONS if entries.get(title)}
    for block in lay_out(style, sections) if sections else ():
        lines = (_wrap(text, width, unit * len(first), unit * len(rest)) for text, first, rest in block)
        blocks.append("\n".join(lines))
    return Written("\n\n".join(blocks), name_only)


def write_sentences(subject: str, told: Sequence[str], column: int) -> Written:
    """Write a docstring without sections, which begins at a column: what it is, and what there is to tell."""
    width = max(_WIDTH - column, _NARROWEST)
    line = f"{subject}{': ' if told else ''}{'; '.join(told)}."
    if len(line) + len('""""""') > width and told:
        sentences = " ".join(f"{capitalized(sentence)}." for sentence in told)
        line = f"{subject}.\n\n{_wrap(sentences, width)}"
    return Written(line, name_only=not told)


def _arguments(facts: Facts) -> list[str]:
    """Give the lines about parameters where they are worth their place: not for tests and other short functions."""
    definition = facts.definition
    name = definition.node.name
    special = name.startswith("__") and name.endswith("__") and name not in {"__init__", "__new__", "__call__"}
    if is_test(definition) or special or says_nothing(definition) or len(facts.statements) < _SHORT:
        return []
    return parameter_entries(facts)


def _wrap(text: str, width: int, first: str = "", rest: str = "") -> str:
    """Break lines at spaces, but not within code; `first` and `rest` indent the first and the other lines."""
    lines = [first]
    for word in _WORD.findall(text):
        line = lines[-1]
        if line.strip() and len(line.expandtabs(_TAB)) + 1 + len(word) > width:
            lines.append(rest + word)
        else:
            lines[-1] = f"{line} {word}" if line.strip() else line + word
    return "\n".join(lines)
